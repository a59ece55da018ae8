"""What an invoice in another currency asks for in it, and is booked with as it goes out and is owed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing.booked import booked
from contracts_app.domain.billing.invoiced import in_invoice_currency
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import DocumentTax
from contracts_app.domain.tax.currency import convert
from contracts_app.store import exchange, invoiced
from contracts_app.store.exchange_tables import receivable_books
from contracts_app.store.transaction import Transaction


def keep_in_books(
    tx: Transaction,
    invoice_id: UUID,
    snapshot: Snapshot,
    figures: PayApplication,
    taxed: DocumentTax | None,
) -> None:
    """Write what an invoice comes to in the books as it is issued; nothing in their own currency.

    Raises Refused as long as there is no rate.
    """
    said = booked(snapshot, figures, taxed)
    if said is not None:
        exchange.keep(tx.connection, tx.firm_id, invoice_id, said)


def keep_invoiced(
    tx: Transaction,
    invoice_id: UUID,
    stage: str,
    snapshot: Snapshot,
    figures: PayApplication,
    taxed: DocumentTax | None,
) -> None:
    """Write what an invoice, as issued or certified, asks for in its own currency; nothing in its contract's.

    Raises Refused as long as there is no rate.
    """
    made = in_invoice_currency(snapshot, figures, taxed)
    if made is not None:
        invoiced.keep(tx.connection, tx.firm_id, invoice_id, stage, made)


def book_receivable(
    tx: Transaction,
    invoice_id: UUID,
    receivable_id: UUID,
    owed: Decimal,
    currency: str,
    on: date,
    agreed: Decimal,
) -> None:
    """Book what a receivable arises with at the rate of its invoice; nothing in the books' own currency.

    `owed` in `currency` is `agreed` in that of the contract, which is booked where it is the books' own.
    """
    said = exchange.said(tx.connection, tx.firm_id, invoice_id, currency)
    if said is not None:
        tx.insert(
            receivable_books,
            receivable_id=receivable_id,
            currency=said.currency,
            rate=said.rate.rate,
            amount=agreed
            if said.taken_over
            else convert(owed, currency, said.currency, said.rate, max(on, said.rate.on)),
        )

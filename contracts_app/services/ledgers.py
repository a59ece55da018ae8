"""What an invoice posts to the ledgers: retainage, the receivable, and what the client paid ahead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.money import ZERO, less, opposite, total
from contracts_app.domain.receivables.receivables import due_date
from contracts_app.services.books import book_receivable
from contracts_app.services.invoices import name_of
from contracts_app.store import contracts
from contracts_app.store.billing_tables import deposit_entry
from contracts_app.store.tables import client, receivable, receivable_entry, retainage_entry
from contracts_app.store.transaction import Transaction


def post_retainage(
    tx: Transaction,
    row: RowMapping,
    figures: PayApplication,
    cause: str,
    on: date,
    before: Mapping[UUID, tuple[Decimal, Decimal]],
) -> None:
    """Post to the retainage ledger what the figures have more than `before` (withheld, released), line by
    line: what this invoice keeps back and releases itself, whatever invoices after it do."""
    for line in figures.lines:
        withheld, released = before.get(line.line_id, (ZERO, ZERO))
        if line.withheld != withheld or line.released != released:
            tx.insert(
                retainage_entry,
                id=tx.new_id("retainage", cause, line.line_id),
                contract_id=row["contract_id"],
                sov_line_id=line.line_id,
                invoice_id=row["id"],
                cause=cause,
                withheld=less(line.withheld, withheld),
                released=less(line.released, released),
                posted_on=on,
            )


def open_receivable(
    tx: Transaction,
    agreed: RowMapping,
    row: RowMapping,
    figures: PayApplication,
    on: date,
    cites: UUID | None = None,
    tax: Decimal = ZERO,
    invoiced: Decimal | None = None,
) -> None:
    """The client owes line 8 with its tax (less discounts) from this day; nothing arises where nothing is
    due. `invoiced` is what that comes to in the currency it is owed in, where that is not the contract's."""
    agreed_due = total((figures.line8, tax))
    owed = agreed_due if invoiced is None else invoiced
    if owed <= ZERO:
        return
    terms = contracts.terms_of(agreed)
    receivable_id = tx.new_id("receivable", row["id"])
    tx.insert(
        receivable,
        id=receivable_id,
        invoice_id=row["id"],
        client_id=agreed["client_id"],
        contract_id=agreed["id"],
        currency=terms.owed_in,
        arose_on=on,
        due_on=due_date(on, terms.payment_days),
    )
    tx.insert(
        receivable_entry,
        id=tx.new_id("receivable_entry", row["id"], "arises"),
        receivable_id=receivable_id,
        cause="arises",
        amount=owed,
        posted_on=on,
        certificate_invoice_id=cites,
    )
    book_receivable(tx, row["id"], receivable_id, owed, terms.owed_in, on, agreed_due)
    if figures.deposit_applied:
        _draw_deposit(tx, agreed, row, receivable_id, figures.deposit_applied, on)
    owner = tx.lock(client, agreed["client_id"], "client")
    tx.change(client, "client", owner, "receivable_arises", reason=f"{name_of(row)}: {owed:,f}")


def _draw_deposit(
    tx: Transaction, agreed: RowMapping, row: RowMapping, receivable_id: UUID, amount: Decimal, on: date
) -> None:
    """What the client paid ahead pays this invoice as far as it goes."""
    tx.insert(
        deposit_entry,
        id=tx.new_id("deposit_entry", row["id"]),
        contract_id=agreed["id"],
        cause="drawn",
        amount=opposite(amount),
        posted_on=on,
        invoice_id=row["id"],
    )
    tx.insert(
        receivable_entry,
        id=tx.new_id("receivable_entry", row["id"], "deposit"),
        receivable_id=receivable_id,
        cause="deposit",
        amount=opposite(amount),
        posted_on=on,
    )

"""An application for payment, consulting invoice, release or certificate in the currency of the books."""

from __future__ import annotations

from contracts_app.domain.billing.invoiced import in_invoice_currency
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import DocumentTax
from contracts_app.domain.money import ZERO
from contracts_app.domain.tax.books import InBooks, in_books, missing, taken_over


def booked(snapshot: Snapshot, figures: PayApplication, taxed: DocumentTax | None) -> InBooks | None:
    """Line 8 with its tax (before any deposit) at the document's rate; None where the client owes it in the
    books' own currency. What is invoiced in another currency than the contract's is booked as the contract
    says it where that is the books' currency, else from the amounts of the invoice.

    `figures` are the snapshot's application or its certificate, `taxed` what `tax_of` says of them. Raises
    Refused as long as there is no rate.
    """
    due = figures.line8 if taxed is None else taxed.due
    tax = ZERO if taxed is None else taxed.tax
    invoicing = snapshot.invoicing
    if invoicing is not None and invoicing.is_booked_as_agreed(figures.currency):
        if invoicing.rate is None:
            raise missing(figures.currency, invoicing.currency, invoicing.rate_of, snapshot.period_to)
        return taken_over(invoicing.rate, invoicing.rate_of, due, tax)
    if snapshot.exchange is None:
        return None
    made = in_invoice_currency(snapshot, figures, taxed)
    if made is not None:
        return in_books(snapshot.exchange, made.currency, made.due, made.tax, snapshot.period_to)
    return in_books(snapshot.exchange, figures.currency, due, tax, snapshot.period_to)


def booked_if_known(snapshot: Snapshot, figures: PayApplication, taxed: DocumentTax | None) -> InBooks | None:
    """As `booked`; None also as long as there is no rate, which a finding says."""
    captured = [one for one in (snapshot.exchange, snapshot.invoicing) if one is not None]
    if not captured or any(one.rate is None for one in captured):
        return None
    return booked(snapshot, figures, taxed)

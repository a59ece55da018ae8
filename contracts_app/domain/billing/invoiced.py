"""An application for payment, consulting invoice, release or certificate in the currency of its invoice."""

from __future__ import annotations

from decimal import Decimal

from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import DocumentTax, asked_of_lines, without_tax
from contracts_app.domain.money import total
from contracts_app.domain.tax.invoicing import Asked, Invoiced, invoiced


def in_invoice_currency(
    snapshot: Snapshot, figures: PayApplication, taxed: DocumentTax | None
) -> Invoiced | None:
    """What the document asks for in the invoice's currency; None where that is the contract's.

    `figures` are the snapshot's application or its certificate, `taxed` what `tax_of` says of them. The lines
    are those of `asked_of_lines`, in that order. Raises Refused as long as there is no rate.
    """
    if snapshot.invoicing is None:
        return None
    stated = taxed or without_tax(snapshot, figures)
    asked = Asked(
        currency=figures.currency,
        lines=tuple(asked_of_lines(snapshot, figures, taxed=taxed is not None).values()),
        groups=stated.groups,
        net=stated.net,
        tax=stated.tax,
        due=stated.due,
    )
    return invoiced(snapshot.invoicing, asked, snapshot.period_to)


def invoiced_if_known(
    snapshot: Snapshot, figures: PayApplication, taxed: DocumentTax | None
) -> Invoiced | None:
    """As `in_invoice_currency`; None also as long as there is no rate or the tax is not clear, which findings
    say."""
    if snapshot.invoicing is None or snapshot.invoicing.rate is None:
        return None
    if taxed is None and snapshot.terms.tax is not None:
        return None
    return in_invoice_currency(snapshot, figures, taxed)


def owed_for(snapshot: Snapshot, figures: PayApplication, taxed: DocumentTax | None) -> Decimal:
    """What the document makes the client owe, with its tax, in the currency of its receivable: before any
    deposit, below zero where it gives something back. Raises Refused as long as there is no rate."""
    made = in_invoice_currency(snapshot, figures, taxed)
    if made is not None:
        return made.due
    return total((figures.line8,)) if taxed is None else taxed.due

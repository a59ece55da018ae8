"""What an invoice in another currency than its contract's asks for, computed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from contracts_app.domain.billing.invoiced import in_invoice_currency, owed_for
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.services.proving.proof import Compared
from contracts_app.store.invoiced import AMOUNTS
from contracts_app.store.taxes import CERTIFIED, ISSUED
from contracts_app.store.views.stored_invoice import StoredInvoice

_SAID = {
    "net": "amount without tax",
    "tax": "tax",
    "gross": "amount with tax",
    "retained": "part of it kept back",
    "due": "amount due",
}


def owed(snapshot: Snapshot, figures: PayApplication, issued_on: date) -> Decimal:
    """What the client owes, in the currency of the receivable."""
    return owed_for(snapshot, figures, tax_of(snapshot, figures, issued_on))


def compare(
    known: StoredInvoice, snapshot: Snapshot, applied: PayApplication, certified: PayApplication | None
) -> Iterator[Compared]:
    """Rate and amounts, rates of tax and lines, as issued and as certified. Raises Refused where there is no
    rate."""
    yield from _stage(known, ISSUED, snapshot, applied)
    if certified is not None:
        yield from _stage(known, CERTIFIED, snapshot, certified)


def _stage(
    known: StoredInvoice, stage: str, snapshot: Snapshot, figures: PayApplication
) -> Iterator[Compared]:
    again = in_invoice_currency(snapshot, figures, tax_of(snapshot, figures, known.issued["issued_on"]))
    stored = known.invoiced.get(stage)
    if again is None or stored is None:
        if again is not None or stored is not None:
            yield Compared(
                f"currency of the invoice as {stage}", stored and stored["currency"], again and again.currency
            )
        return
    yield Compared(f"currency of the invoice as {stage}", stored["currency"], again.currency)
    yield Compared(f"rate to the invoice's currency as {stage}", stored["rate"], again.rate.rate)
    yield Compared(f"day of the rate to the invoice's currency as {stage}", stored["rate_on"], again.rate.on)
    yield Compared(
        f"source of the rate to the invoice's currency as {stage}", stored["source"], again.rate.source
    )
    yield Compared(
        f"which day's rate to the invoice's currency as {stage}", stored["rate_of"], again.rate_of.value
    )
    for name in AMOUNTS:
        what = f"{_SAID[name]} in {again.currency} as {stage}"
        yield Compared(what, stored[name], getattr(again, name))
    groups = [group.model_dump(mode="json") for group in again.groups]
    yield Compared(f"rates of tax in {again.currency} as {stage}", stored["groups"], groups)
    lines = [f"{amount:f}" for amount in again.lines]
    yield Compared(f"lines in {again.currency} as {stage}", stored["lines"], lines)

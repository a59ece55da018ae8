"""The tax of an issued invoice and its certificate computed again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.services.proving.proof import Compared
from contracts_app.store.taxes import CERTIFIED, FACTS, GROUP, ISSUED, retainage_of
from contracts_app.store.views.stored_invoice import StoredInvoice

_FACTS = FACTS
_SAID = {
    "tax_date": "tax date",
    "net": "amount taxed",
    "tax": "tax",
    "gross": "amount with tax",
    "retained": "part of it kept back",
    "due": "amount due with tax",
    "discount": "discount",
}


def due(snapshot: Snapshot, figures: PayApplication, issued_on: date) -> Decimal:
    """Line 8 with its tax."""
    taxed = tax_of(snapshot, figures, issued_on)
    return figures.line8 if taxed is None else taxed.due


def compare(
    known: StoredInvoice, snapshot: Snapshot, applied: PayApplication, certified: PayApplication | None
) -> Iterator[Compared]:
    """Totals and groups of tax, as issued and as certified. Raises Refused where none come out."""
    yield from _stage(known, ISSUED, snapshot, applied)
    if certified is not None:
        yield from _stage(known, CERTIFIED, snapshot, certified)


def _stage(
    known: StoredInvoice, stage: str, snapshot: Snapshot, figures: PayApplication
) -> Iterator[Compared]:
    again = tax_of(snapshot, figures, known.issued["issued_on"])
    stored = known.tax.get(stage)
    if again is None or stored is None:
        if again is not None or stored is not None:
            yield Compared(f"tax as {stage}", stored and stored["tax"], again and again.tax)
        return
    for name in _FACTS:
        yield Compared(f"{_SAID[name]} as {stage}", stored[name], getattr(again, name))
    kept = retainage_of(stored)
    if kept is not None:  # invoices issued before it was kept say nothing of it
        yield Compared(f"retainage shown as {stage}", kept, again.retainage)
    of = snapshot.tax
    yield Compared(f"our tax number as {stage}", stored["our_number"], of.our_number if of else "")
    client = of.client_number if of else ""
    yield Compared(f"the client's tax number as {stage}", stored["client_number"], client)
    yield Compared(f"words about tax as {stage}", tuple(stored["wording"]), again.wording)
    rows = known.tax_groups.get(stage, ())
    yield Compared(f"rates of tax as {stage}", len(rows), len(again.groups))
    for row, group in zip(rows, again.groups, strict=False):
        for name in GROUP:
            yield Compared(
                f"{name} of {group.tax} {group.rate:f} as {stage}", row[name], getattr(group, name)
            )

"""Invoices in another currency than their contract's: what is stored of them comes out of their snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from contracts_app.domain.billing.invoiced import in_invoice_currency
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.services.invariants.books import Books, Record
from contracts_app.store.invoiced import AMOUNTS

_KEPT = "SELECT * FROM document_invoiced WHERE firm_id = :firm AND invoice_id = :invoice AND stage = :stage"


def wrong(
    books: Books, row: Record, stage: str, snapshot: Snapshot, figures: PayApplication, issued_on: date
) -> Iterator[str]:
    """What is wrong with what an invoice, as issued or certified, asks for in its own currency."""
    again = in_invoice_currency(snapshot, figures, tax_of(snapshot, figures, issued_on))
    kept = books.rows(_KEPT, invoice=row.invoice_id, stage=stage)
    if (again is not None) != bool(kept):
        yield f"what it asks for as {stage} in its own currency is {'not ' if again else ''}stored"
    if again is None or not kept:
        return
    stored = kept[0]
    if (stored.currency, stored.rate, stored.rate_on, stored.source) != (
        again.currency,
        again.rate.rate,
        again.rate.on,
        again.rate.source,
    ):
        yield f"its rate to {again.currency} as {stage} is not that of its snapshot"
    for name in AMOUNTS:
        if getattr(stored, name) != getattr(again, name):
            said = f"its {name} in {again.currency} as {stage} is {getattr(stored, name)}"
            yield f"{said}, its snapshot gives another"
    groups = [group.model_dump(mode="json") for group in again.groups]
    if (stored.groups, stored.lines) != (groups, [f"{amount:f}" for amount in again.lines]):
        yield f"its rates of tax or its lines in {again.currency} as {stage} are not those of its snapshot"

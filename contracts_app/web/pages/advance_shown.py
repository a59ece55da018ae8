"""How the advance payment stands with an invoice, for its pages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.advance_billed import NOTHING
from contracts_app.domain.billing.pay_application import Kind, PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.funding.advance_words import recovery_in_words
from contracts_app.domain.money import less
from contracts_app.store.invoices import stored_snapshot
from contracts_app.store.views.invoice_page import Invoice


@dataclass(frozen=True)
class AdvanceShown:
    """The advance payment with this invoice: invoiced, recovered before and by it, left to recover."""

    invoiced: Decimal
    recovered_before: Decimal
    recovered_now: Decimal
    outstanding: Decimal
    rule: str
    is_its_invoice: bool
    guarantee: str


def advance_shown(snapshot: Snapshot, figures: PayApplication) -> AdvanceShown | None:
    """None where nothing was advanced, or all of it was recovered before."""
    before = (snapshot.previous.advance if snapshot.previous else None) or NOTHING
    now = figures.advance or NOTHING
    if not (before.outstanding or now.outstanding):
        return None
    return AdvanceShown(
        invoiced=now.invoiced,
        recovered_before=before.recovered,
        recovered_now=less(now.recovered, before.recovered),
        outstanding=now.outstanding,
        rule=recovery_in_words(snapshot.terms, figures.currency),
        is_its_invoice=snapshot.kind is Kind.advance,
        guarantee=snapshot.advance_guarantee or "",
    )


def advance_as_issued(connection: Connection, firm_id: UUID, shown: Invoice) -> AdvanceShown | None:
    """The same for an invoice that is issued."""
    if shown.terms.advance is None:
        return None
    snapshot = stored_snapshot(connection, firm_id, shown.id)
    return advance_shown(snapshot, drafting.draft(snapshot))

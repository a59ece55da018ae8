"""A draft put before one approver: what it says, and whether he may take a step of it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.approving import deciding
from contracts_app.domain.approving.changed import Changed, changes
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.refusals import Refused
from contracts_app.services import approval_chains
from contracts_app.store import contracts, exchange, invoice_approvals
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.views import invoice_page


@dataclass(frozen=True)
class PutBefore:
    """A draft in review: as its page shows it, what it is computed from, its figures and where it stands."""

    shown: invoice_page.Invoice
    snapshot: Snapshot
    figures: PayApplication
    draft: deciding.Draft
    today: date

    @property
    def content_hash(self) -> str:
        """Of exactly what it says now."""
        return self.draft.content_hash


def in_review(connection: Connection, firm_id: UUID, invoice_id: UUID) -> PutBefore | None:
    """The draft, or None for one that is not in review (any longer)."""
    shown = invoice_page.find(connection, firm_id, invoice_id)
    if shown is None or shown.state != "in_review":
        return None
    agreed = contracts.find(connection, firm_id, shown.contract_id)
    assert agreed is not None  # foreign key
    snapshot = current_snapshot(connection, firm_id, invoice_id)
    figures = drafting.draft(snapshot)
    content_hash = drafting.content_hash(snapshot)
    now = approval_chains.standing(connection, firm_id, invoice_id, snapshot, figures.line8, content_hash)
    editors = invoice_approvals.editors(connection, firm_id, invoice_id)
    draft = approval_chains.draft_of(agreed, snapshot, figures.line8, now, editors, content_hash)
    today = exchange.today(connection, firm_id, shown.contract_id)
    return PutBefore(shown, snapshot, figures, draft, today)


def why_not(connection: Connection, firm_id: UUID, put: PutBefore, person_id: UUID) -> str:
    """Why this person may take no step of it now, in the words of the refusal; nothing when he may."""
    try:
        approval_chains.taking(connection, firm_id, person_id, put.draft, put.content_hash, put.today)
    except Refused as refused:
        return refused.sentence
    return ""


def changed_since(
    connection: Connection,
    firm_id: UUID,
    invoice_id: UUID,
    snapshot: Snapshot,
    figures: PayApplication,
    content_hash: str,
    person_id: UUID,
) -> Sequence[Changed] | None:
    """What changed of the draft since this person last approved it; None where he approved nothing else."""
    before = invoice_approvals.seen_before(connection, firm_id, invoice_id, person_id, content_hash)
    if before is None:
        return None
    return changes(before, drafting.draft(before), snapshot, figures)

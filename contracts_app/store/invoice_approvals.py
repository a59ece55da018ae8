"""Who prepared, edited, approved or sent back an invoice."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.domain.approving.chain import Approval
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.store.approval_tables import approval_remark
from contracts_app.store.tables import approval, invoice_editor, person, snapshot, sov_line


def last_decision(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The last approval or rejection of a draft, of whatever content, with the name of who gave it."""
    return (
        connection.execute(
            select(approval.c.id, approval.c.decision, approval.c.remark, person.c.name)
            .join(person, (person.c.firm_id == approval.c.firm_id) & (person.c.id == approval.c.person_id))
            .where(approval.c.firm_id == firm_id, approval.c.invoice_id == invoice_id)
            .order_by(approval.c.at.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )


def remarks(
    connection: Connection, firm_id: UUID, approval_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[RowMapping]]:
    """What was wrong with lines of drafts that were sent back: decision → item number and reason."""
    found: dict[UUID, list[RowMapping]] = {}
    for row in connection.execute(
        select(approval_remark.c.approval_id, sov_line.c.item_no, approval_remark.c.reason)
        .join(
            sov_line,
            (sov_line.c.firm_id == approval_remark.c.firm_id)
            & (sov_line.c.id == approval_remark.c.sov_line_id),
        )
        .where(approval_remark.c.firm_id == firm_id, approval_remark.c.approval_id.in_(approval_ids))
        .order_by(sov_line.c.position, sov_line.c.item_no)
    ).mappings():
        found.setdefault(row["approval_id"], []).append(row)
    return found


def approvals(connection: Connection, firm_id: UUID, invoice_id: UUID) -> tuple[Approval, ...]:
    """The approvals given, of whatever content, oldest first."""
    rows = connection.execute(
        select(approval)
        .where(
            approval.c.firm_id == firm_id,
            approval.c.invoice_id == invoice_id,
            approval.c.decision == "approved",
        )
        .order_by(approval.c.at)
    ).mappings()
    return tuple(
        Approval(
            step=row["step"],
            by=row["person_id"],
            at=row["at"],
            content_hash=row["content_hash"],
            on_behalf_of=row["on_behalf_of"],
        )
        for row in rows
    )


def seen_before(
    connection: Connection, firm_id: UUID, invoice_id: UUID, person_id: UUID, content_hash: str
) -> Snapshot | None:
    """What this person last approved of the draft, if it was another content than this one."""
    row = connection.execute(
        select(approval.c.content_hash, snapshot.c.body)
        .join(
            snapshot,
            (snapshot.c.firm_id == approval.c.firm_id) & (snapshot.c.sha256 == approval.c.snapshot_sha256),
        )
        .where(
            approval.c.firm_id == firm_id,
            approval.c.invoice_id == invoice_id,
            approval.c.person_id == person_id,
            approval.c.decision == "approved",
        )
        .order_by(approval.c.at.desc())
        .limit(1)
    ).first()
    if row is None or row.content_hash == content_hash:
        return None
    return Snapshot.model_validate_json(row.body)


def approvals_of(
    connection: Connection, firm_id: UUID, invoice_id: UUID, content_hash: str
) -> Sequence[RowMapping]:
    """Who approved exactly this content, in which step and on which business date; oldest first."""
    return (
        connection.execute(
            select(approval.c.step, approval.c.person_id, approval.c.decided_on)
            .where(
                approval.c.firm_id == firm_id,
                approval.c.invoice_id == invoice_id,
                approval.c.decision == "approved",
                approval.c.content_hash == content_hash,
            )
            .order_by(approval.c.at)
        )
        .mappings()
        .all()
    )


def editors(connection: Connection, firm_id: UUID, invoice_id: UUID) -> frozenset[UUID]:
    """Everybody who prepared or edited the draft."""
    return frozenset(
        connection.execute(
            select(invoice_editor.c.person_id).where(
                invoice_editor.c.firm_id == firm_id, invoice_editor.c.invoice_id == invoice_id
            )
        ).scalars()
    )


def add_editor(connection: Connection, firm_id: UUID, invoice_id: UUID, person_id: UUID) -> None:
    """Remember that this person prepared or edited the draft."""
    connection.execute(
        upsert(invoice_editor)
        .values(firm_id=firm_id, invoice_id=invoice_id, person_id=person_id)
        .on_conflict_do_nothing()
    )

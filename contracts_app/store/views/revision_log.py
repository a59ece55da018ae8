"""The revisions of a schedule of values with their moves, the last first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.store.revision_tables import sov_revision, sov_revision_move
from contracts_app.store.tables import person, sov_line


@dataclass(frozen=True)
class MoveRow:
    """What a revision does to a line."""

    item_no: str
    description: str
    before: Decimal
    amount: Decimal
    after: Decimal
    taken_back: bool
    """The line may fall below what is billed of it; the next application takes the difference back."""


@dataclass(frozen=True)
class RevisionRow:
    """A revision as proposed, and what became of it."""

    number: str
    state: str
    reason: str
    effective_on: date
    proposed_by: str
    proposed_by_id: UUID
    proposed_on: date
    decided_by: str | None
    decided_on: date | None
    remark: str
    moves: Sequence[MoveRow]


def revisions(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RevisionRow]:
    """Every revision of a contract, the last one first, its moves in the order of the lines."""
    decider = person.alias("decider")

    def of(table: Any, column: Any) -> Any:
        return (table.c.firm_id == sov_revision.c.firm_id) & (table.c.id == column)

    known = connection.execute(
        select(sov_revision, person.c.name.label("proposer_name"), decider.c.name.label("decider_name"))
        .join(person, of(person, sov_revision.c.proposed_by))
        .outerjoin(decider, of(decider, sov_revision.c.decided_by))
        .where(sov_revision.c.firm_id == firm_id, sov_revision.c.contract_id == contract_id)
        .order_by(sov_revision.c.proposed_on.desc(), sov_revision.c.number.desc())
    ).all()
    moves: dict[UUID, list[MoveRow]] = {}
    for row in connection.execute(
        select(sov_revision_move, sov_line.c.item_no, sov_line.c.description)
        .join(
            sov_line,
            (sov_line.c.firm_id == sov_revision_move.c.firm_id)
            & (sov_line.c.id == sov_revision_move.c.sov_line_id),
        )
        .where(
            sov_revision_move.c.firm_id == firm_id,
            sov_revision_move.c.revision_id.in_([row.id for row in known]),
        )
        .order_by(sov_line.c.position, sov_line.c.item_no)
    ):
        after = row.before + row.amount
        one = MoveRow(row.item_no, row.description, row.before, row.amount, after, row.taken_back)
        moves.setdefault(row.revision_id, []).append(one)
    return [
        RevisionRow(
            number=row.number,
            state=row.state,
            reason=row.because,
            effective_on=row.effective_on,
            proposed_by=row.proposer_name,
            proposed_by_id=row.proposed_by,
            proposed_on=row.proposed_on,
            decided_by=row.decider_name,
            decided_on=row.decided_on,
            remark=row.remark,
            moves=moves.get(row.id, ()),
        )
        for row in known
    ]

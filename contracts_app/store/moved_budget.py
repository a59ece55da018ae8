"""The budget that approved revisions of the schedule moved, read for many contracts at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Date, Uuid, column, func, select, values

from contracts_app.store.revision_tables import sov_revision, sov_revision_move


def moves_in_force(
    connection: Connection, firm_id: UUID, on: Mapping[UUID, date]
) -> Mapping[UUID, Mapping[UUID, Decimal]]:
    """What approved revisions moved by a day, contract → day: contract → line → amount."""
    found: dict[UUID, dict[UUID, Decimal]] = {}
    if not on:
        return found
    for row in connection.execute(_moves(firm_id, on, func.sum(sov_revision_move.c.amount).label("amount"))):
        found.setdefault(row.contract_id, {})[row.sov_line_id] = row.amount
    return found


def taken_back(connection: Connection, firm_id: UUID, on: Mapping[UUID, date]) -> Mapping[UUID, set[UUID]]:
    """The lines that a revision in force lets fall below what is billed of them, contract → lines."""
    found: dict[UUID, set[UUID]] = {}
    if not on:
        return found
    rows = connection.execute(
        _moves(firm_id, on, func.bool_or(sov_revision_move.c.taken_back).label("taken_back"))
    )
    for row in rows:
        if row.taken_back:
            found.setdefault(row.contract_id, set()).add(row.sov_line_id)
    return found


def _moves(firm_id: UUID, on: Mapping[UUID, date], said: Any) -> Any:
    days = (
        values(column("contract_id", Uuid), column("day", Date), name="days").data(list(on.items())).alias()
    )
    return (
        select(sov_revision.c.contract_id, sov_revision_move.c.sov_line_id, said)
        .join_from(
            sov_revision,
            sov_revision_move,
            (sov_revision.c.firm_id == sov_revision_move.c.firm_id)
            & (sov_revision.c.id == sov_revision_move.c.revision_id),
        )
        .join(days, days.c.contract_id == sov_revision.c.contract_id)
        .where(
            sov_revision.c.firm_id == firm_id,
            sov_revision.c.state == "approved",
            sov_revision.c.effective_on <= days.c.day,
        )
        .group_by(sov_revision.c.contract_id, sov_revision_move.c.sov_line_id)
    )

"""Revisions of the schedule of values: the budget that they move between lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import SovLine, in_force, schedule_in_force
from contracts_app.store import contracts
from contracts_app.store.moved_budget import moves_in_force
from contracts_app.store.revision_tables import sov_revision, sov_revision_move

ENDS = date(2199, 12, 31)
"""A day after every revision: with it all that are approved count."""


def schedule_on(connection: Connection, firm_id: UUID, contract_id: UUID, day: date) -> tuple[SovLine, ...]:
    """The schedule of values as change orders and revisions make it on that day."""
    orders = contracts.change_orders(connection, firm_id, contract_id)
    lines = contracts.schedule(connection, firm_id, contract_id)
    moves = moves_in_force(connection, firm_id, {contract_id: day}).get(contract_id, {})
    return schedule_in_force(lines, in_force(orders, day), moves)


def find(connection: Connection, firm_id: UUID, contract_id: UUID, number: str) -> RowMapping | None:
    """The revision of this number."""
    return (
        connection.execute(
            select(sov_revision).where(
                sov_revision.c.firm_id == firm_id,
                sov_revision.c.contract_id == contract_id,
                sov_revision.c.number == number,
            )
        )
        .mappings()
        .first()
    )


def moves_of(connection: Connection, firm_id: UUID, revision_id: UUID) -> Mapping[UUID, RowMapping]:
    """The moves of a revision, by line."""
    rows = connection.execute(
        select(sov_revision_move).where(
            sov_revision_move.c.firm_id == firm_id, sov_revision_move.c.revision_id == revision_id
        )
    ).mappings()
    return {row["sov_line_id"]: row for row in rows}

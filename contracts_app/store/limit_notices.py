"""What was told of limits nearly used up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.domain.funding.limit_notices import Notice, Told
from contracts_app.store.funding_tables import limit_notice
from contracts_app.store.tables import contract


def told(connection: Connection, firm_id: UUID, limit_ids: Collection[UUID]) -> Sequence[Told]:
    """The notices given of these limits."""
    rows = connection.execute(
        select(limit_notice.c.limit_id, limit_notice.c.level, limit_notice.c.amount).where(
            limit_notice.c.firm_id == firm_id, limit_notice.c.limit_id.in_(limit_ids)
        )
    )
    return [Told(limit_id=row.limit_id, level=row.level, amount=row.amount) for row in rows]


def note(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID,
    notices: Mapping[UUID, tuple[Notice, str]],
    on: date,
) -> frozenset[UUID]:
    """Write notices down, id → notice and what its limit is called; returns those that nobody gave at the
    same time for another contract that the order funds."""
    if not notices:
        return frozenset()
    rows = connection.execute(
        upsert(limit_notice)
        .values(
            [
                {
                    "firm_id": firm_id,
                    "id": notice_id,
                    "contract_id": contract_id,
                    "limit_id": notice.limit_id,
                    "name": name,
                    "level": notice.level,
                    "amount": notice.amount,
                    "earned": notice.earned,
                    "told_on": on,
                }
                for notice_id, (notice, name) in notices.items()
            ]
        )
        .on_conflict_do_nothing()
        .returning(limit_notice.c.id)
    )
    return frozenset(row.id for row in rows)


def contracts_told_of(
    connection: Connection, firm_id: UUID, project_manager_id: UUID | None = None
) -> Sequence[RowMapping]:
    """The contracts in force with a limit that somebody was told of, by number: all, or those that one
    project manager answers for."""
    query = (
        select(contract)
        .where(
            contract.c.firm_id == firm_id,
            contract.c.state == "active",
            select(limit_notice.c.id)
            .where(limit_notice.c.firm_id == contract.c.firm_id, limit_notice.c.contract_id == contract.c.id)
            .exists(),
        )
        .order_by(contract.c.number)
    )
    if project_manager_id is not None:
        query = query.where(contract.c.project_manager_id == project_manager_id)
    return connection.execute(query).mappings().all()

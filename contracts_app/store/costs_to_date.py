"""What contracts have cost, whatever is billed of it: every cost recorded and not sent back, net of tax that
the firm gets back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.reports.estimates import Spent
from contracts_app.store.cost_tables import job_cost
from contracts_app.store.job_costs import GONE


def by_day(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Sequence[Spent]]:
    """The costs of contracts by the day they were incurred, approved or waiting for it."""
    rows = connection.execute(
        select(
            job_cost.c.contract_id,
            job_cost.c.incurred_on,
            func.sum(job_cost.c.gross - job_cost.c.recoverable_tax).label("amount"),
        )
        .where(
            job_cost.c.firm_id == firm_id,
            job_cost.c.contract_id.in_(ids),
            job_cost.c.state.not_in(GONE),
        )
        .group_by(job_cost.c.contract_id, job_cost.c.incurred_on)
        .order_by(job_cost.c.contract_id, job_cost.c.incurred_on)
    )
    found: dict[UUID, list[Spent]] = {}
    for row in rows:
        found.setdefault(row.contract_id, []).append(Spent(on=row.incurred_on, amount=row.amount))
    return found

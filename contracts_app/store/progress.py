"""How far a contract is by its time and its cost at the end of a draft's period, as recorded now."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.changes.change_pricing import completion_day
from contracts_app.domain.checking import line_progress
from contracts_app.domain.checking.submission_checks import LineProgress
from contracts_app.domain.money import ZERO
from contracts_app.domain.refusals import Refused
from contracts_app.domain.reports.estimates import position_on
from contracts_app.store.tables import change_order
from contracts_app.store.views import work_in_progress


def of_draft(connection: Connection, firm_id: UUID, snapshot: Snapshot) -> tuple[LineProgress, ...]:
    """What the draft's lines are held against; nothing for an invoice that only gives retainage back."""
    if snapshot.kind is Kind.retainage_release:
        return ()
    return line_progress.of_lines(
        snapshot.schedule,
        time=line_progress.time_passed(
            snapshot.terms.contract_date, _completion(connection, firm_id, snapshot), snapshot.period_to
        ),
        cost=line_progress.cost_spent(*_costs(connection, firm_id, snapshot)),
    )


def _completion(connection: Connection, firm_id: UUID, snapshot: Snapshot) -> date | None:
    agreed = snapshot.terms.substantial_completion
    if agreed is None:
        return None
    days = connection.scalar(
        select(func.coalesce(func.sum(change_order.c.schedule_days), 0)).where(
            change_order.c.firm_id == firm_id,
            change_order.c.contract_id == snapshot.contract_id,
            change_order.c.executed_on <= snapshot.period_to,
        )
    )
    return completion_day(agreed, (int(days or 0),))


def _costs(connection: Connection, firm_id: UUID, snapshot: Snapshot) -> tuple[Decimal, Decimal]:
    """The cost to date and at completion by the estimate in force; nothing of nothing where there is none."""
    known = work_in_progress.recorded(connection, firm_id, snapshot.period_to, snapshot.contract_id)
    try:
        position = position_on(known[0].recorded, snapshot.period_to) if known else None
    except Refused:  # the estimate does not add up, which the report of work in progress says
        position = None
    if position is None:
        return ZERO, ZERO
    return position.costs.to_date, position.costs.estimated_total

"""The tabs of a contract: schedule of values, milestones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, func, select

from contracts_app.domain.billing.recurring import RecurringTerms
from contracts_app.domain.billing.unit_price import UnitPrice
from contracts_app.domain.cost_plus.terms import CostPlusTerms
from contracts_app.domain.money import ZERO
from contracts_app.domain.tax.contract_tax import LineTaxChoice
from contracts_app.store.moved_budget import moves_in_force
from contracts_app.store.opening_tables import opening_line
from contracts_app.store.schedules import cost_plus_of, recurring_of, tax_of, unit_price_of
from contracts_app.store.tables import (
    change_order,
    cost_entry,
    imported_row,
    invoice,
    issued_invoice,
    issued_line,
    milestone,
    person,
    retainage_entry,
    sov_line,
)
from contracts_app.store.views.calendar import firm_day


@dataclass(frozen=True)
class ScheduleRow:
    """A line of the schedule of values with what is billed on it and held of it."""

    id: UUID
    item_no: str
    description: str
    change_order: str | None
    scheduled_value: Decimal
    retainage_rate: Decimal | None
    billed: Decimal
    withheld: Decimal
    released: Decimal
    labour_seconds: int
    labour_entries: int
    deliveries: int
    delivery_cost: Decimal
    source: Mapping[str, Any]
    basis: str
    not_to_exceed: bool
    raised: Decimal
    """By change orders executed by today that raise this line."""
    moved: Decimal
    """By revisions in force by today."""
    order_state: str | None
    executed_on: date | None
    unit_price: UnitPrice | None
    recurring: RecurringTerms | None
    cost_plus: CostPlusTerms | None
    tax: LineTaxChoice | None
    in_force: bool
    """Signed with the contract, or by a change order executed by today: what the sum to date is made of."""

    @property
    def limit(self) -> Decimal:
        """The scheduled value as change orders raised it and revisions moved it; an estimate where nothing is
        not to be exceeded."""
        return self.scheduled_value + self.raised + self.moved

    @property
    def left(self) -> Decimal:
        """What may still be billed; below zero where an estimate is passed."""
        return self.limit - self.billed


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone with its evidence. An approval names the `version` that was seen."""

    id: UUID
    title: str
    item_no: str | None
    amount: Decimal
    planned_on: date | None
    close_out: bool
    state: str
    evidence: str | None
    achieved_by: str | None
    achieved_on: date | None
    approved_by: str | None
    approved_on: date | None
    achieved_amount: Decimal
    approved_amount: Decimal
    version: int


def _of(table: Any, other: Any, column: Any) -> Any:
    """Join condition to another table's id, within the firm."""
    return (table.c.firm_id == other.c.firm_id) & (table.c.id == column)


def schedule(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[ScheduleRow]:
    """The schedule of values in order, with billed, retainage and cost per line."""
    latest = (
        select(invoice.c.id)
        .join(issued_invoice, _of(invoice, issued_invoice, issued_invoice.c.invoice_id))
        .where(invoice.c.firm_id == firm_id, invoice.c.contract_id == contract_id)
        .where(invoice.c.state != "withheld")
        .order_by(invoice.c.application_no.desc(), issued_invoice.c.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    held = (
        select(
            retainage_entry.c.sov_line_id,
            func.sum(retainage_entry.c.withheld).label("withheld"),
            func.sum(retainage_entry.c.released).label("released"),
        )
        .where(retainage_entry.c.firm_id == firm_id, retainage_entry.c.contract_id == contract_id)
        .group_by(retainage_entry.c.sov_line_id)
        .subquery()
    )
    labour = cost_entry.c.kind == "labour"
    costs = (
        select(
            cost_entry.c.sov_line_id,
            func.coalesce(func.sum(cost_entry.c.seconds).filter(labour), 0).label("seconds"),
            func.count().filter(labour).label("labour_entries"),
            func.count().filter(~labour).label("deliveries"),
            func.coalesce(func.sum(cost_entry.c.cost).filter(~labour), 0).label("delivery_cost"),
        )
        .where(cost_entry.c.firm_id == firm_id, cost_entry.c.contract_id == contract_id)
        .group_by(cost_entry.c.sov_line_id)
        .subquery()
    )
    raising = change_order.alias("raising")
    today = firm_day(connection, firm_id).today
    raised = (
        select(func.coalesce(func.sum(raising.c.amount), 0))
        .where(
            raising.c.firm_id == sov_line.c.firm_id,
            raising.c.raises_line_id == sov_line.c.id,
            raising.c.executed_on <= today,
        )
        .scalar_subquery()
    )
    moved = moves_in_force(connection, firm_id, {contract_id: today}).get(contract_id, {})
    executed = func.coalesce(change_order.c.executed_on <= today, False)
    rows = connection.execute(
        select(
            sov_line,
            raised.label("raised"),
            change_order.c.number.label("order_number"),
            change_order.c.order_state,
            change_order.c.executed_on,
            case((sov_line.c.change_order_id.is_(None), True), else_=executed).label("in_force"),
            func.coalesce(issued_line.c.total, opening_line.c.completed + opening_line.c.stored, 0).label(
                "billed"
            ),
            func.coalesce(held.c.withheld, 0).label("withheld"),
            func.coalesce(held.c.released, 0).label("released"),
            func.coalesce(costs.c.seconds, 0).label("seconds"),
            func.coalesce(costs.c.labour_entries, 0).label("labour_entries"),
            func.coalesce(costs.c.deliveries, 0).label("deliveries"),
            func.coalesce(costs.c.delivery_cost, 0).label("delivery_cost"),
            imported_row.c.source,
        )
        .outerjoin(change_order, _of(change_order, sov_line, sov_line.c.change_order_id))
        .outerjoin(
            issued_line,
            (issued_line.c.firm_id == sov_line.c.firm_id)
            & (issued_line.c.sov_line_id == sov_line.c.id)
            & (issued_line.c.invoice_id == latest),
        )
        .outerjoin(
            opening_line,
            (opening_line.c.firm_id == sov_line.c.firm_id)
            & (opening_line.c.contract_id == sov_line.c.contract_id)
            & (opening_line.c.sov_line_id == sov_line.c.id),
        )
        .outerjoin(held, held.c.sov_line_id == sov_line.c.id)
        .outerjoin(costs, costs.c.sov_line_id == sov_line.c.id)
        .outerjoin(
            imported_row,
            (imported_row.c.firm_id == sov_line.c.firm_id)
            & (imported_row.c.contract_id == sov_line.c.contract_id)
            & (imported_row.c.external_id == sov_line.c.external_id)
            & (
                imported_row.c.kind
                == case((sov_line.c.change_order_id.is_(None), "schedule_of_values"), else_="change_orders")
            ),
        )
        .where(sov_line.c.firm_id == firm_id, sov_line.c.contract_id == contract_id)
        .order_by(sov_line.c.position, sov_line.c.item_no)
    )
    return [
        ScheduleRow(
            id=row.id,
            item_no=row.item_no,
            description=row.description,
            change_order=row.order_number,
            scheduled_value=row.scheduled_value,
            retainage_rate=row.retainage_rate,
            billed=row.billed,
            withheld=row.withheld,
            released=row.released,
            labour_seconds=int(row.seconds),
            labour_entries=row.labour_entries,
            deliveries=row.deliveries,
            delivery_cost=row.delivery_cost,
            source=row.source or {},
            basis=row.basis,
            not_to_exceed=row.not_to_exceed,
            raised=row.raised,
            moved=moved.get(row.id, ZERO),
            order_state=row.order_state,
            executed_on=row.executed_on,
            unit_price=unit_price_of(row._mapping),
            recurring=recurring_of(row._mapping),
            cost_plus=cost_plus_of(row._mapping),
            tax=tax_of(row._mapping),
            in_force=row.in_force,
        )
        for row in rows
    ]


def milestones(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[MilestoneRow]:
    """The milestones of a contract in the order planned."""
    achiever, approver = person.alias("achiever"), person.alias("approver")
    rows = connection.execute(
        select(
            milestone,
            sov_line.c.item_no,
            achiever.c.name.label("achiever_name"),
            approver.c.name.label("approver_name"),
        )
        .outerjoin(sov_line, _of(sov_line, milestone, milestone.c.sov_line_id))
        .outerjoin(achiever, _of(achiever, milestone, milestone.c.achieved_by))
        .outerjoin(approver, _of(approver, milestone, milestone.c.approved_by))
        .where(milestone.c.firm_id == firm_id, milestone.c.contract_id == contract_id)
        .order_by(milestone.c.planned_on.nulls_last(), milestone.c.title)
    )
    return [
        MilestoneRow(
            row.id,
            row.title,
            row.item_no,
            row.amount,
            row.planned_on,
            row.close_out,
            row.state,
            row.evidence,
            row.achiever_name,
            row.achieved_on,
            row.approver_name,
            row.approved_on,
            row.achieved_amount,
            row.approved_amount,
            row.version,
        )
        for row in rows
    ]

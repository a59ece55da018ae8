"""The tabs of a contract: schedule, change orders, applications, payments, retainage, milestones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, func, literal_column, or_, select

from contracts_app.store.tables import (
    application_period,
    certificate,
    change_order,
    contract,
    cost_entry,
    import_file,
    imported_row,
    invoice,
    issued_invoice,
    issued_line,
    milestone,
    payment,
    person,
    receivable,
    receivable_entry,
    retainage_entry,
    sov_line,
)


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


@dataclass(frozen=True)
class ChangeOrderRow:
    """A change order as agreed or not."""

    number: str
    title: str
    amount: Decimal
    state: str
    submitted_on: date | None
    executed_on: date | None
    reason: str | None
    schedule_days: int | None
    lines: int


@dataclass(frozen=True)
class ApplicationRow:
    """An application or release invoice of the contract; figures only once it is issued."""

    id: UUID
    application_no: int
    kind: str
    period_to: date
    state: str
    number: str | None
    issued_on: date | None
    line4: Decimal | None
    line5: Decimal | None
    line8: Decimal | None
    certified: Decimal | None
    decision: str | None
    due_on: date | None
    open: Decimal | None
    contract_id: UUID
    contract_number: str
    currency: str


@dataclass(frozen=True)
class PeriodRow:
    """Progress reported for an application by an imported file."""

    application_no: int
    period_to: date
    period_total: Decimal
    status: str | None
    payment_date: date | None


@dataclass(frozen=True)
class CashRow:
    """A payment and the part of it applied to an invoice of the contract."""

    received_on: date
    reference: str
    amount: Decimal
    applied: Decimal
    invoice_id: UUID
    invoice_number: str


@dataclass(frozen=True)
class RetainageRow:
    """One posting to the retainage ledger."""

    posted_on: date
    item_no: str
    cause: str
    withheld: Decimal
    released: Decimal
    invoice_id: UUID
    application_no: int


@dataclass(frozen=True)
class MilestoneRow:
    """A milestone with its evidence."""

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


def _of(table: Any, other: Any, column: Any) -> Any:
    """Join condition to another table's id, within the firm."""
    return (table.c.firm_id == other.c.firm_id) & (table.c.id == column)


def schedule(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[ScheduleRow]:
    """The schedule of values in order, with billed, retainage and cost per line."""
    latest = (
        select(invoice.c.id)
        .join(issued_invoice, _of(invoice, issued_invoice, issued_invoice.c.invoice_id))
        .where(invoice.c.firm_id == firm_id, invoice.c.contract_id == contract_id)
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
    rows = connection.execute(
        select(
            sov_line,
            change_order.c.number.label("order_number"),
            func.coalesce(issued_line.c.total, 0).label("billed"),
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
        )
        for row in rows
    ]


def change_orders(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[ChangeOrderRow]:
    """Every change order, by number."""
    lines = (
        select(func.count())
        .select_from(sov_line)
        .where(sov_line.c.firm_id == change_order.c.firm_id, sov_line.c.change_order_id == change_order.c.id)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(change_order, lines.label("lines"))
        .where(change_order.c.firm_id == firm_id, change_order.c.contract_id == contract_id)
        .order_by(change_order.c.number)
    )
    return [
        ChangeOrderRow(
            row.number,
            row.title,
            row.amount,
            row.order_state,
            row.submitted_on,
            row.executed_on,
            row.reason,
            row.schedule_days,
            row.lines,
        )
        for row in rows
    ]


def applications(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID | None = None,
    client_id: UUID | None = None,
    state: str | None = None,
) -> Sequence[ApplicationRow]:
    """Applications and releases, newest first. A client's list holds only what was issued to it."""
    due = receivable.c.due_on
    still_open = (
        select(func.sum(receivable_entry.c.amount))
        .where(
            receivable_entry.c.firm_id == receivable.c.firm_id,
            receivable_entry.c.receivable_id == receivable.c.id,
        )
        .scalar_subquery()
    )
    statement = (
        select(
            invoice.c.id,
            invoice.c.application_no,
            invoice.c.kind,
            invoice.c.period_to,
            invoice.c.state,
            issued_invoice.c.number_text,
            issued_invoice.c.issued_on,
            issued_invoice.c.line4,
            issued_invoice.c.line5,
            issued_invoice.c.line8,
            certificate.c.line8.label("certified"),
            certificate.c.decision,
            due,
            still_open.label("open"),
            invoice.c.contract_id,
            contract.c.number.label("contract_number"),
            contract.c.terms["currency"].astext.label("currency"),
        )
        .join(contract, _of(contract, invoice, invoice.c.contract_id))
        .outerjoin(issued_invoice, _of(invoice, issued_invoice, issued_invoice.c.invoice_id))
        .outerjoin(certificate, _of(invoice, certificate, certificate.c.invoice_id))
        .outerjoin(receivable, _of(invoice, receivable, receivable.c.invoice_id))
        .where(invoice.c.firm_id == firm_id)
        .order_by(invoice.c.application_no.desc(), invoice.c.id)
    )
    if contract_id is not None:
        statement = statement.where(invoice.c.contract_id == contract_id)
    if client_id is not None:
        statement = statement.where(
            contract.c.client_id == client_id, issued_invoice.c.invoice_id.is_not(None)
        )
    if state is not None:
        statement = statement.where(invoice.c.state == state)
    return [
        ApplicationRow(
            row.id,
            row.application_no,
            row.kind,
            row.period_to,
            row.state,
            row.number_text,
            row.issued_on,
            row.line4,
            row.line5,
            row.line8,
            row.certified,
            row.decision,
            row.due_on,
            row.open,
            row.contract_id,
            row.contract_number,
            row.currency,
        )
        for row in connection.execute(statement)
    ]


def reported_periods(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[PeriodRow]:
    """What imported files say was billed, by application."""
    rows = connection.execute(
        select(application_period)
        .where(application_period.c.firm_id == firm_id, application_period.c.contract_id == contract_id)
        .order_by(application_period.c.application_no)
    )
    return [
        PeriodRow(row.application_no, row.period_to, row.period_total, row.status, row.payment_date)
        for row in rows
    ]


def payments(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[CashRow]:
    """Cash applied to invoices of the contract, newest first."""
    rows = connection.execute(
        select(
            payment.c.received_on,
            payment.c.reference,
            payment.c.amount,
            receivable_entry.c.amount.label("applied"),
            issued_invoice.c.invoice_id,
            issued_invoice.c.number_text,
        )
        .select_from(receivable_entry)
        .join(payment, _of(payment, receivable_entry, receivable_entry.c.payment_id))
        .join(receivable, _of(receivable, receivable_entry, receivable_entry.c.receivable_id))
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == receivable.c.firm_id)
            & (issued_invoice.c.invoice_id == receivable.c.invoice_id),
        )
        .where(receivable.c.firm_id == firm_id, receivable.c.contract_id == contract_id)
        .order_by(payment.c.received_on.desc(), payment.c.reference, issued_invoice.c.number)
    )
    return [
        CashRow(row.received_on, row.reference, row.amount, -row.applied, row.invoice_id, row.number_text)
        for row in rows
    ]


def retainage_ledger(
    connection: Connection, firm_id: UUID, contract_id: UUID, item_no: str | None = None
) -> Sequence[RetainageRow]:
    """Postings of retainage by line and application, oldest first; of one line when `item_no` is given."""
    statement = (
        select(retainage_entry, sov_line.c.item_no, sov_line.c.position, invoice.c.application_no)
        .join(sov_line, _of(sov_line, retainage_entry, retainage_entry.c.sov_line_id))
        .join(invoice, _of(invoice, retainage_entry, retainage_entry.c.invoice_id))
        .where(
            retainage_entry.c.firm_id == firm_id,
            retainage_entry.c.contract_id == contract_id,
            or_(retainage_entry.c.withheld != 0, retainage_entry.c.released != 0),
        )
        .order_by(invoice.c.application_no, retainage_entry.c.cause.desc(), sov_line.c.position)
    )
    if item_no is not None:
        statement = statement.where(sov_line.c.item_no == item_no)
    return [
        RetainageRow(
            row.posted_on,
            row.item_no,
            row.cause,
            row.withheld,
            row.released,
            row.invoice_id,
            row.application_no,
        )
        for row in connection.execute(statement)
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
        )
        for row in rows
    ]


def tab_counts(connection: Connection, firm_id: UUID, contract_id: UUID) -> Mapping[str, int]:
    """How many rows each tab holds."""

    def count(table: Any) -> Any:
        return (
            select(func.count())
            .select_from(table)
            .where(table.c.firm_id == firm_id, table.c.contract_id == contract_id)
            .scalar_subquery()
        )

    tables = {
        "schedule": sov_line,
        "changes": change_order,
        "applications": invoice,
        "milestones": milestone,
        "cost": cost_entry,
        "imports": import_file,
    }
    row = connection.execute(
        select(
            *(count(table).label(name) for name, table in tables.items()), literal_column("1").label("one")
        )
    ).one()
    return {name: getattr(row, name) for name in tables}


def unbilled(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[PeriodRow]:
    """Periods reported by imported files for which no application was opened yet."""
    taken = select(invoice.c.application_no).where(
        invoice.c.firm_id == firm_id, invoice.c.contract_id == contract_id, invoice.c.state != "withdrawn"
    )
    rows = connection.execute(
        select(application_period)
        .where(
            application_period.c.firm_id == firm_id,
            application_period.c.contract_id == contract_id,
            application_period.c.application_no.not_in(taken),
        )
        .order_by(application_period.c.application_no)
    )
    return [
        PeriodRow(row.application_no, row.period_to, row.period_total, row.status, row.payment_date)
        for row in rows
    ]

"""The tabs of a contract, continued: cost and backup, documents and mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, func, or_, select

from contracts_app.store.tables import (
    cost_entry,
    document,
    imported_row,
    invoice,
    message,
    receivable,
    receivable_entry,
    reminder_item,
    sov_line,
)


@dataclass(frozen=True)
class CostRow:
    """A labour or delivery entry: cost and backup, not billed."""

    work_date: date
    kind: str
    who: str
    what: str
    item_no: str | None
    seconds: int | None
    overtime_seconds: int | None
    quantity: Decimal | None
    unit: str | None
    cost: Decimal | None
    order_number: str | None
    source: Mapping[str, Any]


@dataclass(frozen=True)
class CostTotals:
    """Totals of a kind of cost entry."""

    kind: str
    entries: int
    seconds: int
    overtime_seconds: int
    cost: Decimal
    priced: int


@dataclass(frozen=True)
class DocumentRow:
    """A produced file."""

    id: UUID
    kind: str
    file_name: str
    media_type: str
    made_by: str
    at: datetime
    sha256: str


@dataclass(frozen=True)
class MessageRow:
    """One mail to one recipient and how its delivery went."""

    id: UUID
    kind: str
    recipient: str
    subject: str
    business_date: date
    state: str
    attempts: int
    sent_at: datetime | None
    smtp_reply: str | None


def _of(table: Any, other: Any, column: Any) -> Any:
    """Join condition to another table's id, within the firm."""
    return (table.c.firm_id == other.c.firm_id) & (table.c.id == column)


def cost_totals(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[CostTotals]:
    """Labour and deliveries of the contract, as totals."""
    rows = connection.execute(
        select(
            cost_entry.c.kind,
            func.count().label("entries"),
            func.coalesce(func.sum(cost_entry.c.seconds), 0).label("seconds"),
            func.coalesce(func.sum(cost_entry.c.overtime_seconds), 0).label("overtime_seconds"),
            func.coalesce(func.sum(cost_entry.c.cost), 0).label("cost"),
            func.count().filter(cost_entry.c.priced).label("priced"),
        )
        .where(cost_entry.c.firm_id == firm_id, cost_entry.c.contract_id == contract_id)
        .group_by(cost_entry.c.kind)
        .order_by(cost_entry.c.kind.desc())
    )
    return [
        CostTotals(row.kind, row.entries, int(row.seconds), int(row.overtime_seconds), row.cost, row.priced)
        for row in rows
    ]


def cost_entries(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID,
    kind: str,
    item_no: str | None,
    start: int,
    page: int,
) -> Sequence[CostRow]:
    """Entries of one kind by date, `page` of them (and one more, when there are more) from `start`."""
    statement = (
        select(cost_entry, sov_line.c.item_no, imported_row.c.source)
        .outerjoin(sov_line, _of(sov_line, cost_entry, cost_entry.c.sov_line_id))
        .join(
            imported_row,
            (imported_row.c.firm_id == cost_entry.c.firm_id)
            & (imported_row.c.contract_id == cost_entry.c.contract_id)
            & (imported_row.c.external_id == cost_entry.c.external_id)
            & (
                imported_row.c.kind == case((cost_entry.c.kind == "labour", "labour_log"), else_="deliveries")
            ),
        )
        .where(
            cost_entry.c.firm_id == firm_id,
            cost_entry.c.contract_id == contract_id,
            cost_entry.c.kind == kind,
        )
        .order_by(cost_entry.c.work_date, cost_entry.c.external_id)
        .offset(start)
        .limit(page + 1)
    )
    if item_no:
        statement = statement.where(sov_line.c.item_no == item_no)
    return [
        CostRow(
            row.work_date,
            row.kind,
            row.who,
            row.what,
            row.item_no,
            row.seconds,
            row.overtime_seconds,
            row.quantity,
            row.unit,
            row.cost,
            row.order_number,
            row.source,
        )
        for row in connection.execute(statement)
    ]


def documents(
    connection: Connection, firm_id: UUID, contract_id: UUID | None = None, invoice_id: UUID | None = None
) -> Sequence[DocumentRow]:
    """Files made for an invoice, or for anything about a contract (receipts and reminders included)."""
    statement = (
        select(document).where(document.c.firm_id == firm_id).order_by(document.c.at, document.c.file_name)
    )
    if invoice_id is not None:
        statement = statement.where(document.c.invoice_id == invoice_id)
    if contract_id is not None:
        statement = statement.where(_about_contract(document, firm_id, contract_id))
    return [
        DocumentRow(row.id, row.kind, row.file_name, row.media_type, row.made_by, row.at, row.sha256)
        for row in connection.execute(statement)
    ]


def messages(
    connection: Connection, firm_id: UUID, contract_id: UUID | None = None, invoice_id: UUID | None = None
) -> Sequence[MessageRow]:
    """Mail about an invoice, or about anything of a contract, newest first."""
    statement = (
        select(message)
        .where(message.c.firm_id == firm_id)
        .order_by(message.c.business_date.desc(), message.c.queued_at.desc(), message.c.recipient)
    )
    if invoice_id is not None:
        statement = statement.where(message.c.invoice_id == invoice_id)
    if contract_id is not None:
        statement = statement.where(_about_contract(message, firm_id, contract_id))
    return [
        MessageRow(
            row.id,
            row.kind,
            row.recipient,
            row.subject,
            row.business_date,
            row.state,
            row.attempts,
            row.sent_at,
            row.smtp_reply,
        )
        for row in connection.execute(statement)
    ]


def _about_contract(table: Any, firm_id: UUID, contract_id: UUID) -> Any:
    """Whether a document or message concerns an invoice, payment or reminder of the contract."""
    invoices = select(invoice.c.id).where(invoice.c.firm_id == firm_id, invoice.c.contract_id == contract_id)
    receivables = select(receivable.c.id).where(
        receivable.c.firm_id == firm_id, receivable.c.contract_id == contract_id
    )
    paid = select(receivable_entry.c.payment_id).where(
        receivable_entry.c.firm_id == firm_id,
        receivable_entry.c.receivable_id.in_(receivables),
        receivable_entry.c.payment_id.is_not(None),
    )
    reminded = select(reminder_item.c.reminder_id).where(
        reminder_item.c.firm_id == firm_id, reminder_item.c.receivable_id.in_(receivables)
    )
    return or_(
        table.c.invoice_id.in_(invoices), table.c.payment_id.in_(paid), table.c.reminder_id.in_(reminded)
    )

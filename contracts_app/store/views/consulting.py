"""A consulting invoice as issued: its phases, and the entries of its annex."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.billing.detail import DetailLevel, DetailTerms, Printed, printed
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.time.overtime import in_words
from contracts_app.store.billing_tables import deposit_entry, issued_time, time_entry
from contracts_app.store.tables import issued_line, sov_line


@dataclass(frozen=True)
class IssuedEntry:
    """An entry of the annex as issued; time in seconds."""

    line_id: UUID
    item_no: str
    work_date: date
    person: str
    role: str | None
    description: str
    source: str
    seconds: int
    rate: Decimal
    amount: Decimal
    overtime: str = ""
    """How the price of overtime came about."""


@dataclass(frozen=True)
class IssuedPhase:
    """A line of a consulting invoice as issued. `left` is None where a line billed by time has no limit.

    `over_limit` is negative where time passed the limit and stays unbilled, positive where such time of
    earlier invoices is billed.
    """

    line_id: UUID
    item_no: str
    description: str
    change_order: str | None
    basis: Basis
    not_to_exceed: bool
    scheduled_value: Decimal
    previous: Decimal
    this_invoice: Decimal
    to_date: Decimal
    left: Decimal | None
    over_limit: Decimal


def annex(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[IssuedEntry]:
    """The entries billed, in their printed order."""
    rows = connection.execute(
        select(issued_time, sov_line.c.item_no, time_entry.c.premium_only)
        .join(
            sov_line,
            (sov_line.c.firm_id == issued_time.c.firm_id) & (sov_line.c.id == issued_time.c.sov_line_id),
        )
        .join(
            time_entry,
            (time_entry.c.firm_id == issued_time.c.firm_id)
            & (time_entry.c.id == issued_time.c.time_entry_id),
        )
        .where(issued_time.c.firm_id == firm_id, issued_time.c.invoice_id == invoice_id)
        .order_by(issued_time.c.position)
    )
    return [
        IssuedEntry(
            line_id=row.sov_line_id,
            item_no=row.item_no,
            work_date=row.work_date,
            person=row.person,
            role=row.role,
            description=row.description,
            source=row.source,
            seconds=row.seconds,
            rate=row.rate,
            amount=row.amount,
            overtime=""
            if row.overtime is None
            else in_words(row.overtime, row.base_rate, row.factor, row.premium_only),
        )
        for row in rows
    ]


def as_shown(entries: Sequence[IssuedEntry], detail: DetailTerms) -> Mapping[UUID, Sequence[Printed]]:
    """The annex as the client sees it, by line: every entry, or entries taken together."""
    level = DetailLevel.entry if detail.shows_entries else detail.level
    found: dict[UUID, list[Printed]] = {}
    for entry in entries:
        found.setdefault(entry.line_id, []).append(
            Printed(
                first=entry.work_date,
                last=entry.work_date,
                person=entry.person,
                role=entry.role,
                what=entry.description,
                seconds=entry.seconds,
                rate=entry.rate,
                amount=entry.amount,
                overtime=entry.overtime,
            )
        )
    return {line_id: printed(own, level) for line_id, own in found.items()}


def phases(
    connection: Connection, firm_id: UUID, invoice_id: UUID, entries: Sequence[IssuedEntry]
) -> Sequence[IssuedPhase]:
    """The invoice's lines as phases; `entries` is its annex."""
    rows = connection.execute(
        select(issued_line, sov_line.c.basis, sov_line.c.not_to_exceed)
        .join(
            sov_line,
            (sov_line.c.firm_id == issued_line.c.firm_id) & (sov_line.c.id == issued_line.c.sov_line_id),
        )
        .where(issued_line.c.firm_id == firm_id, issued_line.c.invoice_id == invoice_id)
        .order_by(issued_line.c.position, issued_line.c.item_no)
    )
    found = []
    for row in rows:
        basis = Basis(row.basis)
        by_time = basis is Basis.time_and_materials
        worked = total(entry.amount for entry in entries if entry.line_id == row.sov_line_id)
        found.append(
            IssuedPhase(
                line_id=row.sov_line_id,
                item_no=row.item_no,
                description=row.description,
                change_order=row.change_order,
                basis=basis,
                not_to_exceed=row.not_to_exceed,
                scheduled_value=row.scheduled_value,
                previous=row.previous,
                this_invoice=row.this_period,
                to_date=row.total,
                left=None if not row.not_to_exceed else less(row.scheduled_value, row.total),
                over_limit=less(row.this_period, worked) if by_time else ZERO,
            )
        )
    return found


def deposit_drawn(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Decimal:
    """What the client's deposit paid of the invoice."""
    drawn: Decimal = connection.execute(
        select(func.coalesce(-func.sum(deposit_entry.c.amount), 0)).where(
            deposit_entry.c.firm_id == firm_id,
            deposit_entry.c.invoice_id == invoice_id,
            deposit_entry.c.cause == "drawn",
        )
    ).scalar_one()
    return drawn

"""The time of a contract: what was worked, what people decided about it, and which invoice has it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store.billing_tables import claim, issued_time, time_entry
from contracts_app.store.tables import invoice, issued_invoice, person, sov_line


class Standing(StrEnum):
    """Where an entry stands between work and invoice; each entry has exactly one."""

    waits = "waits"
    """for the project manager."""
    rejected = "rejected"
    replaced = "replaced"
    """By its parts, on other lines or another contract."""
    held = "held"
    not_billable = "not_billable"
    billed_elsewhere = "billed_elsewhere"
    unbilled = "unbilled"
    """Approved, and on no invoice."""
    claimed = "claimed"
    """On a draft."""
    billed = "billed"


TO_BE_BILLED = (Standing.waits, Standing.held, Standing.unbilled, Standing.claimed)
"""What an invoice may still bill."""


@dataclass(frozen=True)
class Wanted:
    """Which entries; None and an empty text leave that open. `start` and `page` count entries."""

    standing: Standing | None = None
    from_day: date | None = None
    to_day: date | None = None
    person: str | None = None
    item_no: str | None = None
    invoice_id: UUID | None = None
    start: int = 0
    page: int = 100


@dataclass(frozen=True)
class TimeRow:
    """An entry. Time in whole seconds; `rate` and `amount` as issued, None before that.

    An approval names the `version` that was seen.
    """

    id: UUID
    work_date: date
    person: str
    role: str | None
    item_no: str | None
    project: str | None
    task: str | None
    description: str
    seconds: int
    bill_seconds: int | None
    written_reason: str | None
    held_reason: str | None
    billable: bool
    version: int
    state: str
    standing: str
    entered_by: str
    entered_by_id: UUID
    written_up_by_id: UUID | None
    decided_by: str | None
    decided_on: date | None
    source: str
    invoice_id: UUID | None
    invoice_number: str | None
    rate: Decimal | None
    amount: Decimal | None
    overtime: str | None
    premium_only: bool
    overtime_approved: bool


@dataclass(frozen=True)
class StandingTotal:
    """How many entries have a standing, and their time in seconds."""

    standing: str
    entries: int
    seconds: int


def register(
    connection: Connection, firm_id: UUID, contract_id: UUID, wanted: Wanted
) -> tuple[Sequence[TimeRow], bool]:
    """The entries wanted, by work date, and whether there are more after them."""
    entered, decided = person.alias("entered"), person.alias("decided")
    rows = connection.execute(
        _wanted(
            _joined(
                select(
                    time_entry,
                    standing_column.label("standing"),
                    sov_line.c.item_no,
                    entered.c.name.label("entered_name"),
                    decided.c.name.label("decided_name"),
                    claim.c.invoice_id,
                    issued_invoice.c.number_text,
                    issued_time.c.rate,
                    issued_time.c.amount,
                )
            )
            .join(
                entered,
                (entered.c.firm_id == time_entry.c.firm_id) & (entered.c.id == time_entry.c.entered_by),
            )
            .outerjoin(
                decided,
                (decided.c.firm_id == time_entry.c.firm_id) & (decided.c.id == time_entry.c.decided_by),
            )
            .outerjoin(
                issued_invoice,
                (issued_invoice.c.firm_id == claim.c.firm_id)
                & (issued_invoice.c.invoice_id == claim.c.invoice_id),
            )
            .outerjoin(
                issued_time,
                (issued_time.c.firm_id == time_entry.c.firm_id)
                & (issued_time.c.invoice_id == claim.c.invoice_id)
                & (issued_time.c.time_entry_id == time_entry.c.id),
            ),
            firm_id,
            contract_id,
            wanted,
        )
        .order_by(time_entry.c.work_date, time_entry.c.position, time_entry.c.id)
        .offset(wanted.start)
        .limit(wanted.page + 1)
    ).all()
    return [_row(row) for row in rows[: wanted.page]], len(rows) > wanted.page


def totals(
    connection: Connection, firm_id: UUID, contract_id: UUID, wanted: Wanted
) -> Sequence[StandingTotal]:
    """Entries and time to charge by standing, of all that is wanted, whatever the page."""
    charged = func.coalesce(time_entry.c.bill_seconds, time_entry.c.seconds)
    statement = _joined(
        select(
            standing_column.label("standing"),
            func.count().label("entries"),
            func.sum(charged).label("seconds"),
        )
    )
    rows = connection.execute(_wanted(statement, firm_id, contract_id, wanted).group_by(standing_column))
    found = {row.standing: StandingTotal(row.standing, row.entries, int(row.seconds)) for row in rows}
    return [found[standing] for standing in Standing if standing in found]


standing_column: ColumnElement[str] = case(
    (time_entry.c.billed_elsewhere, Standing.billed_elsewhere.value),
    (invoice.c.state.in_(NOT_OUT), Standing.claimed.value),
    (claim.c.invoice_id.is_not(None), Standing.billed.value),
    (time_entry.c.state == "rejected", Standing.rejected.value),
    (time_entry.c.state == "replaced", Standing.replaced.value),
    (~time_entry.c.billable, Standing.not_billable.value),
    (time_entry.c.held_reason.is_not(None), Standing.held.value),
    (time_entry.c.state == "approved", Standing.unbilled.value),
    else_=Standing.waits.value,
)


def of_entries(statement: Select[Any]) -> Select[Any]:
    """A statement about time entries, with the claim and its invoice that `standing_column` reads."""
    return (
        statement.select_from(time_entry)
        .outerjoin(
            claim, (claim.c.firm_id == time_entry.c.firm_id) & (claim.c.time_entry_id == time_entry.c.id)
        )
        .outerjoin(invoice, (invoice.c.firm_id == claim.c.firm_id) & (invoice.c.id == claim.c.invoice_id))
    )


def to_be_billed(firm_id: UUID, contract_ids: Iterable[UUID]) -> ColumnElement[bool]:
    """Billable time of these contracts that no invoice has issued."""
    return and_(
        time_entry.c.firm_id == firm_id,
        time_entry.c.contract_id.in_(contract_ids),
        standing_column.in_([standing.value for standing in TO_BE_BILLED]),
        time_entry.c.billable,
    )


def _joined(statement: Select[Any]) -> Select[Any]:
    return of_entries(statement).outerjoin(
        sov_line,
        (sov_line.c.firm_id == time_entry.c.firm_id) & (sov_line.c.id == time_entry.c.sov_line_id),
    )


def _wanted(statement: Select[Any], firm_id: UUID, contract_id: UUID, wanted: Wanted) -> Select[Any]:
    statement = statement.where(time_entry.c.firm_id == firm_id, time_entry.c.contract_id == contract_id)
    if wanted.standing is not None:
        statement = statement.where(standing_column.in_([wanted.standing.value]))
    if wanted.from_day is not None:
        statement = statement.where(time_entry.c.work_date >= wanted.from_day)
    if wanted.to_day is not None:
        statement = statement.where(time_entry.c.work_date <= wanted.to_day)
    if wanted.person:
        statement = statement.where(time_entry.c.person == wanted.person)
    if wanted.item_no:
        statement = statement.where(sov_line.c.item_no == wanted.item_no)
    if wanted.invoice_id is not None:
        statement = statement.where(claim.c.invoice_id == wanted.invoice_id)
    return statement


def _row(row: Any) -> TimeRow:
    return TimeRow(
        id=row.id,
        work_date=row.work_date,
        person=row.person,
        role=row.role,
        item_no=row.item_no,
        project=row.project,
        task=row.task,
        description=row.description,
        seconds=row.seconds,
        bill_seconds=row.bill_seconds,
        written_reason=row.written_reason,
        held_reason=row.held_reason,
        billable=row.billable,
        version=row.version,
        state=row.state,
        standing=row.standing,
        entered_by=row.entered_name,
        entered_by_id=row.entered_by,
        written_up_by_id=row.written_up_by,
        decided_by=row.decided_name,
        decided_on=row.decided_on,
        source=row.source,
        invoice_id=row.invoice_id,
        invoice_number=row.number_text,
        rate=row.rate,
        amount=row.amount,
        overtime=row.overtime,
        premium_only=row.premium_only,
        overtime_approved=row.overtime_approved_by is not None,
    )

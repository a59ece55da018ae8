"""What is left to do of a month, and the months as the page of period close shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, text

from contracts_app.domain.closing.checklist import Item
from contracts_app.domain.closing.periods import PeriodState, month_of, next_month
from contracts_app.domain.transitions import NOT_OUT, InvoiceState
from contracts_app.store.billing_tables import time_entry
from contracts_app.store.closing_tables import accounting_period, period_checkpoint, period_lock
from contracts_app.store.cost_tables import job_cost
from contracts_app.store.expense_tables import expense
from contracts_app.store.tables import import_file, invoice, person
from contracts_app.store.views.time_register import Standing, of_entries, standing_column

_NOT_POSTED = ("received", "needs_decision", "ready", "posting", "to_distribute")
_CASH_LEFT = text("""
    SELECT count(*) FROM payment p
    WHERE p.firm_id = :firm AND p.received_on <= :day AND p.amount
        + (SELECT coalesce(sum(e.amount), 0) FROM receivable_entry e
           WHERE e.firm_id = p.firm_id AND e.payment_id = p.id)
        + (SELECT coalesce(sum(b.amount), 0) FROM brought_forward_cash b
           WHERE b.firm_id = p.firm_id AND b.payment_id = p.id) > 0
""")
_LAST_CHECK = text("""
    SELECT holds AND business_date > :day AS good FROM book_check
    WHERE firm_id = :firm ORDER BY ended_at DESC, id LIMIT 1
""")


@dataclass(frozen=True)
class LockShown:
    """A time that a month was closed for everybody, and where the log stood as that was signed."""

    locked_at: datetime
    locked_by: str
    accepted: Sequence[Mapping[str, Any]]
    unlocked_at: datetime | None
    unlocked_by: str | None
    because: str | None
    checkpoint_seq: int | None
    checkpoint_hash: str | None


@dataclass(frozen=True)
class PeriodShown:
    """A month that was closed at least softly, with who did what to it."""

    month: date
    state: str
    begun_by: str
    begun_at: datetime
    checklist: Mapping[str, int]
    locks: Sequence[LockShown]


def left(connection: Connection, firm_id: UUID, day: date) -> dict[Item, int]:
    """How much of each item there is, of what is dated to this day, as it stands now.

    A file that is not posted counts whatever it may hold. The last check of the books counts when it was made
    after this day and held.
    """
    drafts = select(func.count()).where(invoice.c.firm_id == firm_id, invoice.c.period_to <= day)
    found = {
        Item.drafts: drafts.where(
            invoice.c.state.in_([one.value for one in NOT_OUT if one is not InvoiceState.approved])
        ),
        Item.approved: drafts.where(invoice.c.state == InvoiceState.approved.value),
        Item.time: of_entries(select(func.count())).where(
            time_entry.c.firm_id == firm_id,
            time_entry.c.work_date <= day,
            standing_column == Standing.waits.value,
        ),
        Item.expenses: select(func.count()).where(
            expense.c.firm_id == firm_id, expense.c.spent_on <= day, expense.c.state == "open"
        ),
        Item.costs: select(func.count()).where(
            job_cost.c.firm_id == firm_id, job_cost.c.incurred_on <= day, job_cost.c.state == "open"
        ),
        Item.imports: select(func.count()).where(
            import_file.c.firm_id == firm_id, import_file.c.state.in_(_NOT_POSTED)
        ),
    }
    counted = {item: int(connection.execute(statement).scalar_one()) for item, statement in found.items()}
    of_firm = {"firm": firm_id, "day": day}
    counted[Item.cash] = int(connection.execute(_CASH_LEFT, of_firm).scalar_one())
    counted[Item.checks] = 0 if connection.execute(_LAST_CHECK, of_firm).scalar() else 1
    return counted


def every(connection: Connection, firm_id: UUID) -> Sequence[PeriodShown]:
    """Every month that was closed at least softly, the last one first."""
    again = person.alias()
    locks: dict[UUID, list[LockShown]] = {}
    for row in connection.execute(
        select(
            period_lock,
            person.c.name.label("locked_name"),
            again.c.name.label("unlocked_name"),
            period_checkpoint.c.seq,
            period_checkpoint.c.hash,
        )
        .join(person, (person.c.firm_id == period_lock.c.firm_id) & (person.c.id == period_lock.c.locked_by))
        .outerjoin(
            again, (again.c.firm_id == period_lock.c.firm_id) & (again.c.id == period_lock.c.unlocked_by)
        )
        .outerjoin(
            period_checkpoint,
            (period_checkpoint.c.firm_id == period_lock.c.firm_id)
            & (period_checkpoint.c.period_id == period_lock.c.period_id)
            & (period_checkpoint.c.locked_at == period_lock.c.locked_at),
        )
        .where(period_lock.c.firm_id == firm_id)
        .order_by(period_lock.c.locked_at.desc())
    ):
        locks.setdefault(row.period_id, []).append(
            LockShown(
                row.locked_at,
                row.locked_name,
                row.accepted,
                row.unlocked_at,
                row.unlocked_name,
                row.because,
                row.seq,
                None if row.hash is None else row.hash.hex(),
            )
        )
    rows = connection.execute(
        select(accounting_period, person.c.name.label("begun_name"))
        .join(
            person,
            (person.c.firm_id == accounting_period.c.firm_id) & (person.c.id == accounting_period.c.begun_by),
        )
        .where(accounting_period.c.firm_id == firm_id)
        .order_by(accounting_period.c.month.desc())
    )
    return [
        PeriodShown(row.month, row.state, row.begun_name, row.begun_at, row.checklist, locks.get(row.id, ()))
        for row in rows
    ]


def in_hand(every: Sequence[PeriodShown], today: date) -> date:
    """The first day of the month that is to be closed next: the earliest one that is not closed, after the
    last one if all are; the month before this one where none was."""
    if not every:
        return month_of(month_of(today) - timedelta(days=1))
    not_closed = [one.month for one in every if one.state != PeriodState.closed]
    return min(not_closed, default=next_month(every[0].month))


def state_of(every: Sequence[PeriodShown], month: date) -> str:
    """How far a month is closed."""
    return next((one.state for one in every if one.month == month), PeriodState.open.value)

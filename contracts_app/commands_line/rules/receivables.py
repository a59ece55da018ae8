"""Due dates, cash, reminders and period ends (docs/SPEC-receivables.md, SPEC-business-time.md)."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain import business_time
from contracts_app.domain.money import Amount
from contracts_app.domain.receivables import follow_up, receivables
from contracts_app.domain.receivables.receivables import Applied, OpenItem


class Arising(Question):
    """When a receivable arises and on what terms."""

    arises_on: date
    payment_days: Annotated[int, Field(ge=0, le=365)]


class Due(Answer):
    """When it is due."""

    due_on: date


class Cash(Question):
    """A payment and what is open."""

    amount: Amount
    items: list[OpenItem]
    designated: tuple[UUID, ...] = ()


class CashApplied(Answer):
    """What of the payment goes to which receivable, and what is left."""

    applied: tuple[Applied, ...]
    unapplied: Amount


class Overdue(Question):
    """What is open, what was reminded of, and the day."""

    items: list[OpenItem]
    reminded: dict[UUID, int] = Field(default_factory=dict)
    today: date


class ToRemind(Answer):
    """The level by receivable to remind of today, and the next day on which one falls due after that."""

    remind: dict[UUID, int]
    next: date | None


class InMonth(Question):
    """The day of the month on which periods end, and a day."""

    anchor_day: Annotated[int, Field(ge=1, le=31)]
    on_or_after: date


class PeriodEnd(Answer):
    """The last day of the period."""

    period_end: date


def _due_date(question: Arising) -> Due:
    """The due date of a receivable: Net N from the day on which it arises."""
    return Due(due_on=receivables.due_date(question.arises_on, question.payment_days))


def _apply_cash(question: Cash) -> CashApplied:
    """A payment applied to the invoices named, else to the oldest due first; the rest is unapplied cash."""
    applied, left = receivables.apply_cash(question.amount, question.items, question.designated)
    return CashApplied(applied=tuple(applied), unapplied=left)


def _reminders(question: Overdue) -> ToRemind:
    """The level by receivable to remind of today, and the next day on which one falls due after that."""
    due = follow_up.to_remind(question.items, question.reminded, question.today)
    upcoming = follow_up.next_reminder(question.items, {**question.reminded, **due})
    return ToRemind(remind=dict(due), next=upcoming)


def _period_end(question: InMonth) -> PeriodEnd:
    """The first period end on or after a day, for periods that end on a day of the month."""
    return PeriodEnd(period_end=business_time.period_end(question.anchor_day, question.on_or_after))


RULES: Rules = {
    "due-date": _due_date,
    "apply-cash": _apply_cash,
    "reminders": _reminders,
    "period-end": _period_end,
}

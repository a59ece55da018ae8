"""Work in progress, its schedule and the age of unbilled work (docs/SPEC-work-in-progress.md)."""

from typing import Annotated

from pydantic import Field

from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Currency
from contracts_app.domain.reports import unbilled_age, wip_schedule, work_in_progress
from contracts_app.domain.reports.unbilled_age import LIMITS, Aged, Unbilled
from contracts_app.domain.reports.wip_schedule import Job, WipSchedule
from contracts_app.domain.reports.work_in_progress import Position, WorkInProgress


class OfAContract(Question):
    """A contract, the day and the currency."""

    position: Position
    as_of: BusinessDate
    currency: Currency


class OfContracts(Question):
    """Contracts with what was reported of them before, the day and the currency of all."""

    jobs: Annotated[list[Job], Field(max_length=10_000)]
    as_of: BusinessDate
    currency: Currency


class Waiting(Question):
    """Work done and not billed, the day, and the last day of each column but the last."""

    items: list[Unbilled]
    as_of: BusinessDate
    limits: tuple[Annotated[int, Field(ge=0, le=36_500)], ...] = LIMITS


class ByAge(Answer):
    """The columns, and what is dated after the day."""

    columns: tuple[Aged, ...]
    later: Amount


def _wip(question: OfAContract) -> WorkInProgress:
    """How far a contract is, what is earned, under- or overbilled, provided for a loss, and its backlog."""
    return work_in_progress.work_in_progress(question.position, question.as_of, question.currency)


def _wip_schedule(question: OfContracts) -> WipSchedule:
    """The work-in-progress schedule of contracts, with totals that net nothing."""
    return wip_schedule.schedule(question.jobs, question.as_of, question.currency)


def _unbilled_age(question: Waiting) -> ByAge:
    """Unbilled work by the days it has waited."""
    columns, later = unbilled_age.by_age(question.items, question.as_of, question.limits)
    return ByAge(columns=tuple(columns), later=later)


RULES: Rules = {"wip": _wip, "wip-schedule": _wip_schedule, "unbilled-age": _unbilled_age}

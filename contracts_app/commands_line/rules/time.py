"""The rate of an hour, and what a line bills for time (docs/SPEC-time-and-materials.md)."""

from uuid import UUID

from contracts_app.commands_line.rules.question import Question, Rules
from contracts_app.domain import money
from contracts_app.domain.contract import AtCap, HourRounding, OvertimeConvention, OvertimeTerms
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.time import time_and_materials
from contracts_app.domain.time.overtime import HourPrice, OvertimeWorked, hour_price
from contracts_app.domain.time.rate_card import RateCard, RateRow, require_no_overlap
from contracts_app.domain.time.time_and_materials import DayBefore, TimeBilled, TimeEntry


class Worked(Question):
    """A rate card, and who worked as what on which day, for which project."""

    rate_card: list[RateRow]
    person: Name
    role: Name | None = None
    project: Name | None = None
    work_date: BusinessDate


class WorkedOvertime(Worked):
    """The same, with the class of overtime worked and the contract's terms for overtime."""

    overtime: OvertimeWorked
    terms: OvertimeTerms | None = None


class OnALine(Question):
    """The approved entries of a line, what may still be billed on it (none: no cap), and what earlier
    invoices left over the cap, or billed of a day for which a least time is charged."""

    line_id: UUID
    entries: list[TimeEntry]
    rate_card: list[RateRow]
    hour_rounding: HourRounding = HourRounding()
    at_cap: AtCap = AtCap.bill_to_cap
    left: Amount | None = None
    over_cap_before: Amount = money.ZERO
    overtime: OvertimeTerms | None = None
    days_before: tuple[DayBefore, ...] = ()
    currency: Currency


def _rate(question: Worked) -> RateRow:
    """The rate of an hour by work date: person in a role, then person, role, everybody, those of the project
    before all; none is refused."""
    require_no_overlap(question.rate_card)
    return _found(question)


def _found(question: Worked) -> RateRow:
    card = RateCard(question.rate_card)
    row = card.find(question.person, question.role, question.work_date, question.project)
    if row is None:
        raise wrong_content("no_rate", f"The rate card has no rate for this work on {question.work_date}.")
    return row


def _overtime(question: WorkedOvertime) -> HourPrice:
    """What an hour of overtime is billed at, or its premium; as regular time where none is billable."""
    require_no_overlap(question.rate_card)
    worked = question.overtime
    agreed = question.terms.find(worked.kind) if question.terms else None
    flat: RateRow | None = None
    if agreed is not None and agreed.convention is OvertimeConvention.flat_rate:
        card = RateCard(question.rate_card)
        flat = card.find(question.person, question.role, question.work_date, question.project, agreed.name)
    return hour_price(_found(question), flat, worked, agreed, f"{question.person} on {question.work_date}")


def _time(question: OnALine) -> TimeBilled:
    """What a line bills for time: the entries claimed, each priced, and what passes the cap or comes back."""
    require_no_overlap(question.rate_card)
    card = RateCard(question.rate_card)
    priced = time_and_materials.price_in_order(
        question.entries,
        card,
        question.hour_rounding,
        question.currency,
        question.overtime,
        question.days_before,
    )
    owed = question.over_cap_before
    claimed = time_and_materials.within_cap(
        priced, question.left, owed, question.at_cap, by_day=question.hour_rounding.by_day
    )
    return time_and_materials.bill(question.line_id, claimed, question.left, owed)


RULES: Rules = {"rate": _rate, "overtime": _overtime, "time": _time}

"""The rate of an hour, and what a line bills for time (docs/SPEC-time-and-materials.md)."""

from uuid import UUID

from contracts_app.commands_line.rules.question import Question, Rules
from contracts_app.domain import money, time_and_materials
from contracts_app.domain.contract import AtCap, BusinessDate, Currency, HourRounding, Name
from contracts_app.domain.money import Amount
from contracts_app.domain.rate_card import RateCard, RateRow, require_no_overlap
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.time_and_materials import TimeBilled, TimeEntry


class Worked(Question):
    """A rate card, and who worked as what on which day."""

    rate_card: list[RateRow]
    person: Name
    role: Name | None = None
    work_date: BusinessDate


class OnALine(Question):
    """The approved entries of a line, what may still be billed on it (none: no cap), and what earlier
    invoices left over the cap."""

    line_id: UUID
    entries: list[TimeEntry]
    rate_card: list[RateRow]
    hour_rounding: HourRounding = HourRounding()
    at_cap: AtCap = AtCap.bill_to_cap
    left: Amount | None = None
    over_cap_before: Amount = money.ZERO
    currency: Currency


def _rate(question: Worked) -> RateRow:
    """The rate of an hour by work date: person in a role, then person, role, everybody; none is refused."""
    require_no_overlap(question.rate_card)
    row = RateCard(question.rate_card).find(question.person, question.role, question.work_date)
    if row is None:
        raise wrong_content("no_rate", f"The rate card has no rate for this work on {question.work_date}.")
    return row


def _time(question: OnALine) -> TimeBilled:
    """What a line bills for time: the entries claimed, each priced, and what passes the cap or comes back."""
    require_no_overlap(question.rate_card)
    card = RateCard(question.rate_card)
    priced = [
        time_and_materials.price(entry, card, question.hour_rounding, question.currency)
        for entry in time_and_materials.in_billing_order(question.entries)
    ]
    owed = question.over_cap_before
    claimed = time_and_materials.within_cap(priced, question.left, owed, question.at_cap)
    return time_and_materials.bill(question.line_id, claimed, question.left, owed)


RULES: Rules = {"rate": _rate, "time": _time}

"""Expenses, per diem and mileage (docs/SPEC-expenses.md)."""

from typing import Annotated

from pydantic import Field

from contracts_app import law
from contracts_app.commands_line.rules.question import Answer, Question, Rules
from contracts_app.domain.expenses import expenses
from contracts_app.domain.expenses import mileage as driven
from contracts_app.domain.expenses import per_diem as away
from contracts_app.domain.expenses.expenses import (
    Expense,
    ExpenseBefore,
    ExpenseCap,
    ExpenseRule,
    ExpensesBilled,
)
from contracts_app.domain.expenses.mileage import Journey, Mileage, MileageRate
from contracts_app.domain.expenses.per_diem import PerDiem, PerDiemRate, Trip
from contracts_app.domain.money import ZERO
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.purchasing import duplicates
from contracts_app.domain.purchasing.commitments import NotNegative
from contracts_app.domain.purchasing.duplicates import Duplicate


class ToBill(Question):
    """The approved expenses of a contract, what of them was billed before, and what the contract says."""

    expenses: list[Expense]
    before: list[ExpenseBefore] = Field(default_factory=list)
    rules: list[ExpenseRule]
    caps: list[ExpenseCap] = Field(default_factory=list)
    currency: Currency


class Billed(Answer):
    """What is billed of each, and the receipts that were there before."""

    billed: ExpensesBilled
    duplicates: tuple[Duplicate, ...]


class Away(Question):
    """A trip; the rates are the published ones, unless others are given. Rows read too long before `today`
    (none: the last day of the trip) are warned of."""

    trip: Trip
    rates: list[PerDiemRate] | None = None
    today: BusinessDate | None = None


class Driven(Question):
    """Journeys of one person, and what he drove before in the year of the first; the rates are the published
    ones, unless others are given. Rows read too long before `today` (none: the last journey) are warned
    of."""

    journeys: Annotated[list[Journey], Field(min_length=1)]
    jurisdiction: str
    vehicle: Name = "car"
    driven_before: NotNegative = ZERO
    rates: list[MileageRate] | None = None
    today: BusinessDate | None = None


def _expense(question: ToBill) -> Billed:
    """Expenses at cost plus the category's markup, within caps; without a receipt that is required: none."""
    found = duplicates.duplicate_receipts(question.expenses)
    held = {duplicate.id for duplicate in found if duplicate.certain}
    billed = expenses.bill_expenses(
        question.expenses, question.before, question.rules, question.caps, question.currency, held
    )
    return Billed(billed=billed, duplicates=found)


def _per_diem(question: Away) -> PerDiem:
    """A trip's per diem: full days, the share of the first and last, less the meals provided."""
    rates = law.table("per_diem", PerDiemRate) if question.rates is None else question.rates
    return away.per_diem(question.trip, rates, question.today or question.trip.days[-1].on)


def _mileage(question: Driven) -> Mileage:
    """Distance × the rate of the day, with the lower rate above a year's threshold."""
    rates = law.table("mileage", MileageRate) if question.rates is None else question.rates
    return driven.mileage(
        question.journeys,
        question.jurisdiction,
        question.vehicle,
        question.driven_before,
        rates,
        question.today or max(journey.on for journey in question.journeys),
    )


RULES: Rules = {"expense": _expense, "per-diem": _per_diem, "mileage": _mileage}

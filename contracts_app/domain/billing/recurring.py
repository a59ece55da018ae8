"""Recurring fees: an amount for each period counted from an anchor date (docs/SPEC-bases.md).

What is due by a day is worked out from the first day on, so that missed periods catch up and asking twice
gives the same; an invoice bills what is due to date less what is billed.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.money import ZERO, Amount, divide, less, multiply, round_to
from contracts_app.domain.names import BusinessDate

_DAY = timedelta(days=1)


def _above_zero(amount: Decimal) -> Decimal:
    if amount <= ZERO:
        raise ValueError("the amount of a period is above zero")
    return amount


class RecurringTerms(BaseModel):
    """`amount` for every `months` months. Periods begin on `anchor` and every so many months before and after
    it; a month that is shorter than the anchor's day begins its period on its last day.

    Billed are the days from `starts_on` (None: the anchor) to `ends_on`, that day included (None: until
    further notice); a period of which only a part is billed costs by days. `in_advance`: due on the period's
    first day, else on its last.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Annotated[Amount, AfterValidator(_above_zero)]
    anchor: BusinessDate
    months: Annotated[int, Field(ge=1, le=12)] = 1
    starts_on: BusinessDate | None = None
    ends_on: BusinessDate | None = None
    in_advance: bool = False

    @model_validator(mode="after")
    def _sensible(self) -> RecurringTerms:
        if self.ends_on is not None and self.ends_on < self.first_day:
            raise ValueError(f"the last day is on or after the first, {self.first_day}, not {self.ends_on}")
        return self

    @property
    def first_day(self) -> date:
        """The first day that is billed."""
        return self.starts_on or self.anchor


class Period(BaseModel):
    """The part of a period that is billed: from its first to its last day, both included, and how many of the
    period's days that is."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    first: date
    last: date
    days: int
    of_days: int


def beginning(terms: RecurringTerms, number: int) -> date:
    """The first day of a period; 0 is the one that begins on the anchor, numbers before it are negative.

    Always counted from the anchor: after the 28th of February comes the 31st of March again.
    """
    year, month = divmod(terms.anchor.year * 12 + terms.anchor.month - 1 + number * terms.months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(terms.anchor.day, last))


def periods_due(terms: RecurringTerms, on: date) -> Iterator[Period]:
    """The periods due by a day, in order."""
    first_day = terms.first_day
    # The period that the first day lies in is this one or the one before it.
    apart = (first_day.year - terms.anchor.year) * 12 + first_day.month - terms.anchor.month
    number = apart // terms.months
    if beginning(terms, number) > first_day:
        number -= 1
    while True:
        begins, follows = beginning(terms, number), beginning(terms, number + 1)
        first, last = max(begins, first_day), follows - _DAY
        if terms.ends_on is not None:
            last = min(last, terms.ends_on)
        if last < first or (first if terms.in_advance else last) > on:
            return
        yield Period(first=first, last=last, days=(last - first).days + 1, of_days=(follows - begins).days)
        number += 1


def due_to_date(terms: RecurringTerms, on: date, currency: str) -> Decimal:
    """What is due from the first day to `on`, in `currency`, rounded once."""
    count = sum((Fraction(period.days, period.of_days) for period in periods_due(terms, on)), Fraction(0))
    return round_to(divide(multiply(terms.amount, Decimal(count.numerator)), count.denominator), currency)


def whole_term(terms: RecurringTerms, currency: str) -> Decimal | None:
    """What comes together until the last day; None where no last day is agreed."""
    return None if terms.ends_on is None else due_to_date(terms, terms.ends_on, currency)


def unbilled(terms: RecurringTerms, on: date, billed: Decimal, currency: str) -> Decimal:
    """What an invoice of that day bills: what is due to date less what is billed; never below zero, because
    what was billed ahead is due later."""
    return round_to(max(less(due_to_date(terms, on, currency), billed), ZERO), currency)

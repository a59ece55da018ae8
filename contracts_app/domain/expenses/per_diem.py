"""Per diem: an allowance for each day away, less the meals that were provided (docs/SPEC-expenses.md).

The amounts are law or guidance and stand in `contracts_app/law/per_diem.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.law import Provision, in_place, warnings
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
    less,
    multiply,
    round_to,
    total,
)
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.refusals import wrong_content

Share = Fraction


class Meal(StrEnum):
    """A meal that somebody else provided or paid."""

    breakfast = "breakfast"
    lunch = "lunch"
    dinner = "dinner"


class PerDiemRate(Provision):
    """The allowance of a full day in a locality. The first and the last day get `first_and_last` of it, a day
    without a night away `single_day` of it, if it was longer than `single_day_over_hours`. A meal provided
    takes its whole amount off, also on such days, but leaves at least `floor` (the incidentals)."""

    locality: Name
    currency: Currency
    full_day: Amount
    first_and_last: Share
    breakfast: Amount
    lunch: Amount
    dinner: Amount
    floor: Amount = ZERO
    single_day: Share
    single_day_over_hours: Annotated[int, Field(ge=0, le=24)]


class DayAway(BaseModel):
    """A day of a trip; a `personal` day in between is on the list and paid nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    on: BusinessDate
    locality: Name
    provided: Annotated[tuple[Meal, ...], Field(max_length=10)] = ()
    personal: bool = False


class Trip(BaseModel):
    """One trip: consecutive days. `hours` away counts only for a trip of a single day."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    jurisdiction: Name
    days: Annotated[tuple[DayAway, ...], Field(min_length=1, max_length=400)]
    hours: Annotated[int, Field(ge=0, le=24)] | None = None


class DayPaid(BaseModel):
    """full day × share − meals = amount, each at the currency's unit."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    on: date
    full_day: Amount
    share: Share
    meals: Amount
    amount: Amount
    citation: str


class PerDiem(BaseModel):
    """A trip's allowance; the days add up to it. `warnings` are of the rows of law that it rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    days: tuple[DayPaid, ...]
    amount: Amount
    warnings: tuple[str, ...] = ()


def per_diem(trip: Trip, rates: Iterable[PerDiemRate], today: date) -> PerDiem:
    """What a trip is paid by the rates in force on each of its days, those of a part of a country before the
    country's.

    Raises Refused for days that do not follow each other (`days_not_in_order`), a day without a rate
    (`no_per_diem_rate`), rates in several currencies (`several_currencies`) and a single day without its
    hours (`hours_missing`).
    """
    _require_consecutive(trip.days)
    table = tuple(rates)
    found = [_rate(table, trip.jurisdiction, day) for day in trip.days]
    currencies = {rate.currency for rate in found}
    if len(currencies) > 1:
        raise wrong_content(
            "several_currencies", "Split the trip: its days have rates in several currencies."
        )
    last = len(trip.days) - 1
    days = tuple(
        _paid(day, rate, _share(trip, rate, first_or_last=place in (0, last)))
        for place, (day, rate) in enumerate(zip(trip.days, found, strict=True))
    )
    return PerDiem(
        currency=found[0].currency,
        days=days,
        amount=total(day.amount for day in days),
        warnings=warnings(found, today),
    )


def _require_consecutive(days: Sequence[DayAway]) -> None:
    first = days[0].on
    for place, day in enumerate(days):
        if day.on != first + timedelta(days=place):
            raise wrong_content(
                "days_not_in_order",
                f"The days of a trip follow each other: {first + timedelta(days=place)} is missing. Name "
                "days off as personal.",
            )


def _rate(rates: Sequence[PerDiemRate], jurisdiction: str, day: DayAway) -> PerDiemRate:
    for rate in in_place(rates, jurisdiction, day.on):
        if rate.locality == day.locality:
            return rate
    raise wrong_content(
        "no_per_diem_rate", f"There is no per diem for {day.locality} ({jurisdiction}) on {day.on}."
    )


def _share(trip: Trip, rate: PerDiemRate, *, first_or_last: bool) -> Decimal:
    if len(trip.days) == 1:
        if trip.hours is None:
            raise wrong_content("hours_missing", "For a trip of one day, say how many hours it took.")
        return rate.single_day if trip.hours > rate.single_day_over_hours else ZERO
    return rate.first_and_last if first_or_last else Decimal(1)


def _paid(day: DayAway, rate: PerDiemRate, share: Decimal) -> DayPaid:
    share = ZERO if day.personal else share
    allowed = round_to(multiply(rate.full_day, share), rate.currency)
    provided = {Meal.breakfast: rate.breakfast, Meal.lunch: rate.lunch, Meal.dinner: rate.dinner}
    wanted = total(provided[meal] for meal in set(day.provided))
    meals = min(wanted, max(less(allowed, rate.floor), ZERO))
    return DayPaid(
        on=day.on,
        full_day=rate.full_day,
        share=share,
        meals=meals,
        amount=less(allowed, meals),
        citation=rate.citation,
    )

"""Mileage: distance driven in a private car × the rate of the day (docs/SPEC-expenses.md).

The rates are law or guidance and stand in `contracts_app/law/mileage.toml`; some fall after so much a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.law import Provision, in_place, warnings
from contracts_app.domain.money import ZERO, Amount, less, multiply, round_to, total
from contracts_app.domain.names import BusinessDate, Currency, Name
from contracts_app.domain.purchasing.commitments import AboveZero, NotNegative
from contracts_app.domain.refusals import wrong_content


class Unit(StrEnum):
    """What distances and rates are counted in."""

    mile = "mile"
    km = "km"


class MileageRate(Provision):
    """A rate per unit for a kind of vehicle; above `threshold` in a year that begins on `year_begins`
    (month-day), `rate_above`."""

    vehicle: Name
    unit: Unit
    currency: Currency
    rate: NotNegative
    threshold: AboveZero | None = None
    rate_above: NotNegative | None = None
    year_begins: Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$")] = "01-01"

    @model_validator(mode="after")
    def _both(self) -> MileageRate:
        if (self.threshold is None) is not (self.rate_above is None):
            raise ValueError("a threshold and the rate above it go together")
        return self


class Journey(BaseModel):
    """So far, on a day, by one person in a private vehicle."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    on: BusinessDate
    distance: AboveZero
    description: Annotated[str, Field(max_length=500)] = ""


class JourneyPaid(BaseModel):
    """distance × rate, and what lies above the year's threshold × the rate above it, rounded once."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    on: date
    distance: NotNegative
    rate: NotNegative
    distance_above: NotNegative
    rate_above: NotNegative
    amount: Amount
    citation: str


class Mileage(BaseModel):
    """Journeys of one person; they add up to the amount. `driven` is the distance of the last journey's year,
    `warnings` are of the rows of law that it rests on."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    currency: Currency
    unit: Unit
    journeys: tuple[JourneyPaid, ...]
    amount: Amount
    driven: NotNegative
    warnings: tuple[str, ...] = ()


def mileage(
    journeys: Sequence[Journey],
    jurisdiction: str,
    vehicle: str,
    driven_before: Decimal,
    rates: Iterable[MileageRate],
    today: date,
) -> Mileage:
    """What journeys of one person are paid, in the order of their days; `driven_before` is what that person
    drove in the year of the first one before it.

    Raises Refused for no journey (`no_journey`), a day without a rate (`no_mileage_rate`) and rates of
    several currencies or units (`several_currencies`).
    """
    if not journeys:
        raise wrong_content("no_journey", "Name at least one journey.")
    table = tuple(rates)
    paid = []
    used: list[MileageRate] = []
    driven = driven_before
    year: date | None = None
    for journey in sorted(journeys, key=lambda journey: journey.on):
        rate = _rate(table, jurisdiction, vehicle, journey.on)
        used.append(rate)
        begins = _year_of(journey.on, rate.year_begins)
        if year is not None and begins != year:
            driven = ZERO
        year = begins
        paid.append(_paid(journey, rate, driven))
        driven = total((driven, journey.distance))
    if len({(rate.currency, rate.unit) for rate in used}) > 1:
        raise wrong_content("several_currencies", "The rates of the journeys differ in currency or unit.")
    return Mileage(
        currency=used[0].currency,
        unit=used[0].unit,
        journeys=tuple(paid),
        amount=total(journey.amount for journey in paid),
        driven=driven,
        warnings=warnings(used, today),
    )


def _rate(rates: Sequence[MileageRate], jurisdiction: str, vehicle: str, on: date) -> MileageRate:
    for rate in in_place(rates, jurisdiction, on):
        if rate.vehicle == vehicle:
            return rate
    raise wrong_content(
        "no_mileage_rate", f"There is no mileage rate for a {vehicle} ({jurisdiction}) on {on}."
    )


def _year_of(on: date, begins: str) -> date:
    """The first day of the year that `on` lies in."""
    month, day = (int(part) for part in begins.split("-"))
    first = date(on.year, month, day)
    return first if first <= on else date(on.year - 1, month, day)


def _paid(journey: Journey, rate: MileageRate, driven: Decimal) -> JourneyPaid:
    below, above, rate_above = journey.distance, ZERO, ZERO
    if rate.threshold is not None and rate.rate_above is not None:
        below = min(journey.distance, max(less(rate.threshold, driven), ZERO))
        above, rate_above = less(journey.distance, below), rate.rate_above
    exact = total((multiply(below, rate.rate), multiply(above, rate_above)))
    return JourneyPaid(
        on=journey.on,
        distance=below,
        rate=rate.rate,
        distance_above=above,
        rate_above=rate_above,
        amount=round_to(exact, rate.currency),
        citation=rate.citation,
    )

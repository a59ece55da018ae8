"""Per diem against the worked numbers of docs/SPEC-expenses.md."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app import law
from contracts_app.domain.expenses.per_diem import DayAway, Meal, PerDiemRate, Trip, per_diem
from contracts_app.domain.law import Verified
from contracts_app.domain.money import ZERO, is_at_scale, total
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import decimals
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-expenses.md"
RATES = law.table("per_diem", PerDiemRate)
TODAY = date(2026, 11, 23)


def _days(first: date, count: int, locality: str, marked: str = "-") -> tuple[DayAway, ...]:
    """Days of a trip; `2 lunch` was provided on the second one."""
    marks = [part.split() for part in listed(marked)]
    days = []
    for place in range(1, count + 1):
        words = [word for day, word in marks if int(day) == place]
        days.append(
            DayAway(
                on=first + timedelta(days=place - 1),
                locality=locality,
                provided=tuple(Meal(word) for word in words if word != "personal"),
                personal="personal" in words,
            )
        )
    return tuple(days)


def _trip(row: Row) -> Trip:
    first = date.fromisoformat(row["First day"])
    return Trip(
        jurisdiction=row["Jurisdiction"],
        days=_days(first, int(row["Days"]), row["Locality"], row["Days with"]),
        hours=None if row["Hours"] == "-" else int(row["Hours"]),
    )


@cases(PAGE, "Per diem")
def test_per_diem(ask: Ask, row: Row) -> None:
    question = {"trip": _trip(row).model_dump(mode="json")}
    if row["Paid"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            per_diem(_trip(row), RATES, TODAY)
        assert f"refused {refused.value.code}" == row["Paid"]
        assert ask("per-diem", question=question)[::2] == (1, refused.value.sentence + "\n")
        return
    found = per_diem(_trip(row), RATES, _trip(row).days[-1].on)
    assert [day.amount for day in found.days] == amounts(row["Paid"])
    assert found.amount == Decimal(row["Sum"])
    assert all(day.citation for day in found.days)
    assert ask("per-diem", question=question)[:2] == (0, found.model_dump(mode="json"))


def _rate(**more: Any) -> PerDiemRate:
    given: dict[str, Any] = {
        "jurisdiction": "US",
        "citation": "Sample",
        "effective_from": date(2020, 1, 1),
        "source": "Sample",
        "as_of": date(2026, 11, 22),
        "verified": Verified.uncertain,
        "locality": "Anywhere",
        "currency": "USD",
        "full_day": "60",
        "first_and_last": "0.75",
        "breakfast": "13",
        "lunch": "15",
        "dinner": "26",
        "single_day": "0.5",
        "single_day_over_hours": 8,
        **more,
    }
    return PerDiemRate(**given)


@cases(PAGE, "Per diem by other rates")
def test_per_diem_by_other_rates(ask: Ask, row: Row) -> None:
    rate = _rate(
        full_day=row["Full day"],
        breakfast=row["Breakfast"],
        lunch=row["Lunch"],
        dinner=row["Dinner"],
        floor=row["Floor"],
    )
    marked = "; ".join(f"1 {meal}" for meal in listed(row["Provided"])) or "-"
    trip = Trip(jurisdiction="US", days=_days(date(2022, 3, 1), 2, "Anywhere", marked))
    found = per_diem(trip, [rate], trip.days[-1].on)
    assert found.days[0].amount == Decimal(row["First day"])
    question = {"trip": trip.model_dump(mode="json"), "rates": [rate.model_dump(mode="json")]}
    assert ask("per-diem", question=question)[:2] == (0, found.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("code", "trip"),
    [
        ("days_not_in_order", (date(2022, 3, 1), date(2022, 3, 3))),
        ("days_not_in_order", (date(2022, 3, 2), date(2022, 3, 1))),
        ("days_not_in_order", (date(2022, 3, 1), date(2022, 3, 1))),
        ("hours_missing", (date(2022, 3, 1),)),
        ("several_currencies", (date(2022, 2, 28), date(2022, 3, 1))),
    ],
)
def test_refused(code: str, trip: tuple[date, ...]) -> None:
    march = date(2022, 3, 1)
    rates = [_rate(effective_to=march, currency="EUR"), _rate(effective_from=march)]
    days = tuple(DayAway(on=on, locality="Anywhere") for on in trip)
    with pytest.raises(Refused) as refused:
        per_diem(Trip(jurisdiction="US", days=days), rates, TODAY)
    assert (refused.value.code, refused.value.status) == (code, 422)


def test_rows_read_long_ago_or_not_certain_are_warned_of() -> None:
    trip = Trip(jurisdiction="US", days=_days(date(2022, 3, 1), 2, "Anywhere"))
    rate = _rate(verified=Verified.source)
    assert per_diem(trip, [rate], date(2027, 11, 22)).warnings == ()
    (stale,) = per_diem(trip, [rate], date(2027, 11, 23)).warnings
    assert "US, Sample: last read on 2026-11-22" in stale
    (uncertain,) = per_diem(trip, [_rate()], TODAY).warnings
    assert "not certain" in uncertain


def test_a_floor_above_the_allowance_takes_no_meal_off() -> None:
    trip = Trip(jurisdiction="US", days=_days(date(2022, 3, 1), 2, "Anywhere", "1 lunch"))
    (first, _) = per_diem(trip, [_rate(full_day="4", floor="5")], TODAY).days
    assert (first.amount, first.meals) == decimals(3, 0)


_amount = st.integers(0, 30_000).map(lambda cents: Decimal(cents).scaleb(-2))
_share = st.integers(0, 1000).map(lambda n: Decimal(n).scaleb(-3))


@given(
    rate=st.builds(
        _rate,
        full_day=_amount,
        first_and_last=_share,
        single_day=_share,
        breakfast=_amount,
        lunch=_amount,
        dinner=_amount,
        floor=_amount,
    ),
    days=st.lists(st.tuples(st.sets(st.sampled_from(Meal)), st.booleans()), min_size=1, max_size=20),
    hours=st.integers(0, 24),
)
def test_days_add_up_and_none_is_below_nothing_or_above_its_allowance(
    rate: PerDiemRate, days: list[tuple[set[Meal], bool]], hours: int
) -> None:
    away = tuple(
        DayAway(
            on=date(2022, 3, 1) + timedelta(days=place),
            locality="Anywhere",
            provided=tuple(meals),
            personal=personal,
        )
        for place, (meals, personal) in enumerate(days)
    )
    found = per_diem(Trip(jurisdiction="US", days=away, hours=hours), [rate], TODAY)
    assert total(day.amount for day in found.days) == found.amount
    for day, (meals, personal) in zip(found.days, days, strict=True):
        assert is_at_scale(day.amount, "USD")
        assert ZERO <= day.amount <= rate.full_day
        assert not personal or day.amount == ZERO
        assert abs(day.amount + day.meals - rate.full_day * day.share) <= Decimal("0.005")
        assert bool(meals) or day.meals == ZERO
        allowed = day.amount + day.meals
        assert day.amount >= min(rate.floor, allowed)

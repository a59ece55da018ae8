"""Mileage against the worked numbers of docs/SPEC-expenses.md."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app import law
from contracts_app.domain.expenses.mileage import Journey, Mileage, MileageRate, mileage
from contracts_app.domain.law import Verified
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.refusals import Refused
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-expenses.md"
RATES = law.table("mileage", MileageRate)
TODAY = date(2026, 11, 23)


def _paid(jurisdiction: str, before: str, *journeys: tuple[str, str]) -> Mileage:
    driven = [Journey(on=date.fromisoformat(on), distance=Decimal(far)) for on, far in journeys]
    return mileage(driven, jurisdiction, "car", Decimal(before), RATES, max(each.on for each in driven))


@cases(PAGE, "Mileage")
def test_mileage(ask: Ask, row: Row) -> None:
    question = {
        "journeys": [{"on": row["On"], "distance": row["Distance"]}],
        "jurisdiction": row["Jurisdiction"],
        "driven_before": row["Before"],
    }
    wanted = (row["Jurisdiction"], row["Before"], (row["On"], row["Distance"]))
    if row["Paid"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            _paid(*wanted)
        assert f"refused {refused.value.code}" == row["Paid"]
        assert ask("mileage", question=question)[::2] == (1, refused.value.sentence + "\n")
        return
    found = _paid(*wanted)
    (journey,) = found.journeys
    assert found.amount == journey.amount == Decimal(row["Paid"])
    assert journey.distance + journey.distance_above == Decimal(row["Distance"])
    assert found.driven == Decimal(row["Before"]) + Decimal(row["Distance"])
    assert ask("mileage", question=question)[:2] == (0, found.model_dump(mode="json"))


@cases(PAGE, "Several journeys")
def test_several_journeys(row: Row) -> None:
    journeys = [tuple(part.split()) for part in listed(row["Journeys"])]
    found = _paid(row["Jurisdiction"], row["Before"], *((on, far) for on, far in journeys))
    assert [journey.amount for journey in found.journeys] == amounts(row["Paid"])
    assert found.amount == total(amounts(row["Paid"]))
    assert found.driven == Decimal(row["Driven"])
    assert [journey.on.isoformat() for journey in found.journeys] == sorted(on for on, _ in journeys)


def test_other_rates_may_be_given(ask: Ask) -> None:
    rate = _rate(rate="1.00").model_dump(mode="json")
    question = {"journeys": [{"on": "2024-01-01", "distance": "7"}], "jurisdiction": "US", "rates": [rate]}
    assert ask("mileage", question=question)[1]["amount"] == "7.00"
    for more in ({"vehicle": "bicycle"}, {"jurisdiction": "DE"}):
        assert ask("mileage", question={**question, **more})[0] == 1


def _rate(**more: Any) -> MileageRate:
    given: dict[str, Any] = {
        "jurisdiction": "US",
        "citation": "Sample",
        "effective_from": date(2020, 1, 1),
        "source": "Sample",
        "as_of": date(2026, 11, 22),
        "verified": Verified.uncertain,
        "vehicle": "car",
        "unit": "mile",
        "currency": "USD",
        "rate": "0.50",
        **more,
    }
    return MileageRate(**given)


@pytest.mark.parametrize("more", [{"threshold": "10000"}, {"rate_above": "0.25"}])
def test_a_threshold_and_the_rate_above_it_go_together(more: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="go together"):
        _rate(**more)


@pytest.mark.parametrize("other", [{"currency": "EUR"}, {"unit": "km"}])
def test_rates_of_one_claim_have_one_currency_and_unit(other: dict[str, str]) -> None:
    rates = [_rate(effective_to=date(2021, 1, 1)), _rate(effective_from=date(2021, 1, 1), **other)]
    journeys = [
        Journey(on=date(2020, 12, 31), distance=Decimal(1)),
        Journey(on=date(2021, 1, 1), distance=Decimal(1)),
    ]
    with pytest.raises(Refused) as refused:
        mileage(journeys, "US", "car", ZERO, rates, TODAY)
    assert refused.value.code == "several_currencies"
    with pytest.raises(Refused) as nothing:
        mileage([], "US", "car", ZERO, rates, TODAY)
    assert nothing.value.code == "no_journey"


def test_rows_read_long_ago_or_not_certain_are_warned_of() -> None:
    journeys = [Journey(on=date(2022, 3, 1), distance=Decimal(1))]
    rate = _rate(verified=Verified.source)
    assert mileage(journeys, "US", "car", ZERO, [rate], date(2027, 11, 22)).warnings == ()
    assert len(mileage(journeys, "US", "car", ZERO, [rate], date(2027, 11, 23)).warnings) == 1
    assert "not certain" in _paid("CA", "0", ("2026-03-01", "10")).warnings[0]


def test_every_row_of_the_table_says_where_it_is_from() -> None:
    for row in RATES:
        assert row.source.startswith("http")
        assert row.as_of == date(2026, 11, 22)
    spans = sorted((row.jurisdiction, row.effective_from, row.effective_to or date.max) for row in RATES)
    for earlier, later in pairwise(spans):
        assert earlier[0] != later[0] or earlier[2] == later[1], "one rate follows the other"


_distance = st.integers(1, 200_000).map(lambda n: Decimal(n).scaleb(-1))


@given(st.lists(st.tuples(st.integers(0, 200), _distance), min_size=1, max_size=12), _distance)
def test_however_a_year_is_driven_the_threshold_holds_once(
    driven: list[tuple[int, Decimal]], before: Decimal
) -> None:
    rate = _rate(threshold="10000", rate_above="0.25")
    journeys = [Journey(on=date(2024, 1, 1) + timedelta(days=day), distance=far) for day, far in driven]
    found = mileage(journeys, "US", "car", before, [rate], TODAY)
    everything = total(far for _, far in driven)
    below = total(journey.distance for journey in found.journeys)
    assert below == min(everything, max(Decimal(10000) - before, ZERO))
    assert total((below, *(journey.distance_above for journey in found.journeys))) == everything
    exact = below * Decimal("0.50") + (everything - below) * Decimal("0.25")
    assert abs(found.amount - exact) <= Decimal("0.005") * len(driven)
    assert found.amount == total(journey.amount for journey in found.journeys)
    assert found.driven == before + everything

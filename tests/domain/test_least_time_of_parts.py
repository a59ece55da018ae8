"""The parts of an entry that was split share the least time charged for it; none is charged below zero."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain.contract import HourRounding
from contracts_app.domain.time.time_and_materials import SplitWhole, amount_of, charged, rounded


def charged_for(parts: list[int], rounding: HourRounding) -> list[int]:
    before = [0, *accumulate(parts)]
    return [
        charged(part, None, rounding, SplitWhole(seconds=sum(parts), before=so_far))
        for part, so_far in zip(parts, before, strict=False)
    ]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_least_time_that_is_no_multiple_of_the_unit(sign: int) -> None:
    """Six minutes up, at least 15: of 6 minutes 5 bear 900 × 300 ÷ 360 = 750 s, which round up to 1,080; more
    than the least time, 900 s, no part bears. At 200.00 an hour 900 s are 50.00."""
    rounding = HourRounding(unit_seconds=360, minimum_seconds=900, up=True)
    found = charged_for([sign * 300, sign * 60], rounding)
    assert found == [sign * 900, 0]
    assert [amount_of(one, Decimal("200.00"), "USD") for one in found] == [sign * Decimal("50.00"), 0]


@given(
    st.lists(st.integers(1, 300), min_size=1, max_size=6),
    st.sampled_from((1, 60, 360, 900, 1800)),
    st.integers(0, 2500),
    st.booleans(),
    st.sampled_from((1, -1)),
)
def test_parts_bear_the_least_time_of_their_whole_and_none_less_than_nothing(
    parts: list[int], unit: int, least: int, up: bool, sign: int
) -> None:
    rounding = HourRounding(unit_seconds=unit, minimum_seconds=least, up=up)
    found = charged_for([sign * part for part in parts], rounding)
    assert all(sign * one >= 0 for one in found)
    if rounded(sum(parts), rounding) < least:
        assert sum(found) == sign * least

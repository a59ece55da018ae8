"""The firm's calendar against docs/SPEC-business-time.md."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain.business_time import business_now, date_in, opening_of, period_end, shift_to
from contracts_app.domain.refusals import Refused
from tests.domain.worked_tables import Row, cases

PAGE = "SPEC-business-time.md"
CLOCK = datetime(2026, 11, 21, 12, tzinfo=UTC)


@cases(PAGE, "Period ends")
def test_period_ends(row: Row) -> None:
    found = period_end(int(row["Day of the month"]), date.fromisoformat(row["On or after"]))
    assert found.isoformat() == row["Period end"]


@cases(PAGE, "Dates by zone")
def test_dates_by_zone(row: Row) -> None:
    assert date_in(datetime.fromisoformat(row["Instant (UTC)"]), row["Zone"]).isoformat() == row["Date"]


@cases(PAGE, "Eight in the morning")
def test_opening(row: Row) -> None:
    opening = opening_of(date.fromisoformat(row["Day"]), row["Zone"])
    assert opening.isoformat() == row["Instant (UTC)"]


@cases(PAGE, "Calendar shift")
def test_calendar_shift(row: Row) -> None:
    target, before = datetime.fromisoformat(row["Move to"]), int(row["Shift before"])
    if row["Shift after"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            shift_to(target, CLOCK, before)
        assert f"refused {refused.value.code}" == row["Shift after"]
        return
    after = shift_to(target, CLOCK, before)
    assert after == int(row["Shift after"])
    assert timedelta(0) <= business_now(CLOCK, after) - target < timedelta(seconds=1)


@given(st.integers(1, 31), st.dates(date(1990, 1, 1), date(2199, 11, 30)))
def test_a_year_has_twelve_period_ends(anchor: int, start: date) -> None:
    ends = [period_end(anchor, start)]
    for _ in range(12):
        ends.append(period_end(anchor, ends[-1] + timedelta(days=1)))
    assert start <= ends[0] <= start + timedelta(days=30)
    months = [day.year * 12 + day.month for day in ends]
    assert months == list(range(months[0], months[0] + 13))
    assert all(day.day == anchor or (day + timedelta(days=1)).day == 1 for day in ends)


@given(st.integers(-(10**9), 10**9), st.timedeltas(timedelta(days=-9000), timedelta(days=9000)))
def test_a_calendar_never_goes_back(shift: int, ahead: timedelta) -> None:
    before = business_now(CLOCK, shift)
    target = before + ahead
    if ahead <= timedelta(seconds=-1):
        with pytest.raises(Refused):
            shift_to(target, CLOCK, shift)
    elif ahead >= timedelta(0):
        assert business_now(CLOCK, shift_to(target, CLOCK, shift)) >= max(before, target)


def test_an_instant_without_a_zone_is_refused() -> None:
    """A naive instant would silently be read in the zone of the machine."""
    naive = CLOCK.replace(tzinfo=None)
    with pytest.raises(ValueError, match="time zone"):
        date_in(naive, "UTC")
    with pytest.raises(ValueError, match="time zone"):
        business_now(naive, 0)

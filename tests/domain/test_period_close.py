"""Closing months: what may be dated when, and where late entries go (docs/SPEC-period-close.md)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from contracts_app.domain.closing import checklist, periods
from contracts_app.domain.closing.checklist import Accepted, Item
from contracts_app.domain.closing.periods import Lock, Period, PeriodState
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import ACCOUNTING_PERIOD, require
from tests.domain.worked_tables import Row, cases

PAGE = "SPEC-period-close.md"
MARCH, APRIL, MAY = date(2024, 3, 1), date(2024, 4, 1), date(2024, 5, 1)


def instant(day: int, hour: int, month: int = 4) -> datetime:
    return datetime(2024, month, day, hour, tzinfo=UTC)


LOCKED_IN_MARCH = (Lock(instant(4, 10), instant(20, 9)), Lock(instant(22, 8)))
STANDING = (
    Period(MARCH, PeriodState.closed, LOCKED_IN_MARCH),
    Period(APRIL, PeriodState.soft_closed),
)
LATER = (
    Period(MARCH, PeriodState.closed, LOCKED_IN_MARCH),
    Period(APRIL, PeriodState.closed, (Lock(instant(3, 12, 5)),)),
)


@cases(PAGE, "What may be dated when")
def test_what_may_be_dated_when(row: Row) -> None:
    day, by, expected = row.values()
    if expected == "may":
        periods.require_open(date.fromisoformat(day), STANDING, "A payment", by == "a controller")
        return
    with pytest.raises(Refused) as refused:
        periods.require_open(date.fromisoformat(day), STANDING, "A payment", by == "a controller")
    says, first = expected.split("; from ")
    assert refused.value.code == ("period_closed" if says == "closed" else "not_allowed")
    assert f"A payment of {day} falls into" in refused.value.sentence
    assert first in refused.value.sentence
    assert "ontroller may" in refused.value.sentence or "closed for good" in refused.value.sentence


@cases(PAGE, "Where late entries go")
def test_where_late_entries_go(row: Row) -> None:
    worked, entered, posted = row.values()
    at = datetime.fromisoformat(f"{entered}+00:00")
    assert periods.posting_date(date.fromisoformat(worked), at, LATER) == date.fromisoformat(posted)


def test_without_closed_months_everything_may_be_dated() -> None:
    periods.require_open(date(1999, 1, 1), (), "A payment", is_controller=False)
    soft = (Period(MARCH, PeriodState.soft_closed),)
    periods.require_open(date(1999, 1, 1), soft, "A payment", is_controller=False)
    assert periods.posting_date(date(1999, 1, 1), instant(4, 10), soft) == date(1999, 1, 1)


@pytest.mark.parametrize(
    ("month", "known", "code"),
    [
        (MARCH, (), None),
        (date(2024, 2, 1), STANDING[:1], "months_in_their_order"),
        (APRIL, STANDING[:1], None),
        (MAY, STANDING[:1], "period_not_ended"),
        (MARCH, STANDING, None),
    ],
)
def test_months_are_closed_in_their_order_once_they_have_ended(
    month: date, known: tuple[Period, ...], code: str | None
) -> None:
    ended = date(2024, 5, 1)
    if code is None:
        periods.require_next(month, known, ended)
        return
    with pytest.raises(Refused) as refused:
        periods.require_next(month, known, ended)
    assert refused.value.code == code


def test_the_last_day_of_a_month_is_not_its_end() -> None:
    with pytest.raises(Refused, match="from 2024-05-01 on"):
        periods.require_next(APRIL, (), date(2024, 4, 30))
    assert periods.last_day(date(2024, 2, 1)) == date(2024, 2, 29)
    assert periods.next_month(date(2024, 12, 31)) == date(2025, 1, 1)


def test_an_earlier_month_is_closed_first() -> None:
    periods.require_earlier_closed(APRIL, STANDING)
    with pytest.raises(Refused, match="April 2024"):
        periods.require_earlier_closed(MAY, STANDING)


def test_what_is_left_is_done_or_accepted_as_it_was_seen() -> None:
    left = {Item.drafts: 2, Item.cash: 1, Item.time: 0}
    drafts = Accepted(item=Item.drafts, number=2, reason="Billed in May")
    with pytest.raises(Refused, match="1 payment or credit not applied in full") as lacking:
        checklist.require_done_or_accepted(left, (drafts,), "March 2024")
    assert lacking.value.code == "period_not_ready"
    cash = Accepted(item=Item.cash, number=3, reason="Asked the client")
    with pytest.raises(Refused, match="1 payment") as changed:
        checklist.require_done_or_accepted(left, (drafts, cash), "March 2024")
    assert changed.value.code == "checklist_changed"
    time = Accepted(item=Item.time, number=4, reason="No matter any more")
    seen = cash.model_copy(update={"number": 1})
    assert checklist.require_done_or_accepted(left, (drafts, seen, time), "March 2024") == [drafts, seen]


def test_the_states_of_a_month() -> None:
    known = {state.value for state in PeriodState}
    for command, rows in ACCOUNTING_PERIOD.items():
        for state in known:
            if state in rows:
                assert set(require(ACCOUNTING_PERIOD, command, state, "month")) <= known
            else:
                with pytest.raises(Refused):
                    require(ACCOUNTING_PERIOD, command, state, "month")
    assert {target for rows in ACCOUNTING_PERIOD.values() for row in rows.values() for target in row} == known

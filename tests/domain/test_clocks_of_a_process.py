"""Which clocks of a process rang, and which are set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from contracts_app.domain.histories.clock import Clock, armed, rang
from contracts_app.domain.histories.events import Event, Run

AT = datetime(2024, 3, 1, 15, tzinfo=UTC)
DUE = AT + timedelta(days=10)


def event(number: int, kind: str, sentence: str = "", of: int = 0, rings_at: datetime | None = None) -> Event:
    at = AT + timedelta(hours=number)
    return Event("r1", number, at, kind, of=of, sentence=sentence, rings_at=rings_at)


def test_a_clock_is_armed_until_it_rings_or_is_put_off() -> None:
    set_first = event(1, "TimerStarted", "It waits for its period.", rings_at=DUE)
    put_off = event(2, "TimerCanceled", "It waits for its period.", of=1)
    set_next = event(3, "TimerStarted", "It waits for the client.", rings_at=DUE)
    rings = event(4, "TimerFired", "It waits for the client.", of=3)
    assert armed([Run("r1", (set_first,), archived=False)]) == [Clock(DUE, "It waits for its period.")]
    going_on = Run("r1", (set_first, put_off, set_next), archived=False)
    assert armed([going_on]) == [Clock(DUE, "It waits for the client.")]
    assert rang([going_on]) == []
    over = Run("r1", (set_first, put_off, set_next, rings), archived=False)
    assert armed([over]) == []
    assert rang([over]) == [Clock(rings.at, "It waits for the client.")]


def test_a_run_that_is_over_has_no_clock_and_a_second_look_tells_nothing_twice() -> None:
    looks = [event(number, "TimerFired", "It waits.", of=9) for number in (1, 2)]
    assert rang([Run("r1", tuple(looks), archived=True)]) == [Clock(looks[1].at, "It waits.")]
    ended = event(3, "WorkflowExecutionTerminated")
    set_before = event(2, "TimerStarted", "It waits.", rings_at=DUE)
    assert armed([Run("r1", (set_before, ended), archived=False), Run("r2", (), archived=False)]) == []

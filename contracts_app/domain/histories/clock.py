"""The clocks that a process set: which rang, and which is set now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from contracts_app.domain.histories.events import Event, Run

_ENDS = ("TimerFired", "TimerCanceled")
_OVER = (
    "WorkflowExecutionCompleted",
    "WorkflowExecutionFailed",
    "WorkflowExecutionTerminated",
    "WorkflowExecutionCanceled",
    "WorkflowExecutionTimedOut",
    "WorkflowExecutionContinuedAsNew",
)


@dataclass(frozen=True)
class Clock:
    """A clock of a process: `at` when it rang or will ring, and what the process waited for meanwhile."""

    at: datetime
    sentence: str


def rang(runs: Sequence[Run]) -> Sequence[Clock]:
    """The clocks that rang, the first one first; of several in a row for the same thing the last one."""
    found: list[Clock] = []
    for event in (event for run in runs for event in run.events if event.kind == "TimerFired"):
        if found and found[-1].sentence == event.sentence:
            found.pop()
        found.append(Clock(event.at, event.sentence))
    return [one for one in found if one.sentence]


def armed(runs: Sequence[Run]) -> Sequence[Clock]:
    """The clocks that are set in runs that go on, the first to ring first."""
    found = [
        Clock(event.rings_at, event.sentence)
        for run in runs
        if run.events and run.events[-1].kind not in _OVER
        for event in _open(run)
        if event.rings_at is not None
    ]
    return sorted(found, key=lambda one: one.at)


def _open(run: Run) -> Sequence[Event]:
    ended = {event.of for event in run.events if event.kind in _ENDS}
    return [event for event in run.events if event.kind == "TimerStarted" and event.number not in ended]

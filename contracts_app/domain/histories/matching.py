"""Events of a process held against the audit entries that it wrote, both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contracts_app.domain.histories.events import WRITES, Event, Run, Writes, Written

_ENDED_WELL = "ActivityTaskCompleted"
_ENDED_BADLY = frozenset({"ActivityTaskFailed", "ActivityTaskTimedOut", "ActivityTaskCanceled"})
_ANSWERED = "WorkflowExecutionUpdateCompleted"
_RUN_ENDED = frozenset(
    f"WorkflowExecution{how}"
    for how in ("Completed", "Failed", "TimedOut", "Canceled", "Terminated", "ContinuedAsNew")
)


class Found(StrEnum):
    """What an event says about the audit log."""

    matched = "matched"
    answered_before = "answered before"
    """The command had been answered under its key: through another run, or by another door."""
    none_expected = "no entry expected"
    in_hand = "in hand"
    """It has not ended yet."""
    cut_off = "cut off"
    """The run was ended before it."""
    missing = "entry missing"
    """It must have written an entry, and there is none."""


@dataclass(frozen=True)
class Row:
    """An event with the entries that its step wrote."""

    event: Event
    entries: tuple[Written, ...]
    found: Found


@dataclass(frozen=True)
class Stray:
    """An entry that names an event that is not there, and what is not there."""

    entry: Written
    why: str


@dataclass(frozen=True)
class Matching:
    """A process's runs, event by event, the oldest first; entries that fit nowhere; what is wrong else."""

    runs: tuple[tuple[Run, tuple[Row, ...]], ...]
    strays: tuple[Stray, ...]
    wrong: tuple[str, ...]
    not_looked_at: int = 0
    """Entries of runs that Temporal alone has, where it did not answer."""

    def count(self, *found: Found) -> int:
        """How many events are so."""
        return sum(row.found in found for _, rows in self.runs for row in rows)

    @property
    def unmatched(self) -> int:
        """Events without their entry, and entries without their event."""
        return self.count(Found.missing) + len(self.strays)

    @property
    def holds(self) -> bool:
        """Whether everything is matched both ways and no run or event is missing."""
        return self.unmatched == 0 and not self.wrong


def matched(
    runs: Sequence[Run],
    entries: Sequence[Written],
    answered: Mapping[str, datetime],
    *,
    complete: bool = True,
) -> Matching:
    """Hold the runs of a process, the oldest first, against all entries that name it.

    `complete`: these are all runs; otherwise Temporal did not answer, and what it alone has is left out.
    `answered`: when commands were answered for good, by their keys, by whatever door.
    """
    known = {run.run_id for run in runs}
    looked_at = [entry for entry in entries if complete or entry.run_id in known]
    by_step: dict[tuple[str, str], list[Written]] = {}
    for entry in looked_at:
        by_step.setdefault((entry.run_id, entry.activity_id), []).append(entry)
    told = tuple((run, tuple(_rows(run, by_step, answered))) for run in runs)
    wrong = tuple(_wrong(runs, complete=complete))
    return Matching(told, tuple(_strays(runs, looked_at)), wrong, len(entries) - len(looked_at))


def _rows(
    run: Run, by_step: Mapping[tuple[str, str], Sequence[Written]], answered: Mapping[str, datetime]
) -> Iterator[Row]:
    ends = {event.of: event.kind for event in run.events if event.of and _ends(event)}
    begun = {event.of: event.at for event in run.events if event.kind == "ActivityTaskStarted"}
    over = any(event.kind in _RUN_ENDED for event in run.events)
    updates = {
        entry.update_id: entry
        for entries in by_step.values()
        for entry in entries
        if entry.run_id == run.run_id
    }
    for event in run.events:
        if event.kind == "ActivityTaskScheduled":
            written = tuple(by_step.get((run.run_id, event.activity_id), ()))
            found = _of_activity(event, ends.get(event.number), begun.get(event.number, event.at), answered)
            if written:
                found = Found.matched
            elif found is Found.in_hand and over:
                found = Found.cut_off
            yield Row(event, written, found)
        elif event.kind == _ANSWERED and event.update_id in updates:
            yield Row(event, (), Found.matched)
        else:
            yield Row(event, (), Found.none_expected)


def _ends(event: Event) -> bool:
    return event.kind == _ENDED_WELL or event.kind in _ENDED_BADLY


def _of_activity(event: Event, ended: str | None, begun: datetime, answered: Mapping[str, datetime]) -> Found:
    """What an activity without an entry means; `begun`: when its last attempt was."""
    if ended is None:
        return Found.in_hand
    if ended in _ENDED_BADLY or WRITES.get(event.name, Writes.never) is not Writes.always:
        return Found.none_expected
    before = answered.get(event.key)
    return Found.answered_before if before is not None and before < begun else Found.missing


def _strays(runs: Sequence[Run], entries: Sequence[Written]) -> Iterator[Stray]:
    steps = {run.run_id: {e.activity_id for e in run.events if e.activity_id} for run in runs}
    keys = {(event.run_id, event.activity_id): event.key for run in runs for event in run.events if event.key}
    updates = {run.run_id: {e.update_id for e in run.events if e.update_id} for run in runs}
    for entry in entries:
        known = steps.get(entry.run_id)
        if known is None:
            yield Stray(entry, f"run {entry.run_id} is neither in Temporal nor in the archive")
        elif entry.activity_id not in known:
            yield Stray(entry, f"the run has no activity {entry.activity_id or '(none named)'}")
        elif entry.update_id and entry.update_id not in updates[entry.run_id]:
            yield Stray(entry, f"the run has taken no command {entry.update_id}")
        elif keys.get((entry.run_id, entry.activity_id), entry.key) != entry.key:
            yield Stray(entry, f"activity {entry.activity_id} carried the command of another key")


def _wrong(runs: Sequence[Run], *, complete: bool) -> Iterator[str]:
    """Runs and events that are not there, and archived runs that are not what was kept."""
    known = {run.run_id for run in runs}
    for run in runs:
        yield from (f"run {run.run_id}: {said}" for said in run.wrong)
        numbers = [event.number for event in run.events]
        gone = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
        if gone:
            yield f"run {run.run_id}: event {', '.join(map(str, gone[:10]))} is missing"
        if not complete:
            continue
        if run.continues and run.continues not in known:
            yield f"run {run.continues}, which run {run.run_id} goes on from, is not there"
        if run.continued_by and run.continued_by not in known:
            yield f"run {run.continued_by}, which goes on from run {run.run_id}, is not there"

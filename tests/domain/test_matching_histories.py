"""A process's events held against its audit entries: what was tampered with or left out is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts_app.domain.histories.events import DOES, WRITES, Event, Run, Writes, Written, said
from contracts_app.domain.histories.matching import Found, Matching, matched

AT = datetime(2024, 3, 1, 15, tzinfo=UTC)
STEPS = (
    ("WorkflowExecutionStarted", "", 0, ""),
    ("WorkflowExecutionUpdateAccepted", "command", 0, "u1"),
    ("ActivityTaskScheduled", "perform", 0, ""),
    ("ActivityTaskStarted", "perform", 3, ""),
    ("ActivityTaskCompleted", "perform", 3, ""),
    ("WorkflowExecutionUpdateCompleted", "command", 2, "u1"),
    ("ActivityTaskScheduled", "decide_next", 0, ""),
    ("ActivityTaskCompleted", "decide_next", 7, ""),
    ("TimerStarted", "", 0, ""),
)


def event(number: int, kind: str, name: str, of: int, update_id: str) -> Event:
    activity = str(of or number) if kind.startswith("Activity") else ""
    key = "ann:submit 1" if kind == "ActivityTaskScheduled" and name == "perform" else ""
    return Event("r1", number, AT + timedelta(seconds=number), kind, name, of, activity, update_id, key=key)


RUN = Run("r1", tuple(event(number, *step) for number, step in enumerate(STEPS, 1)), archived=False)
ENTRY = Written(
    seq=41, at=AT + timedelta(seconds=4), action="submit_draft", about="invoice/1", done=True,
    key="ann:submit 1", run_id="r1", activity_id="3", update_id="u1",
)  # fmt: skip


def without(*numbers: int) -> Run:
    return replace(RUN, events=tuple(one for one in RUN.events if one.number not in numbers))


def missing(found: Matching) -> list[int]:
    return [row.event.number for _, rows in found.runs for row in rows if row.found is Found.missing]


def test_everything_is_matched_both_ways() -> None:
    found = matched([RUN], [ENTRY, replace(ENTRY, seq=42, about="contract/1")], {ENTRY.key: ENTRY.at})
    assert found.holds
    assert (found.count(Found.matched), found.unmatched) == (2, 0)
    rows = {row.event.number: row for row in found.runs[0][1]}
    assert [entry.seq for entry in rows[3].entries] == [41, 42]
    assert rows[6].found is Found.matched
    assert rows[7].found is Found.none_expected


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"run_id": "r9"}, "run r9 is neither in Temporal nor in the archive"),
        ({"activity_id": "4"}, "the run has no activity 4"),
        ({"activity_id": ""}, "the run has no activity (none named)"),
        ({"update_id": "u2"}, "the run has taken no command u2"),
        ({"key": "bob:submit 1"}, "activity 3 carried the command of another key"),
    ],
)
def test_an_entry_that_was_changed_says_what_is_not_there(changed: dict[str, Any], why: str) -> None:
    found = matched([RUN], [replace(ENTRY, **changed)], {})
    assert not found.holds
    assert [stray.why for stray in found.strays] == [why]


def test_an_entry_that_is_gone_is_missed_at_its_event() -> None:
    found = matched([RUN], [], {ENTRY.key: ENTRY.at})
    assert missing(found) == [3]
    assert (found.unmatched, found.holds) == (1, False)


def test_an_event_that_is_left_out_is_named() -> None:
    found = matched([without(4)], [ENTRY], {})
    assert found.wrong == ("run r1: event 4 is missing",)
    assert not found.holds
    assert [stray.why for stray in matched([without(3, 4, 5)], [ENTRY], {}).strays] == [
        "the run has no activity 3"
    ]


def test_runs_before_and_after_are_there() -> None:
    found = matched([replace(RUN, continues="r0", continued_by="r2")], [ENTRY], {})
    assert found.wrong == (
        "run r0, which run r1 goes on from, is not there",
        "run r2, which goes on from run r1, is not there",
    )
    before, after = Run("r0", (), archived=True), Run("r2", (), archived=False)
    assert matched([before, replace(RUN, continues="r0", continued_by="r2"), after], [ENTRY], {}).holds
    kept = replace(RUN, wrong=("the bytes are others",))
    assert matched([kept], [ENTRY], {}).wrong == ("run r1: the bytes are others",)


def test_where_temporal_does_not_answer_its_runs_are_left_out() -> None:
    archived = replace(RUN, continued_by="r2", archived=True)
    found = matched([archived], [ENTRY, replace(ENTRY, seq=50, run_id="r2")], {}, complete=False)
    assert (found.holds, found.not_looked_at) == (True, 1)


def test_what_was_answered_before_or_has_not_ended_or_failed_needs_no_entry() -> None:
    assert missing(matched([RUN], [], {ENTRY.key: AT})) == []
    assert matched([RUN], [], {ENTRY.key: AT}).count(Found.answered_before) == 1
    in_hand = replace(RUN, events=RUN.events[:4])
    assert matched([in_hand], [], {}).count(Found.in_hand) == 1
    ended = replace(RUN.events[4], kind="WorkflowExecutionTerminated", of=0)
    assert matched([replace(RUN, events=(*RUN.events[:4], ended))], [], {}).count(Found.cut_off) == 1
    later = tuple(
        replace(one, at=AT + timedelta(seconds=60)) if one.number > 3 else one for one in RUN.events
    )
    by_another_door = {ENTRY.key: AT + timedelta(seconds=30)}
    assert matched([replace(RUN, events=later)], [], by_another_door).count(Found.answered_before) == 1
    failed = tuple(replace(one, kind="ActivityTaskFailed") if one.number == 5 else one for one in RUN.events)
    assert missing(matched([replace(RUN, events=failed)], [], {})) == []


def test_every_activity_says_whether_it_writes_and_what_it_does() -> None:
    assert set(WRITES) == set(DOES)
    assert WRITES["perform"] is Writes.always
    assert [said(one) for one in RUN.events[2:4]] == ["carries out the command", "at work"]
    assert said(replace(RUN.events[0], kind="NexusOperationStarted")) == "NexusOperationStarted"

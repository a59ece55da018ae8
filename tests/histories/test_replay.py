"""Stored histories replay on the workflows of today: what runs since before a release goes on after it."""

from __future__ import annotations

from collections import Counter

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from tests.histories.changed_workflows import CHANGED
from tests.histories.sealed import converter, stored
from workflows.worker import WORKFLOWS, runner

HISTORIES = dict(stored())
WAITS = {
    "contract": 11,
    "invoice": 8,
    "import": 4,
    "follow-up": 3,
    "calendar": 1,
    "sweep": 1,
    "billing-run": 3,
    "due-runs": 1,
    "nightly-checks": 1,
    "checkpoints": 1,
    "check-books": 2,
    "archive-histories": 1,
    "ask-approvers": 1,
}
UNCHANGED = {
    "sweep",
    "due-runs",
    "nightly-checks",
    "checkpoints",
    "check-books-of-a-night",
    "check-books-asked-for",
    "archive-histories",
    "ask-approvers",
}
"""Those that have no common life to change."""


def workflow_type(history: WorkflowHistory) -> str:
    return history.events[0].workflow_execution_started_event_attributes.workflow_type.name


def replayer(*changed: type) -> Replayer:
    return Replayer(
        workflows=list(changed or WORKFLOWS), workflow_runner=runner(), data_converter=converter()
    )


@pytest.mark.parametrize("name", HISTORIES)
async def test_a_stored_history_replays(name: str) -> None:
    result = await replayer().replay_workflow(HISTORIES[name])
    assert result.replay_failure is None


def test_every_workflow_has_its_waits_stored_with_updates_timers_and_new_runs() -> None:
    assert Counter(workflow_type(history) for history in HISTORIES.values()) == Counter(WAITS)
    assert {workflow_type(h) for h in HISTORIES.values()} == {
        str(workflow._Definition.must_from_class(known).name) for known in WORKFLOWS
    }
    events = Counter(event.event_type for history in HISTORIES.values() for event in history.events)
    for needed in (
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_TIMER_FIRED,
        EventType.EVENT_TYPE_TIMER_CANCELED,
        EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
    ):
        assert events[needed], EventType.Name(needed)


@pytest.mark.parametrize("name", [name for name in HISTORIES if name not in UNCHANGED])
async def test_a_changed_workflow_is_found_out(name: str) -> None:
    """The control: with one timer more, no stored history may replay."""
    with pytest.raises(NondeterminismError):
        await replayer(*CHANGED).replay_workflow(HISTORIES[name])

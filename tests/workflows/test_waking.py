"""A command is answered before those whom it concerns are woken, and they are woken together."""

from datetime import date
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

from contracts_app.domain.commands.process_commands import MoveCalendar
from tests.workflows.conftest import NewFirm

CONTRACTS = 8


ASKED = EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED
ANSWERED = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED


async def _told(handle: WorkflowHandle[Any, Any]) -> list[tuple[EventType.ValueType, int]]:
    """What the workflow asked for and answered, each with the task of the workflow that did it."""
    found, task = [], 0
    async for event in handle.fetch_history_events():
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            task = event.event_id
        elif event.event_type in (ASKED, ANSWERED):
            found.append((event.event_type, task))
    return found


async def test_a_moved_calendar_is_answered_before_the_firm_is_woken(new_firm: NewFirm) -> None:
    firm = await new_firm()
    for number in range(CONTRACTS):
        await firm.active_contract(f"W-{number}", values=("1000.00",))
    await firm.settled()
    handle = firm.handle("calendar", firm.id)
    before = len(await _told(handle))
    await firm.done("administrator", MoveCalendar(to=date(2024, 2, 1)))
    await firm.settled()
    told = (await _told(handle))[before:]
    asked = [task for event, task in told if event == ASKED]
    (answered,) = [task for event, task in told if event == ANSWERED]
    assert len(asked) >= CONTRACTS
    assert set(asked) == {answered}, "in the very task that answers, not one after the other"
    due = await firm.rows("SELECT count(*) FROM process WHERE sentence LIKE '%has ended.'")
    assert due[0]["count"] == CONTRACTS

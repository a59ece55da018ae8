"""The runs of a process that Temporal still has, with their event histories."""

from __future__ import annotations

from collections.abc import AsyncIterator

from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode


async def histories(client: Client, workflow_id: str) -> AsyncIterator[WorkflowHistory]:
    """Every run under this id: the newest, those that it continues, and others that the list has."""
    seen: set[str] = set()
    waiting: list[str | None] = [None]
    waiting += [run.run_id async for run in client.list_workflows(f"WorkflowId = '{workflow_id}'")]
    while waiting:
        run_id = waiting.pop(0)
        if run_id in seen:
            continue
        try:
            found = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            continue
        if found.run_id in seen:
            continue
        seen |= {found.run_id, *([run_id] if run_id else [])}
        before = found.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
        if before:
            waiting.append(before)
        yield found

"""Whether Temporal's workflows and our process rows fit, and how they are made to: after only one of the two
stores was restored, or both from different times.

The rows are right: a workflow keeps no business state and reads the facts of its record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts_app.domain.commands.subjects import Subject, process_named
from contracts_app.store import firms, processes
from contracts_app.store.transaction import reading
from workflows.doors import Doors

_OURS = " OR ".join(f"WorkflowType = '{subject.value}'" for subject in Subject)
_REASON = "contracts repair: no record of the database has this process open"


@dataclass(frozen=True)
class Misfits:
    """What does not fit, by name, e.g. `invoice/6f…`."""

    without_workflow: Sequence[tuple[UUID, str]]
    """Firm and name: the record's process is open, and Temporal runs no workflow for it (Temporal's store is
    the older one, or ours is and the workflow has ended since)."""
    without_record: Sequence[str]
    """Temporal runs it, and no record has it open (ours is the older, or the record is finished since)."""

    def __bool__(self) -> bool:
        return bool(self.without_workflow or self.without_record)

    def sentences(self) -> list[str]:
        """For a person."""
        return [
            *(f"{name}: open in the database, not running in Temporal" for _, name in self.without_workflow),
            *(f"{name}: running in Temporal, not open in the database" for name in self.without_record),
        ]


async def misfits(client: Client, engine: Engine) -> Misfits:
    """Compare both ways; what begins or ends meanwhile is asked about once more and not reported."""
    running = {run.id async for run in client.list_workflows(f"ExecutionStatus = 'Running' AND ({_OURS})")}
    rows = _open(engine)
    missing = [
        (firm_id, name)
        for name, firm_id in rows.items()
        if name not in running and not await _runs(client, name)
    ]
    extra = [name for name in sorted(running - rows.keys()) if await _runs(client, name)]
    now = _open(engine)
    return Misfits(
        [(firm_id, name) for firm_id, name in missing if name in now],
        [name for name in extra if name not in now],
    )


async def mend(client: Client, engine: Engine, task_queue: str, found: Misfits) -> None:
    """End workflows without an open record, start those that are missing, and let every other one look at the
    facts again. Raises `doors.Unavailable`."""
    doors = Doors(client, engine, task_queue)
    for name in found.without_record:
        await client.get_workflow_handle(name).terminate(_REASON)
    for firm_id, name in found.without_workflow:
        subject, subject_id = process_named(name)
        await doors.open_process(firm_id, subject, subject_id)
    await doors.wake(list(_open(engine)))


async def _runs(client: Client, name: str) -> bool:
    try:
        described = await client.get_workflow_handle(name).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return described.close_time is None


def _open(engine: Engine) -> dict[str, UUID]:
    """Names of the processes that have not finished, with their firms."""
    with engine.connect() as connection:
        known = firms.every(connection)
    found: dict[str, UUID] = {}
    for firm_id in known:
        with reading(engine, firm_id) as connection:
            found |= dict.fromkeys(processes.running(connection, firm_id), firm_id)
    return found

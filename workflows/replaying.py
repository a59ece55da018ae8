"""Event histories of workflows, live and archived, replayed on the code of today."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import Replayer

from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.store import workflow_histories
from workflows.past_runs import histories
from workflows.worker import WORKFLOWS, runner

LONGEST = 500


@dataclass(frozen=True)
class Replayed:
    """A run of a workflow replayed. `difference` is empty where today's code goes the way that it went."""

    workflow_id: str
    run_id: str
    events: int
    archived: bool
    difference: str


async def replayed(
    client: Client | None,
    converter: DataConverter,
    connection: Connection,
    firm_id: UUID,
    subject: Subject,
    subject_id: UUID,
) -> AsyncIterator[Replayed]:
    """Every run of a record's process that Temporal or the archive has; without a client archived ones."""
    replayer = Replayer(workflows=list(WORKFLOWS), workflow_runner=runner(), data_converter=converter)
    seen: set[str] = set()
    if client is not None:
        async for history in histories(client, process_name(subject, subject_id)):
            seen.add(history.run_id)
            yield await _one(replayer, history, archived=False)
    for row in workflow_histories.of_subject(connection, firm_id, subject, subject_id):
        if row["run_id"] not in seen:
            text = workflow_histories.text_of(connection, firm_id, row)
            yield await _one(replayer, WorkflowHistory.from_json(row["workflow_id"], text), archived=True)


async def _one(replayer: Replayer, history: WorkflowHistory, *, archived: bool) -> Replayed:
    result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    failure = result.replay_failure
    told = "" if failure is None else " ".join(str(failure).split())[:LONGEST] or type(failure).__name__
    return Replayed(history.workflow_id, history.run_id, len(history.events), archived, told)

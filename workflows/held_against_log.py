"""Every run of a record's process, live and archived, held event by event against the audit log."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from google.protobuf.json_format import ParseError
from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping
from temporalio.client import Client, WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.service import RPCError

from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.histories.events import Run
from contracts_app.domain.histories.matching import Matching, matched
from contracts_app.store import imports, workflow_histories
from contracts_app.store.views import process_entries
from workflows.past_runs import histories
from workflows.told_runs import told

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Kept:
    """An archived run: what is noted of it, and its bytes."""

    noted: RowMapping
    content: bytes


async def live(client: Client, name: str, within: float) -> Sequence[WorkflowHistory] | None:
    """Every run of a process that Temporal still has; None when it does not answer within so many seconds."""
    try:
        async with asyncio.timeout(within):
            return [run async for run in histories(client, name)]
    except (RPCError, TimeoutError):
        return None


def archived(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID) -> Sequence[Kept]:
    """Every archived run of a record's process."""
    return [
        Kept(row, imports.bytes_of(connection, firm_id, row["sha256"]))
        for row in workflow_histories.of_subject(connection, firm_id, subject, subject_id)
    ]


async def runs_of(
    found: Sequence[WorkflowHistory], kept: Sequence[Kept], converter: DataConverter
) -> Sequence[Run]:
    """The runs in plain events, the oldest first. One that Temporal still has and the archive too is shown
    as Temporal has it, and says where the two differ."""
    runs = {history.run_id: await told(history, converter, archived=False) for history in found}
    for one in kept:
        run = await _archived_run(one, converter)
        running = runs.get(run.run_id)
        if running is None:
            runs[run.run_id] = run
            continue
        differs = (
            () if run.wrong or running.events == run.events else ("its archived history is another one",)
        )
        runs[run.run_id] = replace(running, wrong=(*run.wrong, *differs))
    return sorted(runs.values(), key=lambda run: (run.events[0].at if run.events else _LONG_AGO, run.run_id))


async def _archived_run(kept: Kept, converter: DataConverter) -> Run:
    noted = kept.noted
    unread = Run(noted["run_id"], (), archived=True)
    found = hashlib.sha256(kept.content).hexdigest()
    wrong: tuple[str, ...] = ()
    if found != noted["sha256"]:
        wrong += (f"the bytes in the archive have the SHA-256 {found}, kept was {noted['sha256']}",)
    try:
        text = gzip.decompress(kept.content).decode()
        history = WorkflowHistory.from_json(noted["workflow_id"], text)
    except (OSError, EOFError, zlib.error, ValueError, ParseError) as error:
        return replace(unread, wrong=(*wrong, f"cannot be read: {error}"))
    if not history.events or history.run_id != noted["run_id"]:
        return replace(unread, wrong=(*wrong, "the archive has another run under its name"))
    if len(history.events) != noted["events"]:
        wrong += (f"the archive has {len(history.events)} events, kept were {noted['events']}",)
    return replace(await told(history, converter, archived=True), wrong=wrong)


def held(
    connection: Connection,
    firm_id: UUID,
    subject: Subject,
    subject_id: UUID,
    runs: Sequence[Run],
    *,
    complete: bool,
) -> Matching:
    """The runs held against every audit entry that names the process; `complete`: Temporal has answered."""
    entries = process_entries.of_process(connection, firm_id, process_name(subject, subject_id))
    keys = {event.key for run in runs for event in run.events if event.key}
    return matched(runs, entries, process_entries.answered(connection, firm_id, keys), complete=complete)

"""Keeps event histories of ended workflows beside the firm's records, before Temporal forgets them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Engine
from temporalio.client import Client, WorkflowExecution, WorkflowHistory

from contracts_app.domain.commands.subjects import process_named
from contracts_app.services import book_checks
from contracts_app.store import workflow_histories
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.store.workflow_histories import Ended
from workflows.archive_pass import AT_ONCE

OVERLAP = timedelta(days=1)
"""What ended before the newest archived one may have become visible after it."""


async def archive(client: Client, engine: Engine, origin: Origin) -> int:
    """Archive the runs that ended first and are not kept yet, at most `AT_ONCE`; returns how many."""
    since = await asyncio.to_thread(_newest, engine)
    query = "ExecutionStatus != 'Running'"
    if since is not None:
        query += f" AND CloseTime > '{(since - OVERLAP).astimezone(UTC).isoformat()}'"
    ended = [one async for run in client.list_workflows(query) if (one := _ended(run)) is not None]
    missing = await asyncio.to_thread(_missing, engine, ended)
    for firm_id, one in missing[:AT_ONCE]:
        history = await client.get_workflow_handle(one.workflow_id, run_id=one.run_id).fetch_history()
        await asyncio.to_thread(_keep, engine, firm_id, one, history, origin)
    return len(missing[:AT_ONCE])


def _ended(run: WorkflowExecution) -> Ended | None:
    """A run of a record's process; None for one of the installation's own, or that is not closed."""
    try:
        subject, subject_id = process_named(run.id)
    except ValueError:
        return None
    if run.status is None or run.close_time is None:
        return None
    return Ended(
        run.id, run.run_id, subject, subject_id, run.status.name.lower(), run.start_time, run.close_time
    )


def _newest(engine: Engine) -> datetime | None:
    known = []
    for firm_id in book_checks.firms_to_check(engine):
        with reading(engine, firm_id) as connection:
            known.append(workflow_histories.newest(connection, firm_id))
    return max((one for one in known if one is not None), default=None)


def _missing(engine: Engine, ended: Sequence[Ended]) -> list[tuple[UUID, Ended]]:
    found = []
    for firm_id in book_checks.firms_to_check(engine):
        with reading(engine, firm_id) as connection:
            found += [(firm_id, one) for one in workflow_histories.missing(connection, firm_id, ended)]
    return sorted(found, key=lambda each: each[1].closed_at)


def _keep(engine: Engine, firm_id: UUID, one: Ended, history: WorkflowHistory, origin: Origin) -> None:
    with own_step(engine, firm_id, f"archive:{one.run_id}", origin) as tx:
        if not workflow_histories.missing(tx.connection, firm_id, [one]):
            return
        sha256 = workflow_histories.add(tx, one, len(history.events), history.to_json())
        after = {"run": one.run_id, "ended": one.ended, "sha256": sha256}
        tx.record("process", one.workflow_id, 0, "archive_history", None, None, {}, after)

"""Histories of workflows, live and archived, replayed on the code of today."""

from __future__ import annotations

import time
from uuid import UUID

import pytest
from temporalio.client import Client

from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.histories.matching import Found
from contracts_app.store import workflow_histories
from contracts_app.store.transaction import reading
from tests.histories.changed_workflows import CHANGED
from tests.workflows.conftest import NewFirm
from tests.workflows.practice_firm import PracticeFirm
from workflows import replaying
from workflows.replaying import Replayed


async def replays(
    firm: PracticeFirm, subject: Subject, subject_id: UUID, client: Client | None
) -> list[Replayed]:
    """Without a client: as when Temporal has forgotten what is over."""
    converter = firm.temporal.data_converter
    with reading(firm.engine, firm.id) as connection:
        found = replaying.replayed(client, converter, connection, firm.id, subject, subject_id)
        return [one async for one in found]


async def test_what_has_ended_is_archived_and_replays_when_temporal_has_forgotten_it(
    client: Client, new_firm: NewFirm, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    (posted,) = await firm.rows("SELECT id FROM import_file")
    record = (Subject.importing, posted["id"])
    name = process_name(*record)
    (live,) = await replays(firm, *record, client)
    assert (live.workflow_id, live.archived, live.difference) == (name, False, "")
    until = time.monotonic() + 30
    while True:  # what has ended becomes visible in Temporal's list a little later
        await firm.temporal.execute_workflow(
            "archive-histories", id=f"archive/{time.monotonic()}", task_queue=firm.settings.task_queue
        )
        with reading(firm.engine, firm.id) as connection:
            kept = workflow_histories.of_subject(connection, firm.id, *record)
        if kept:
            break
        assert time.monotonic() < until
    assert [(one["ended"], one["events"]) for one in kept] == [("completed", live.events)]
    (archived,) = await replays(firm, *record, None)
    assert archived == Replayed(name, live.run_id, live.events, True, "")
    (entry,) = [one for one in await firm.audit() if one["action"] == "archive_history"]
    assert entry["after"]["sha256"] == kept[0]["sha256"]
    held = await firm.held_against_log(*record, forgotten=True)
    ((run, rows),) = held.runs
    assert (held.holds, run.archived, len(rows)) == (True, True, live.events)
    assert held.count(Found.matched) > 1
    assert (await firm.held_against_log(*record)).holds
    monkeypatch.setattr(replaying, "WORKFLOWS", CHANGED)
    of_contract = await replays(firm, Subject.contract, contract_id, client)
    for changed in (*await replays(firm, *record, None), *of_contract):
        assert "Nondeterminism" in changed.difference, changed

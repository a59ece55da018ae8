"""A billing run goes on from its record in any state: after a killed worker, ended, or started as new."""

import asyncio
import os
import sys
import time
from asyncio.subprocess import Process
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import Engine, text
from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import Client, ScheduleActionStartWorkflow
from temporalio.worker._workflow_instance import _WorkflowInstanceImpl

from contracts_app.domain.commands.subjects import Subject
from contracts_app.operation.addresses import free_address
from contracts_app.services import billing_runs
from contracts_app.settings import Settings
from contracts_app.store.transaction import firm_transaction, open_engine
from tests.workflows.conftest import working
from tests.workflows.practice_firm import PracticeFirm
from tests.workflows.time_billed import (
    contracts_with_time,
    held_up,
    items,
    start_run,
    until_done,
    until_items,
)
from workflows.worker import (
    ARCHIVE,
    ARCHIVE_EVERY,
    ASK_APPROVERS,
    ASK_EVERY,
    CHECKPOINTS,
    CHECKPOINTS_EVERY,
    DUE_RUNS,
    NIGHTLY_CHECKS,
    SWEEP,
    SWEEP_EVERY,
    keep_scheduled,
)

CONTRACTS = 12


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """A task queue on which only the workers of this module listen."""
    return settings.with_values(task_queue=f"runs-{uuid4().hex}", worker_health_address=free_address())


@pytest.fixture
async def firm(client: Client, engine: Engine, settings: Settings) -> PracticeFirm:
    """A practice firm whose contracts are worked and waiting for a run; no worker is left behind."""
    made = PracticeFirm(client, engine, settings)
    async with working(client, engine, settings):
        await made.found()
    return made


async def drafted_once(firm: PracticeFirm, run_id: UUID) -> None:
    """Every contract has one draft, every entry one claim, every draft a process that waits."""
    found = await firm.rows(
        "SELECT outcome, amount FROM billing_run_item WHERE billing_run_id = :r", r=run_id
    )
    assert [(row["outcome"], f"{row['amount']:.2f}") for row in found] == [("drafted", "200.00")] * CONTRACTS
    drafts = await firm.rows("SELECT contract_id FROM invoice")
    assert len({row["contract_id"] for row in drafts}) == len(drafts) == CONTRACTS
    claims = await firm.rows("SELECT time_entry_id FROM claim")
    assert len({row["time_entry_id"] for row in claims}) == len(claims) == CONTRACTS
    waiting = await firm.rows("SELECT for_role FROM process WHERE subject = 'invoice'")
    assert [row["for_role"] for row in waiting] == ["coordinator"] * CONTRACTS
    told = [entry for entry in await firm.audit() if entry["action"] == "prepare_application"]
    assert len([entry for entry in told if entry["kind"] == "invoice"]) == CONTRACTS


async def test_a_worker_killed_in_the_middle_of_a_set_drafts_nothing_twice(
    firm: PracticeFirm, client: Client, engine: Engine, settings: Settings
) -> None:
    async with working(client, engine, settings):
        contracts = await contracts_with_time(firm, CONTRACTS)
    given = settings.model_dump(mode="json")
    environment = os.environ | {f"CONTRACTS_{name.upper()}": str(value) for name, value in given.items()}
    doomed = await asyncio.create_subprocess_exec(sys.executable, "-m", "workflows.worker", env=environment)
    try:
        await _ready(doomed, settings)
        async with held_up(firm, contracts[CONTRACTS // 2]):
            run_id = await start_run(firm)
            await _in_hand(firm, run_id)
            doomed.kill()
            await doomed.wait()
        assert await items(firm, run_id) == 0
        async with working(client, engine, settings):
            await until_done(firm, run_id)
    finally:
        if doomed.returncode is None:
            doomed.kill()
            await doomed.wait()
    await drafted_once(firm, run_id)


async def test_a_run_goes_on_from_any_state(
    firm: PracticeFirm,
    client: Client,
    engine: Engine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(billing_runs, "CHUNK", 3)
    async with working(client, engine, settings):
        contracts = await contracts_with_time(firm, CONTRACTS)
        async with held_up(firm, contracts[5]):
            run_id = await start_run(firm)
            await until_items(firm, run_id, 3)
            await firm.handle("billing-run", run_id).terminate("a test")
        await firm.doors.open_process(firm.id, Subject.billing_run, run_id)
        await until_done(firm, run_id)
        await drafted_once(firm, run_id)
        before = await firm.versions()
        await firm.doors.open_process(firm.id, Subject.billing_run, run_id)
        await firm.handle("billing-run", run_id).result()
        assert await firm.versions() == before


async def test_a_run_that_starts_again_as_new_after_each_set_drafts_the_same(
    firm: PracticeFirm,
    client: Client,
    engine: Engine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The server suggests it after thousands of events.
    monkeypatch.setattr(_WorkflowInstanceImpl, "workflow_is_continue_as_new_suggested", lambda self: True)
    monkeypatch.setattr(billing_runs, "CHUNK", 4)
    async with working(client, engine, settings):
        await contracts_with_time(firm, CONTRACTS)
        run_id = await start_run(firm)
        await until_done(firm, run_id)
        await drafted_once(firm, run_id)
        name, runs = f"billing-run/{run_id}", 0
        until = time.monotonic() + 20
        while runs < 4:  # three sets and the end; what Temporal lists comes a little later
            runs = len([run async for run in client.list_workflows(f"WorkflowId = '{name}'")])
            assert time.monotonic() < until, runs
            await asyncio.sleep(0.2)
        assert runs == 4


async def test_the_run_of_the_month_begins_when_the_one_that_is_going_on_is_done(
    firm: PracticeFirm,
    client: Client,
    engine: Engine,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("workflows.process.RUNS_AGAIN", (timedelta(seconds=0.2), timedelta(minutes=2)))
    async with working(client, engine, settings):
        (contract_id,) = await contracts_with_time(firm, 1)
        async with held_up(firm, contract_id):
            by_hand = await start_run(firm)
            await _live(firm)
            due = await client.start_workflow("due-runs", id=f"due-{firm.id}", task_queue=settings.task_queue)
            until = time.monotonic() + 20
            while not (told := [e for e in await firm.audit() if e["action"] == "wait_for_other_run"]):
                assert time.monotonic() < until
                await asyncio.sleep(0.1)
        assert await due.result() == 1
        await until_done(firm, by_hand)
        assert "is going on (0 of 1 contract)" in told[0]["reason"]
        runs = await firm.rows("SELECT id, started_by FROM billing_run")
        (of_the_month,) = [row["id"] for row in runs if row["started_by"] is None]
        await until_done(firm, of_the_month)
        assert await items(firm, of_the_month) == 1


async def _live(firm: PracticeFirm) -> None:
    """Make it a live firm, in the calendar of everybody."""
    owner = open_engine(firm.settings.owner_database_url, pool_size=1)
    with firm_transaction(owner, firm.id) as connection:
        connection.execute(
            text("UPDATE firm SET kind = 'live', shift_seconds = 0 WHERE id = :firm"), {"firm": firm.id}
        )
    owner.dispose()


async def test_the_schedules_start_on_their_days(client: Client, settings: Settings) -> None:
    """As the server itself reckons them, over a 29 February and where clocks change: hours are of UTC."""
    for _ in range(2):
        await keep_scheduled(client, settings.task_queue)
    minute = timedelta(minutes=1)
    expected = {
        DUE_RUNS: [(2028, 1, 1, 13), (2028, 2, 1, 13), (2028, 3, 1, 13), (2028, 4, 1, 13)],
        NIGHTLY_CHECKS: [(2028, 2, 28, 2), (2028, 2, 29, 2), (2028, 3, 1, 2)],
    }
    for name, times in expected.items():
        begin, end = (datetime(*times[place], tzinfo=UTC) for place in (0, -1))
        found = await _starts(client, name, begin - minute, end + minute)
        assert [(at.year, at.month, at.day, at.hour) for at in found] == times
        assert {(at.minute, at.second) for at in found} == {(0, 0)}
    change = datetime(2028, 3, 26, 1, tzinfo=UTC)  # Europe's clocks go forward
    often = {
        SWEEP: SWEEP_EVERY,
        CHECKPOINTS: CHECKPOINTS_EVERY,
        ARCHIVE: ARCHIVE_EVERY,
        ASK_APPROVERS: ASK_EVERY,
    }
    for name, every in often.items():
        found = await _starts(client, name, change - 2 * every, change + 2 * every)
        assert len(found) >= 3
        assert {later - one for one, later in pairwise(found)} == {every}
    for name in (*expected, *often):
        action = (await client.get_schedule_handle(name).describe()).schedule.action
        assert isinstance(action, ScheduleActionStartWorkflow)
        assert action.workflow == name


async def _starts(client: Client, schedule: str, begin: datetime, end: datetime) -> list[datetime]:
    """When the server will start what a schedule starts, in UTC."""
    request = ListScheduleMatchingTimesRequest(namespace=client.namespace, schedule_id=schedule)
    request.start_time.FromDatetime(begin)
    request.end_time.FromDatetime(end)
    answer = await client.workflow_service.list_schedule_matching_times(request)
    return [at.ToDatetime(UTC) for at in answer.start_time]


async def _ready(worker: Process, settings: Settings) -> None:
    """The worker takes work."""
    until = time.monotonic() + 90
    async with httpx.AsyncClient() as http:
        while True:
            try:
                answer = await http.get(f"http://{settings.worker_health_address}/health/ready")
                if answer.is_success:
                    return
            except httpx.TransportError:
                assert worker.returncode is None, "the worker ended"
            assert time.monotonic() < until, "the worker is not ready"
            await asyncio.sleep(0.1)


async def _in_hand(firm: PracticeFirm, run_id: UUID) -> None:
    """The worker has begun to draft."""
    until = time.monotonic() + 60
    while True:
        pending = (await firm.handle("billing-run", run_id).describe()).raw_description.pending_activities
        if any(
            one.activity_type.name == "draft_chunk" and one.HasField("last_started_time") for one in pending
        ):
            return
        assert time.monotonic() < until
        await asyncio.sleep(0.1)

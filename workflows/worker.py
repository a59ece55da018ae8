"""The worker: one process that runs every workflow and activity, with its health page."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from contracts_app import __version__
from contracts_app.documents import press
from contracts_app.operation import health_server
from contracts_app.operation.health import ReadinessCheck
from contracts_app.operation.restoring import require_whole
from contracts_app.search_attributes import ALL
from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine
from contracts_app.temporal import connect
from workflows.archive_pass import ArchiveHistoriesWorkflow
from workflows.asking import AskApproversWorkflow
from workflows.billing_run import BillingRunWorkflow
from workflows.book_checks import CheckBooksWorkflow, CheckpointsWorkflow, NightlyChecksWorkflow
from workflows.calendar import CalendarWorkflow
from workflows.contract import ContractWorkflow
from workflows.due_runs import DueRunsWorkflow
from workflows.follow_up import FollowUpWorkflow
from workflows.heartbeats import Heartbeats
from workflows.importing import ImportWorkflow
from workflows.invoice import InvoiceWorkflow
from workflows.steps import Steps
from workflows.sweep import SweepWorkflow

WORKFLOWS = (
    ContractWorkflow,
    InvoiceWorkflow,
    ImportWorkflow,
    FollowUpWorkflow,
    CalendarWorkflow,
    SweepWorkflow,
    BillingRunWorkflow,
    DueRunsWorkflow,
    CheckpointsWorkflow,
    NightlyChecksWorkflow,
    CheckBooksWorkflow,
    ArchiveHistoriesWorkflow,
    AskApproversWorkflow,
)
THREADS = 8
PAPER_THREADS = 8
"""For the slow steps. Those that wait for a paper at once share one start of the converter (`press`)."""
FILE_THREADS = 2
"""For reading files: each may hold a file of the largest size in memory."""
CONNECTIONS = THREADS + PAPER_THREADS + FILE_THREADS + 2
"""To the database: a thread never waits for one that a stalled mail holds."""
REGISTER = "temporal operator search-attribute create --type Keyword --name {name}"
"""What an operator runs for each search attribute (one at a time: of several names it takes the first)."""
DRAIN = timedelta(seconds=12)
SWEEP_EVERY = timedelta(seconds=30)
SWEEP = "sweep"
DUE_RUNS = "due-runs"
RUNS_AT_HOUR = 13
"""Of the first day of the month, UTC: the month has ended wherever a legal entity is."""
CHECKPOINTS = "checkpoints"
CHECKPOINTS_EVERY = timedelta(minutes=5)
ARCHIVE = "archive-histories"
ARCHIVE_EVERY = timedelta(hours=1)
"""Much less than the time for which Temporal keeps what has ended."""
ASK_APPROVERS = "ask-approvers"
ASK_EVERY = timedelta(minutes=1)
NIGHTLY_CHECKS = "nightly-checks"
CHECKS_AT_HOUR = 2
"""Of each day, UTC."""
CATCH_UP = timedelta(days=7)
"""A run that was missed while Temporal was down is made up for within this time."""
log = logging.getLogger(__name__)


def runner() -> SandboxedWorkflowRunner:
    """The sandbox, with the pure packages passed through (a start costs 7 ms instead of 47)."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(
            "contracts_app.domain", "pydantic", "pydantic_core", "annotated_types", "typing_extensions"
        )
    )


async def keep_scheduled(client: Client, task_queue: str) -> None:
    """Make sure that the Schedules exist: the sweep, checkpoints of the log, mails to approvers, the checks
    of each night, and on the first of each month the billing runs."""
    schedules = {
        SWEEP: ScheduleSpec(intervals=[ScheduleIntervalSpec(every=SWEEP_EVERY)]),
        CHECKPOINTS: ScheduleSpec(intervals=[ScheduleIntervalSpec(every=CHECKPOINTS_EVERY)]),
        ARCHIVE: ScheduleSpec(intervals=[ScheduleIntervalSpec(every=ARCHIVE_EVERY)]),
        ASK_APPROVERS: ScheduleSpec(intervals=[ScheduleIntervalSpec(every=ASK_EVERY)]),
        NIGHTLY_CHECKS: ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(CHECKS_AT_HOUR)])]),
        DUE_RUNS: ScheduleSpec(
            calendars=[
                ScheduleCalendarSpec(day_of_month=[ScheduleRange(1)], hour=[ScheduleRange(RUNS_AT_HOUR)])
            ]
        ),
    }
    for name, spec in schedules.items():
        try:
            await client.create_schedule(
                name,
                Schedule(
                    action=ScheduleActionStartWorkflow(name, id=name, task_queue=task_queue),
                    spec=spec,
                    policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP),
                ),
            )
        except ScheduleAlreadyRunningError:
            log.debug("%s is scheduled already", name)


async def _connected(settings: Settings) -> Client:
    """A client, as soon as Temporal answers."""
    while True:
        try:
            return await connect(settings)
        except RuntimeError as error:
            log.warning("Temporal does not answer yet: %s", error)
            await asyncio.sleep(1)


async def until_registered(client: Client) -> None:
    """Wait until the namespace knows our search attributes: without them no workflow could go on."""
    while True:
        request = ListSearchAttributesRequest(namespace=client.namespace)
        known = (await client.operator_service.list_search_attributes(request)).custom_attributes
        missing = [key.name for key in ALL if key.name not in known]
        if not missing:
            return
        for name in missing:
            log.error(
                "namespace %s does not know %s; run: %s", client.namespace, name, REGISTER.format(name=name)
            )
        await asyncio.sleep(5)


@asynccontextmanager
async def at_work(client: Client, settings: Settings, steps: Steps) -> AsyncIterator[None]:
    """All task queues served, each with threads of its own: papers delay neither a command nor a file."""

    def serving(
        queue: str,
        threads: ThreadPoolExecutor,
        at_once: int,
        activities: Sequence[Callable[..., Any]],
        workflows: Sequence[type] = (),
    ) -> Worker:
        return Worker(
            client,
            task_queue=queue,
            workflows=workflows,
            activities=activities,
            activity_executor=threads,
            max_concurrent_activities=at_once,
            workflow_runner=runner(),
            interceptors=[Heartbeats()],
            graceful_shutdown_timeout=DRAIN,
        )

    with (
        ThreadPoolExecutor(THREADS, thread_name_prefix="activity") as quick,
        ThreadPoolExecutor(PAPER_THREADS, thread_name_prefix="paper") as slow,
        ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="file") as readers,
    ):
        async with (
            serving(settings.task_queue, quick, THREADS, steps.quick(), WORKFLOWS),
            serving(settings.papers_queue, slow, PAPER_THREADS, steps.on_paper()),
            serving(settings.files_queue, readers, FILE_THREADS, steps.on_files()),
        ):
            yield


async def run(settings: Settings) -> None:
    """Work until told to stop; then finish what is in hand."""
    press.set_up(settings.pdf_converter)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    client = await _connected(settings)
    await until_registered(client)
    engine = open_engine(settings.database_url, pool_size=CONNECTIONS)
    steps = Steps(engine, settings)
    page = health_server.serve(
        settings.worker_health_address,
        ReadinessCheck(settings.database_url, lambda: client),
        lambda: {"version": __version__, "installation": settings.installation, **steps.defects},
    )
    async with at_work(client, settings, steps), page:
        await keep_scheduled(client, settings.task_queue)
        await stop.wait()
    engine.dispose()


def main() -> None:
    """Run the worker in the foreground."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings()
    require_whole(settings.state_dir)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()

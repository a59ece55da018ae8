"""Issuing: drafts to issued invoices through the product, against a bare workflow and a bare commit loop.

The product: three commands given by the doors to the invoice's process, eight invoices at a time: submitted
by the coordinator, approved by the project manager, issued. The processes of drafts and contracts run before
the clock starts; papers wait in their own queue, which nobody serves here. The bare workflow takes as many
updates on the same servers under the same sealing, worker and pool, and has as many activities done, each
one commit of a row. The loop commits a counter and a row per invoice, nothing else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import Engine, select
from temporalio.client import Client
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor, Worker

from bench import bare, firm
from bench.bare_workflow import BareWorkflow, Commits, Plan
from bench.drafting import begin
from bench.figure import Figure, per_second, ratio
from bench.firm import Firm
from bench.place import Place, place
from bench.size import Size
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.invoice_commands import ApproveDraft, IssueInvoice, SubmitDraft
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.roles import Role
from contracts_app.operation.installation import APPLICATION_ROLE
from contracts_app.services import billing_runs
from contracts_app.settings import Settings
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Origin, open_engine, reading
from contracts_app.temporal import connect
from workflows.doors import Doors
from workflows.heartbeats import Heartbeats
from workflows.steps import Steps
from workflows.worker import CONNECTIONS, THREADS, WORKFLOWS, runner

AT_ONCE = 8
UPDATES = 3
STILL = 1.0
"""Seconds without an activity after which the worker is taken to be at rest."""
_BARE_TABLES = """
CREATE TABLE bare.event (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), invoice_id uuid NOT NULL);
CREATE TABLE bare.counter (series text PRIMARY KEY, last bigint NOT NULL);
INSERT INTO bare.counter VALUES ('invoice', 0);
CREATE TABLE bare.issued (number bigint PRIMARY KEY, invoice_id uuid NOT NULL UNIQUE);
GRANT SELECT, INSERT, UPDATE ON bare.event, bare.counter, bare.issued TO {role};
"""


class Counting(Interceptor):
    """Counts finished activities."""

    def __init__(self) -> None:
        self.done = 0
        self.last = time.monotonic()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Called once for each activity execution."""
        return _Counted(next, self)


class _Counted(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, counting: Counting) -> None:
        super().__init__(following)
        self._counting = counting

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        try:
            return await super().execute_activity(input)
        finally:
            self._counting.done += 1
            self._counting.last = time.monotonic()


def measure(size: Size) -> Iterator[Figure]:
    """Seconds of the three, and their ratios."""
    with place(("pg", "temporal", "mail")) as here:
        made = firm.make(here, "issuing", size.invoices * size.runs, 4)
        bare.make_tables(here.owner_url("issuing"), ())
        with psycopg.connect(here.owner_url("issuing")) as connection:
            connection.execute(_BARE_TABLES.format(role=APPLICATION_ROLE))
        seconds, activities = asyncio.run(_measured(here, made, size))
    product, workflow, loop = seconds
    yield Figure(f"issue {size.invoices} invoices, product", product)
    yield Figure(f"issue {size.invoices} invoices, bare workflow", workflow)
    yield Figure(f"issue {size.invoices} invoices, bare commit loop", loop)
    yield Figure("activities per invoice, product", [done / size.invoices for done in activities[0]], "")
    yield Figure(
        "activities per invoice, bare workflow", [done / size.invoices for done in activities[1]], ""
    )
    yield per_second("issue, product", size.invoices, product, "invoices")
    yield ratio("issue, product / bare workflow", product, workflow, aim=1.3)
    yield ratio("issue, product / bare commit loop", product, loop)


async def _measured(
    here: Place, made: Firm, size: Size
) -> tuple[tuple[list[float], list[float], list[float]], tuple[list[int], list[int]]]:
    settings = here.settings("issuing").with_values(task_queue=f"bench-{uuid4().hex}")
    client = await connect(settings)
    engine = open_engine(settings.database_url, pool_size=CONNECTIONS)
    counting = Counting()
    product: list[float] = []
    workflow: list[float] = []
    loop: list[float] = []
    by_product: list[int] = []
    by_workflow: list[int] = []
    try:
        async with _working(client, engine, settings, counting):
            drafts = await asyncio.to_thread(_drafted, engine, made)
            doors = Doors(client, engine, settings.task_queue)
            await _at_once([_opening(doors, made, *draft) for draft in drafts])
            await _rest(counting)
            for run in range(size.runs):
                batch = drafts[run * size.invoices : (run + 1) * size.invoices]
                before = counting.done
                product.append(await _timed([_issue(doors, made, invoice_id) for _, invoice_id in batch]))
                await _rest(counting)
                by_product.append(counting.done - before)
                looks = round(by_product[-1] / len(batch)) - UPDATES
                plan = Plan(looks=tuple((looks + n) // UPDATES for n in range(UPDATES)))
                names = [f"bare/{uuid4()}" for _ in batch]
                for name in names:
                    await client.start_workflow(
                        BareWorkflow.run, plan, id=name, task_queue=settings.task_queue
                    )
                await _rest(counting)
                before = counting.done
                workflow.append(await _timed([_bare(client, name) for name in names]))
                await _rest(counting)
                by_workflow.append(counting.done - before)
                loop.append(await asyncio.to_thread(_loop, settings.database_url, len(batch)))
    finally:
        engine.dispose()
    return (product, workflow, loop), (by_product, by_workflow)


@asynccontextmanager
async def _working(
    client: Client, engine: Engine, settings: Settings, counting: Counting
) -> AsyncIterator[None]:
    """The product's worker without its papers, and the bare workflow beside it."""
    with ThreadPoolExecutor(THREADS) as threads:
        async with Worker(
            client,
            task_queue=settings.task_queue,
            workflows=(*WORKFLOWS, BareWorkflow),
            activities=[*Steps(engine, settings).quick(), Commits(engine).commit],
            activity_executor=threads,
            max_concurrent_activities=THREADS,
            workflow_runner=runner(),
            interceptors=[Heartbeats(), counting],
        ):
            yield


def _drafted(engine: Engine, made: Firm) -> Sequence[tuple[UUID, UUID]]:
    """Drafts of every contract: contract and invoice."""
    run_id = begin(engine, made)
    while billing_runs.draft_chunk(engine, made.id, run_id, Origin()):
        pass
    billing_runs.end_billing_run(engine, made.id, run_id, Origin())
    with reading(engine, made.id) as connection:
        rows = connection.execute(select(invoice.c.contract_id, invoice.c.id).order_by(invoice.c.id)).all()
    return [(row.contract_id, row.id) for row in rows]


async def _opening(doors: Doors, made: Firm, contract_id: UUID, invoice_id: UUID) -> None:
    await doors.open_process(made.id, Subject.contract, contract_id)
    await doors.open_process(made.id, Subject.invoice, invoice_id)


async def _issue(doors: Doors, made: Firm, invoice_id: UUID) -> None:
    async def give(role: Role, body: Body) -> dict[str, Any]:
        outcome = await doors.give(made.command(role, body, f"{body.command} {invoice_id}"))
        if not outcome.done:
            raise RuntimeError(f"{body.command}: {outcome.sentence}")
        return dict(outcome.result)

    submitted = await give(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    seen = submitted["content_hash"]
    await give(Role.project_manager, ApproveDraft(invoice_id=invoice_id, content_hash=seen))
    await give(Role.coordinator, IssueInvoice(invoice_id=invoice_id))


async def _bare(client: Client, name: str) -> None:
    handle = client.get_workflow_handle_for(BareWorkflow.run, name)
    for number in range(UPDATES):
        await handle.execute_update(BareWorkflow.command, number)


async def _timed(works: Sequence[Coroutine[Any, Any, None]]) -> float:
    began = time.perf_counter()
    await _at_once(works)
    return time.perf_counter() - began


async def _at_once(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    free = asyncio.Semaphore(AT_ONCE)

    async def one(work: Coroutine[Any, Any, None]) -> None:
        async with free:
            await work

    await asyncio.gather(*(one(work) for work in works))


async def _rest(counting: Counting) -> None:
    """Wait until nothing is left over from what came before."""
    await asyncio.sleep(STILL)
    while time.monotonic() - counting.last < STILL:  # noqa: ASYNC110  (rest is that nothing happens)
        await asyncio.sleep(STILL / 10)


def _loop(url: str, invoices: int) -> float:
    with psycopg.connect(url) as connection:
        began = time.perf_counter()
        for _ in range(invoices):
            connection.execute(
                "WITH taken AS (UPDATE bare.counter SET last = last + 1 WHERE series = 'invoice'"
                " RETURNING last) INSERT INTO bare.issued SELECT last, gen_random_uuid() FROM taken"
            )
            connection.commit()
        return time.perf_counter() - began

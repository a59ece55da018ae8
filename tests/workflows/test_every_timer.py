"""Every timer of every workflow fires, where time is skipped, on its day: over a holiday, a leap day and
changes of the clocks in two zones.

`python -m tests.workflows.test_every_timer` writes the list into docs/TESTING.md.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from temporalio import activity
from temporalio.api.enums.v1 import EventType, IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateStage
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts_app.domain.business_time import date_in, opening_of
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Command
from contracts_app.domain.commands.process_commands import MoveCalendar
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.receivables.progress import (
    Account,
    ContractFacts,
    FollowUpFacts,
    InvoiceFacts,
    Next,
    next_contract_step,
    next_follow_up_step,
    next_invoice_step,
)
from contracts_app.domain.receivables.receivables import OpenItem
from contracts_app.search_attributes import ALL
from tests.workflows import test_billing_runs
from tests.workflows.every_timer import changes, deadlines, in_workflows, midnight, special_days
from tests.written_tables import main, table_of, written
from workflows.due_runs import Begun
from workflows.process import (
    DEFECT,
    DEFECT_PAUSES,
    OPENED_AGAIN_WITHIN,
    RUNS_AGAIN,
    Defective,
    NextStep,
    Performed,
    Progress,
    StepOf,
)
from workflows.worker import WORKFLOWS, keep_scheduled, runner

ZONES = ("Europe/Berlin", "America/New_York")
DEADLINES = {
    "next_contract_step: None if due else facts.next_period_end_at": (
        "a billing period ends",
        "test_each_deadline_comes_on_its_day",
    ),
    "_to_certify: facts.certification_due": (
        "the certificate is overdue",
        "test_each_deadline_comes_on_its_day",
    ),
    "_approval: facts.approvers_told_at": (
        "who may approve is reminded, or the controllers are told",
        "test_each_deadline_comes_on_its_day",
    ),
    "_overdue: facts.overdue_told_at": (
        "the firm is told again that there is no certificate",
        "test_each_deadline_comes_on_its_day",
    ),
    "next_invoice_step: facts.papers_change_at": (
        "a required paper ends, or another is needed",
        "test_each_deadline_comes_on_its_day",
    ),
    "next_follow_up_step: min(upcoming)": (
        "a reminder falls due",
        "test_each_deadline_comes_on_its_day",
    ),
}
TIMERS = {
    "process._wait": ("a deadline of business, one of the above", "test_each_deadline_comes_on_its_day"),
    "process._perform": (
        "the next try of a command that met a defect",
        "test_pauses_and_time_limits_run_over_those_days",
    ),
    "process._is_opened": (
        "an opening that met a defect may come again",
        "test_pauses_and_time_limits_run_over_those_days",
    ),
    "due_runs.run": (
        "the next try to begin a month's billing runs",
        "test_pauses_and_time_limits_run_over_those_days",
    ),
}
PATIENCE = 300
"""Seconds, on a machine that does ten other things."""
SKIPPED_AT_MOST = timedelta(days=3)
"""Where nothing waits any more the test server skips to the next time limit, in ten years if not told."""
SCHEDULES = {
    "sweep": "every 30 seconds",
    "checkpoints": "every 5 minutes",
    "archive-histories": "every hour",
    "ask-approvers": "every minute",
    "nightly-checks": "each day at 02:00 UTC",
    "due-runs": "on the first of each month at 13:00 UTC",
}
BY_SCHEDULE = test_billing_runs.test_the_schedules_start_on_their_days.__name__


def rows() -> Sequence[Sequence[str]]:
    """The table in docs/TESTING.md."""
    business = [(f"deadline, `{where}`", what, f"`{test}`") for where, (what, test) in DEADLINES.items()]
    timers = [(f"timer, `{where}`", what, f"`{test}`") for where, (what, test) in TIMERS.items()]
    schedules = [
        (f"schedule, `{name}`", when, f"`{BY_SCHEDULE}` (`test_billing_runs.py`)")
        for name, when in SCHEDULES.items()
    ]
    return [*business, *timers, *schedules]


HEADER = ("where it is set", "what it waits for", "test")


class _Scheduled:
    """Hears which schedules the worker wants."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def create_schedule(self, name: str, schedule: object) -> None:
        self.names.append(name)


async def test_no_timer_deadline_or_schedule_is_left_out() -> None:
    wanted = _Scheduled()
    await keep_scheduled(cast(Client, wanted), "nowhere")
    assert set(wanted.names) == set(SCHEDULES)
    assert Counter(in_workflows()) == Counter(list(TIMERS)), "let the new timer fire in this module"
    assert set(deadlines()) == set(DEADLINES), "let the new deadline come in this module"
    tests = {test for _, test in (*DEADLINES.values(), *TIMERS.values())}
    assert all(callable(globals()[test]) for test in tests)
    assert written("timers") == table_of(HEADER, rows()), f"run: python -m {__spec__.name}"


@asynccontextmanager
async def _serving(environment: WorkflowEnvironment, *steps: Callable[..., Any]) -> AsyncIterator[None]:
    """All workflows of the product; what they ask of the database is answered by `steps`."""
    await environment.client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(
            namespace=environment.client.namespace,
            search_attributes={key.name: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD for key in ALL},
        )
    )
    async with Worker(
        environment.client,
        task_queue="timers",
        workflows=WORKFLOWS,
        activities=steps,
        activity_executor=ThreadPoolExecutor(4),
        workflow_runner=runner(),
    ):
        yield


RECORDS = {
    "period": Subject.contract,
    "certificate": Subject.invoice,
    "told again": Subject.invoice,
    "approval": Subject.invoice,
    "paper": Subject.invoice,
    "reminder": Subject.follow_up,
}
"""What the records wait for, and of which process they are."""


def _waits_for(what: str, day: date, zone: str, now: datetime) -> Next:
    """What the rules of the product say at `now` of a record whose day that is."""
    at = opening_of(day, zone)
    match what:
        case "period":
            return next_contract_step(
                ContractFacts(
                    state="active",
                    number="C-1",
                    has_schedule=True,
                    open_invoice=None,
                    unpaid_invoices=0,
                    fully_billed=False,
                    retainage_held=False,
                    outstanding_for_release=(),
                    next_application=1,
                    next_period_end=day,
                    next_period_end_at=at,
                    now=now,
                )
            )
        case "approval":
            return next_invoice_step(
                InvoiceFacts(
                    state="in_review",
                    name="Application 1",
                    preparer="",
                    open_steps=(),
                    project_manager="",
                    client="Bold Builders",
                    now=now,
                    certification_due=None,
                    approvers_told_at=at if now < at else None,
                    due_on=None,
                    documents_made=False,
                    messages_unsent=False,
                )
            )
        case "certificate" | "told again" | "paper":
            return next_invoice_step(
                InvoiceFacts(
                    state="approved" if what == "paper" else "submitted",
                    name="Application 1",
                    preparer="",
                    open_steps=(),
                    project_manager="",
                    client="Bold Builders",
                    now=now,
                    certification_due=now if what == "told again" else at,
                    overdue_told_at=at if now < at else None,
                    papers_change_at=at if now < at else None,
                    due_on=None,
                    documents_made=True,
                    messages_unsent=False,
                )
            )
        case _:
            item = OpenItem(
                receivable_id=UUID(int=1),
                invoice_id=UUID(int=2),
                invoice_number="P-1",
                due_on=day - timedelta(days=1),
                open=Decimal(1),
            )
            account = Account(
                legal_entity="Plain", currency="EUR", zone=zone, today=date_in(now, zone), open_items=[item]
            )
            return next_follow_up_step(
                FollowUpFacts(
                    client="Bold Builders",
                    accounts=[account],
                    reminded={},
                    receipts_missing=False,
                    messages_unsent=False,
                )
            )


class _Days:
    """Records that wait for one day after the other; when each came is kept here."""

    def __init__(self, environment: WorkflowEnvironment) -> None:
        self._environment = environment
        self.left: dict[UUID, tuple[str, str, list[date]]] = {}
        self.came: dict[UUID, list[datetime]] = {}

    @activity.defn(name="decide_next")
    async def decide_next(self, of: StepOf) -> NextStep:
        now = await self._environment.get_current_time()
        what, zone, days = self.left[of.subject_id]
        while days:
            following = _waits_for(what, days[0], zone, now)
            if following.waiting and following.waiting.deadline:
                seconds = (following.waiting.deadline - now).total_seconds()
                return NextStep(kind="wait", for_role="client", seconds=max(seconds, 1))
            days.pop(0)
            self.came.setdefault(of.subject_id, []).append(now)
        return NextStep(kind="finished")


async def test_each_deadline_comes_on_its_day(time_skipping: WorkflowEnvironment) -> None:
    """The day before, the day itself and the day after: each timer is set on the day before."""
    decided = _Days(time_skipping)
    now = await time_skipping.get_current_time()
    expected: dict[UUID, tuple[str, str, list[date]]] = {}
    for what in RECORDS:
        for zone in ZONES:
            days = sorted(
                {
                    day + timedelta(days=near)
                    for day in special_days(now, zone).values()
                    for near in (-1, 0, 1)
                }
            )
            record = uuid4()
            expected[record] = (what, zone, days)
            decided.left[record] = (what, zone, list(days))
    async with _serving(time_skipping, decided.decide_next):
        handles = {
            record: await time_skipping.client.start_workflow(
                RECORDS[what].value,
                Progress(firm_id=uuid4(), subject=RECORDS[what], subject_id=record),
                id=f"{RECORDS[what]}/{record}",
                task_queue="timers",
            )
            for record, (what, _, _) in expected.items()
        }
        for one in handles.values():  # one after the other: two who wait at once skip what is in hand, too
            await asyncio.wait_for(one.result(), PATIENCE)
        for record, (what, zone, days) in expected.items():
            came = decided.came[record]
            assert [date_in(at, zone) for at in came] == days, (what, zone)
            assert all(at >= opening_of(day, zone) for at, day in zip(came, days, strict=True))
            fired = [event.event_type async for event in handles[record].fetch_history_events()]
            assert fired.count(EventType.EVENT_TYPE_TIMER_FIRED) >= len(days)


class _Amiss:
    """Commands that meet a defect at every try, and billing runs that another one keeps from beginning."""

    def __init__(self, environment: WorkflowEnvironment) -> None:
        self._environment = environment
        self.tries: dict[str, list[datetime]] = {}
        self.passes: list[datetime] = []
        self.held_up_for = 0

    @activity.defn(name="perform")
    async def perform(self, performed: Performed) -> Outcome:
        now = await self._environment.get_current_time()
        self.tries.setdefault(performed.workflow_id, []).append(now)
        raise ApplicationError("a slip", type=DEFECT, non_retryable=True)

    @activity.defn(name="end_as_defect")
    async def end_as_defect(self, defective: Defective) -> Outcome:
        return Outcome(done=False, code="defect", status=500, sentence="Nothing was changed.")

    @activity.defn(name="begin_due_runs")
    async def begin_due_runs(self) -> Begun:
        self.passes.append(await self._environment.get_current_time())
        return Begun(runs=[], held_up=int(len(self.passes) <= self.held_up_for))


async def test_pauses_and_time_limits_run_over_those_days(time_skipping: WorkflowEnvironment) -> None:
    """Each is set before the instant and fires after it: New Year, the begin of 29 February, the instants at
    which clocks go forward or back."""
    client = time_skipping.client
    now = await time_skipping.get_current_time()
    days = special_days(now, ZONES[0])
    leap = midnight(days["29 February"])
    instants = [
        midnight(days["New Year, a holiday"]),
        leap,
        *(at for zone in ZONES for at in changes(now, zone)),
    ]
    amiss = _Amiss(time_skipping)
    straddled = 0
    async with _serving(time_skipping, amiss.perform, amiss.end_as_defect, amiss.begin_due_runs):
        for at in sorted(instants):
            amiss.passes.clear()
            between, in_all = RUNS_AGAIN
            amiss.held_up_for = in_all // between if at == leap else 5
            await _skip_to(time_skipping, at - (in_all / 2 if at == leap else 3 * between))
            due = await client.start_workflow(
                "due-runs", id=f"due-runs/{at}", task_queue="timers", run_timeout=SKIPPED_AT_MOST
            )
            await _skip_to(time_skipping, at - OPENED_AGAIN_WITHIN / 2)
            limit = await _open(client)
            await _skip_to(time_skipping, at - sum(DEFECT_PAUSES, timedelta(0)) + DEFECT_PAUSES[0])
            pauses = await _open(client)
            # In the order in which they end: to ask for the result of one that has ended skips further.
            if at != leap:
                assert await asyncio.wait_for(due.result(), PATIENCE) == 0
            for opening in (limit, pauses):
                with pytest.raises(WorkflowFailureError) as failed:
                    await asyncio.wait_for(opening.result(), PATIENCE)
                assert isinstance(failed.value.cause, ApplicationError)
                assert "did not come again" in failed.value.cause.message
                tries = amiss.tries[opening.id]
                assert len(tries) == len(DEFECT_PAUSES) + 1
                assert all(
                    later - one >= pause
                    for (one, later), pause in zip(pairwise(tries), DEFECT_PAUSES, strict=True)
                )
                over = (await opening.describe()).close_time
                assert over is not None
                assert over - tries[-1] >= OPENED_AGAIN_WITHIN
                assert over > at
            if at == leap:
                assert await asyncio.wait_for(due.result(), PATIENCE) == 0
            assert "another billing run is going on" in str(await due.query("why"))
            assert amiss.passes[0] < at < amiss.passes[-1]
            assert all(later - one >= between for one, later in pairwise(amiss.passes))
            assert amiss.tries[limit.id][-1] < at
            straddled += amiss.tries[pauses.id][0] < at < amiss.tries[pauses.id][-1]
    assert straddled, "the pauses of seconds never were over such an instant"


async def _skip_to(environment: WorkflowEnvironment, at: datetime) -> None:
    left = at - await environment.get_current_time()
    if left > timedelta(0):
        await environment.sleep(left)


async def _open(client: Client) -> WorkflowHandle[Any, Any]:
    """A process whose first command is on its way, and will meet a defect at every try."""
    firm_id = uuid4()
    body = MoveCalendar(to=date(2024, 3, 1))
    command = Command(firm_id=firm_id, by=uuid4(), key="K-1", signed_in="password", body=body)
    handle: WorkflowHandle[Any, Any] = await client.start_workflow(
        "calendar",
        Progress(firm_id=firm_id, subject=Subject.calendar, subject_id=firm_id, opening=True),
        id=f"calendar/{firm_id}",
        task_queue="timers",
        run_timeout=SKIPPED_AT_MOST,
    )
    await handle.start_update("command", command, wait_for_stage=WorkflowUpdateStage.ACCEPTED)
    return handle


if __name__ == "__main__":
    main("timers", table_of(HEADER, rows()))

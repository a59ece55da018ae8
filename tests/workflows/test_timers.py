"""Deadlines in business time: brought by a moved calendar, and by the timers alone where time is skipped."""

import asyncio
from calendar import monthrange
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from temporalio import activity
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from contracts_app.domain.business_time import opening_of
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.receivables.follow_up import next_reminder, to_remind
from contracts_app.domain.receivables.progress import Account, FollowUpFacts, next_follow_up_step
from contracts_app.domain.receivables.receivables import OpenItem
from contracts_app.settings import papers_queue
from tests.workflows.conftest import NewFirm
from tests.workflows.practice_firm import PracticeFirm
from workflows.process import NextStep, Progress, StepOf
from workflows.worker import WORKFLOWS, runner

MONTHS = 16


def _month_end(number: int) -> date:
    year, month = 2024 + number // 12, number % 12 + 1
    return date(year, month, monthrange(year, month)[1])


async def _due(firm: PracticeFirm) -> list[str]:
    rows = await firm.rows(
        "SELECT c.number FROM process p JOIN contract c ON c.id = p.subject_id "
        "WHERE p.sentence LIKE '%has ended.' ORDER BY c.number"
    )
    return [row["number"] for row in rows]


async def test_sixteen_monthly_deadlines_come_one_by_one_as_the_calendar_moves(new_firm: NewFirm) -> None:
    firm = await new_firm()
    numbers = [f"C-{n:02}" for n in range(MONTHS)]
    for n, number in enumerate(numbers):
        await firm.active_contract(number, values=("1000.00",), contract_date=_month_end(n))
    await firm.settled()
    waiting = await firm.rows("SELECT deadline FROM process WHERE subject = 'contract' ORDER BY deadline")
    assert [row["deadline"] for row in waiting] == [
        opening_of(_month_end(n), "America/New_York") for n in range(MONTHS)
    ]
    for n in range(MONTHS):
        await firm.move_to(_month_end(n))
        assert await _due(firm) == numbers[: n + 1], "neither late nor a month early"


class _SkippedTime:
    """Decides by the product's rules at the test server's time; the reminders it would send are kept here."""

    def __init__(self, environment: WorkflowEnvironment, due_on: date) -> None:
        self._environment = environment
        self._items: Sequence[OpenItem] = (
            OpenItem(
                receivable_id=uuid4(),
                invoice_id=uuid4(),
                invoice_number="P-1",
                due_on=due_on,
                open=Decimal(1),
            ),
        )
        self._reminded: dict[UUID, int] = {}
        self.sent: list[tuple[datetime, int]] = []

    @activity.defn(name="decide_next")
    async def decide_next(self, of: StepOf) -> NextStep:
        now = await self._environment.get_current_time()
        upcoming = next_reminder(self._items, self._reminded)
        if upcoming is None:
            return NextStep(kind="finished")
        at = opening_of(upcoming, "UTC")
        following = next_follow_up_step(
            FollowUpFacts(
                client="Example Builder",
                accounts=[
                    Account(
                        legal_entity="Example Mechanical",
                        currency="USD",
                        zone="UTC",
                        today=now.date(),
                        open_items=self._items,
                    )
                ],
                reminded=self._reminded,
                receipts_missing=False,
                messages_unsent=False,
            )
        )
        return NextStep(kind=following.kind, step=following.step, seconds=max((at - now).total_seconds(), 1))

    @activity.defn(name="make_reminder")
    async def make_reminder(self, of: StepOf) -> None:
        now = await self._environment.get_current_time()
        levels = to_remind(self._items, self._reminded, now.date())
        self._reminded.update(levels)
        self.sent.append((now, max(levels.values())))


async def test_the_timers_alone_bring_the_reminders_where_time_is_skipped(
    time_skipping: WorkflowEnvironment,
) -> None:
    now = await time_skipping.get_current_time()
    due_on = (now + timedelta(days=30)).date()
    skipped = _SkippedTime(time_skipping, due_on)

    def serving(queue: str, step: Callable[..., Any], workflows: Sequence[type] = ()) -> Worker:
        return Worker(
            time_skipping.client,
            task_queue=queue,
            workflows=workflows,
            activities=[step],
            activity_executor=ThreadPoolExecutor(1),
            workflow_runner=runner(),
        )

    async with (
        serving("timers", skipped.decide_next, WORKFLOWS),
        serving(papers_queue("timers"), skipped.make_reminder),
    ):
        client_id = uuid4()
        await asyncio.wait_for(
            time_skipping.client.execute_workflow(
                "follow-up",
                Progress(firm_id=uuid4(), subject=Subject.follow_up, subject_id=client_id),
                id=f"follow-up/{client_id}",
                task_queue="timers",
            ),
            60,
        )
    expected = [(due_on + timedelta(days=level), level) for level in (1, 15, 30)]
    assert [(at.date(), level) for at, level in skipped.sent] == expected
    for at, _ in skipped.sent:
        opening = datetime.combine(at.date(), datetime.min.time(), UTC) + timedelta(hours=8)
        assert timedelta(0) <= at - opening < timedelta(minutes=1)

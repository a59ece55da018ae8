"""Checks of the books: every night, when a controller asks, and checkpoints of the log in between."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ChildWorkflowError, WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from contracts_app.settings import papers_queue
    from workflows.process import COMMAND_SECONDS, FOR_EVER, SILENCE

CHECK_WITHIN = timedelta(hours=1)
"""A check of one firm; it reads the whole log and every paper."""
TELL_AGAIN = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(minutes=10)
)
"""Letters to the controllers: until the mail server is back."""
TELL_WITHIN = timedelta(hours=20)
"""And before the next night's check."""


class Asked(BaseModel):
    """A check of a firm's books. `asked_by` is who asked, none for the nightly one."""

    model_config = ConfigDict(frozen=True)
    firm_id: UUID
    check_id: UUID
    asked_by: UUID | None = None


@workflow.defn(name="check-books")
class CheckBooksWorkflow:
    """One check of one firm. The controllers hear of the nightly one, and of any that finds something."""

    def __init__(self) -> None:
        self._sentence = "The books of the firm are being checked."

    @workflow.query(name="why")
    def why(self) -> str:
        """What it does; for operators."""
        return self._sentence

    @workflow.run
    async def run(self, asked: Asked) -> bool:
        """Whether all holds."""
        holds: bool = await workflow.execute_activity(
            "check_books",
            asked,
            result_type=bool,
            task_queue=papers_queue(workflow.info().task_queue),
            start_to_close_timeout=CHECK_WITHIN,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
        )
        if asked.asked_by is None or not holds:
            self._sentence = "The books are checked; the controllers are being told what came of it."
            await workflow.execute_activity(
                "tell_of_check",
                asked,
                task_queue=papers_queue(workflow.info().task_queue),
                schedule_to_close_timeout=TELL_WITHIN,
                start_to_close_timeout=COMMAND_SECONDS,
                heartbeat_timeout=SILENCE,
                retry_policy=TELL_AGAIN,
            )
        return holds


@workflow.defn(name="nightly-checks")
class NightlyChecksWorkflow:
    """One firm after another, so that a night's checks leave the machine to others."""

    def __init__(self) -> None:
        self._sentence = "The firms whose books are to be checked tonight are being listed."

    @workflow.query(name="why")
    def why(self) -> str:
        """How far it is; for operators."""
        return self._sentence

    @workflow.run
    async def run(self) -> int:
        """Returns in how many firms something does not hold, or could not be checked."""
        firms: list[UUID] = await workflow.execute_activity(
            "firms_to_check",
            result_type=list[UUID],
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
        )
        amiss = 0
        for number, firm_id in enumerate(firms, 1):
            self._sentence = f"Waits for the check of firm {number} of {len(firms)} to end."
            try:
                holds = await workflow.execute_child_workflow(
                    "check-books",
                    Asked(firm_id=firm_id, check_id=workflow.uuid4()),
                    id=f"check-books/{firm_id}/{workflow.info().run_id}",
                    result_type=bool,
                )
            except (ChildWorkflowError, WorkflowAlreadyStartedError) as error:
                workflow.logger.error("firm %s could not be checked: %s", firm_id, error)
                holds = False
            amiss += not holds
        return amiss


@workflow.defn(name="checkpoints")
class CheckpointsWorkflow:
    """One pass; a Schedule runs it again and again."""

    @workflow.query(name="why")
    def why(self) -> str:
        """What it does; it waits for nobody. For operators."""
        return "Where the log of each firm stands is being signed."

    @workflow.run
    async def run(self) -> int:
        """Returns how many firms' logs grew and were signed."""
        written: int = await workflow.execute_activity(
            "sign_checkpoints",
            result_type=int,
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            schedule_to_close_timeout=timedelta(minutes=10),
        )
        return written

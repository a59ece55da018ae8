"""Begins the monthly billing runs of live firms; a Schedule starts it on the first of each month."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ConfigDict
from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from workflows.process import COMMAND_SECONDS, FOR_EVER, RUNS_AGAIN, SILENCE, Progress


class Begun(BaseModel):
    """An activity's answer: the runs begun, and how many firms' runs could not begin yet."""

    model_config = ConfigDict(frozen=True)
    runs: list[Progress]
    held_up: int


@workflow.defn(name="due-runs")
class DueRunsWorkflow:
    """A pass over all live firms; practice firms start their runs by hand, in their own calendar.

    It is made again for firms where another run is going on, for a day at most; such a firm's trail says so.
    """

    def __init__(self) -> None:
        self._sentence = "The billing runs of last month are being begun."

    @workflow.query(name="why")
    def why(self) -> str:
        """What it does, or what it waits for and until when; for operators."""
        return self._sentence

    @workflow.run
    async def run(self) -> int:
        """Begin the runs that are due; returns how many."""
        between, in_all = RUNS_AGAIN
        until = workflow.now() + in_all
        begun = await self._pass()
        count = len(begun.runs)
        while begun.held_up and workflow.now() < until:
            self._sentence = (
                f"In {begun.held_up} firm(s) another billing run is going on; last month's is begun after "
                f"it. That is tried every {between // timedelta(minutes=1)} minutes until "
                f"{until:%Y-%m-%d %H:%M} UTC; after that somebody starts it by hand."
            )
            await workflow.sleep(between)
            begun = await self._pass()
            count += len(begun.runs)
        if begun.held_up:
            workflow.logger.error("the runs of %s firms could not begin", begun.held_up)
        return count

    async def _pass(self) -> Begun:
        begun: Begun = await workflow.execute_activity(
            "begin_due_runs",
            result_type=Begun,
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
        )
        for progress in begun.runs:
            try:
                await workflow.start_child_workflow(
                    progress.subject.value,
                    progress,
                    id=f"{progress.subject.value}/{progress.subject_id}",
                    parent_close_policy=ParentClosePolicy.ABANDON,
                )
            except WorkflowAlreadyStartedError:
                workflow.logger.info("%s runs already", progress.subject_id)
        return begun

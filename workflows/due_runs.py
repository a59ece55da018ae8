"""Begins the monthly billing runs of live firms; a Schedule starts it on the first of each month."""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from workflows.process import COMMAND_SECONDS, FOR_EVER, SILENCE, Progress


@workflow.defn(name="due-runs")
class DueRunsWorkflow:
    """One pass over all live firms; practice firms start their runs by hand, in their own calendar."""

    @workflow.run
    async def run(self) -> int:
        """Begin the runs that are due; returns how many."""
        begun: list[Progress] = await workflow.execute_activity(
            "begin_due_runs",
            result_type=list[Progress],
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
        )
        for progress in begun:
            try:
                await workflow.start_child_workflow(
                    progress.subject.value,
                    progress,
                    id=f"{progress.subject.value}/{progress.subject_id}",
                    parent_close_policy=ParentClosePolicy.ABANDON,
                )
            except WorkflowAlreadyStartedError:
                workflow.logger.info("%s runs already", progress.subject_id)
        return len(begun)

"""Starts the workflows that are missing: a record was committed and its process not begun, or it is gone.

A process that let its deadline pass has no workflow any more; one that has is left alone.
"""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

with workflow.unsafe.imports_passed_through():
    from workflows.process import COMMAND_SECONDS, FOR_EVER, SILENCE, Progress


@workflow.defn(name="sweep")
class SweepWorkflow:
    """One pass; a Schedule runs it again and again."""

    @workflow.query(name="why")
    def why(self) -> str:
        """What it does; it waits for nobody. For operators."""
        return "Records whose process was left behind by a crash are being found and their processes started."

    @workflow.run
    async def run(self) -> int:
        """Start what was left behind; returns how many."""
        left: list[Progress] = await workflow.execute_activity(
            "processes_to_start",
            result_type=list[Progress],
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
            schedule_to_close_timeout=timedelta(minutes=10),
        )
        for progress in left:
            try:
                await workflow.start_child_workflow(
                    progress.subject.value,
                    progress,
                    id=f"{progress.subject.value}/{progress.subject_id}",
                    parent_close_policy=ParentClosePolicy.ABANDON,
                )
            except WorkflowAlreadyStartedError:
                workflow.logger.info("%s/%s runs already", progress.subject.value, progress.subject_id)
        return len(left)

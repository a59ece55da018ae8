"""An imported file, from its bytes to posted rows."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from contracts_app.settings import files_queue
    from workflows.process import SILENCE, THEN_PARK, Process, Progress, step_of


@workflow.defn(name="import")
class ImportWorkflow(Process):
    """An imported file, from its bytes to posted rows."""

    # A million rows are read, or taken back, in minutes.
    command_within = timedelta(minutes=30)
    step_within = timedelta(minutes=30)

    @workflow.run
    async def run(self, progress: Progress) -> None:
        """Live until the record is final."""
        await self.live(progress)

    async def _do(self, progress: Progress, step: str) -> None:
        if step != "post_chunk":
            await super()._do(progress, step)
            return
        try:
            names: list[str] = await workflow.execute_activity(
                step,
                step_of(progress, step),
                result_type=list[str],
                task_queue=files_queue(workflow.info().task_queue),
                start_to_close_timeout=self.step_within,
                heartbeat_timeout=SILENCE,
                retry_policy=THEN_PARK,
            )
        except ActivityError as error:
            await self._park(progress, step, error)
            return
        self._tell(names)
        if workflow.info().is_continue_as_new_suggested():
            await self._at_rest()
            workflow.continue_as_new(progress.model_copy(update={"opening": False}))

"""A billing run: chunk after chunk of drafts, until every contract that was due has its outcome."""

from __future__ import annotations

import asyncio

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from contracts_app.domain.commands.subjects import Subject, process_named
    from contracts_app.settings import papers_queue
    from workflows.process import (
        COMMAND_SECONDS,
        FOR_EVER,
        SILENCE,
        STEP_SECONDS,
        THEN_PARK,
        Process,
        Progress,
        step_of,
    )


@workflow.defn(name="billing-run")
class BillingRunWorkflow(Process):
    """A billing run, from its start to the last outcome."""

    @workflow.run
    async def run(self, progress: Progress) -> None:
        """Live until the record is final."""
        await self.live(progress)

    async def _do(self, progress: Progress, step: str) -> None:
        if step != "draft_chunk":
            await self._catch_up(progress)
            await super()._do(progress, step)
            return
        try:
            names: list[str] = await workflow.execute_activity(
                step,
                step_of(progress, step),
                result_type=list[str],
                task_queue=papers_queue(workflow.info().task_queue),
                start_to_close_timeout=STEP_SECONDS,
                heartbeat_timeout=SILENCE,
                retry_policy=THEN_PARK,
            )
        except ActivityError as error:
            await self._park(progress, step, error)
            return
        # In one order, so that a replay starts and wakes the same.
        await asyncio.gather(*(self._begin(progress, name) for name in names))
        if workflow.info().is_continue_as_new_suggested():
            await self._at_rest()
            workflow.continue_as_new(progress.model_copy(update={"opening": False}))

    async def _catch_up(self, progress: Progress) -> None:
        """Before the end: a worker lost after a set was written has told nobody of it."""
        names: list[str] = await workflow.execute_activity(
            "left_behind",
            step_of(progress),
            result_type=list[str],
            start_to_close_timeout=COMMAND_SECONDS,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
        )
        await asyncio.gather(*(self._begin(progress, name) for name in names))

    async def _begin(self, progress: Progress, name: str) -> None:
        subject, _ = process_named(name)
        if subject is Subject.invoice:
            await self._start(progress.firm_id, name)
        else:
            await self._wake_other(name)

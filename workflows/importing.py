"""An imported file, from its bytes to posted rows."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.process import Process, Progress


@workflow.defn(name="import")
class ImportWorkflow(Process):
    """An imported file, from its bytes to posted rows."""

    @workflow.run
    async def run(self, progress: Progress) -> None:
        """Live until the record is final."""
        await self.live(progress)

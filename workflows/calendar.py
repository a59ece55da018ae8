"""The calendar of a practice firm; moving it wakes every process of the firm."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.process import Process, Progress


@workflow.defn(name="calendar")
class CalendarWorkflow(Process):
    """The calendar of a practice firm; moving it wakes every process of the firm."""

    @workflow.run
    async def run(self, progress: Progress) -> None:
        """Live until the record is final."""
        await self.live(progress)

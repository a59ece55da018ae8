"""Receipts and reminders of one client, for as long as the firm knows it."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.process import Process, Progress


@workflow.defn(name="follow-up")
class FollowUpWorkflow(Process):
    """Receipts and reminders of one client, for as long as the firm knows it."""

    @workflow.run
    async def run(self, progress: Progress) -> None:
        """Live until the record is final."""
        await self.live(progress)

"""An application for payment or release invoice, from draft to paid."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.process import Process, Progress


@workflow.defn(name="invoice")
class InvoiceWorkflow(Process):
    """An application for payment or release invoice, from draft to paid."""

    @workflow.run
    async def run(self, progress: Progress) -> None:
        """Live until the record is final."""
        await self.live(progress)

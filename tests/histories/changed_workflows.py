"""The product's workflows with one timer more, as a careless change would make them."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from workflows.billing_run import BillingRunWorkflow
    from workflows.calendar import CalendarWorkflow
    from workflows.contract import ContractWorkflow
    from workflows.follow_up import FollowUpWorkflow
    from workflows.importing import ImportWorkflow
    from workflows.invoice import InvoiceWorkflow
    from workflows.process import Process, Progress


class _OneTimerMore(Process):
    async def live(self, progress: Progress) -> None:
        await workflow.sleep(timedelta(seconds=1))
        await super().live(progress)


@workflow.defn(name="contract")
class ChangedContract(_OneTimerMore, ContractWorkflow):
    @workflow.run
    async def run(self, progress: Progress) -> None:
        await self.live(progress)


@workflow.defn(name="invoice")
class ChangedInvoice(_OneTimerMore, InvoiceWorkflow):
    @workflow.run
    async def run(self, progress: Progress) -> None:
        await self.live(progress)


@workflow.defn(name="import")
class ChangedImport(_OneTimerMore, ImportWorkflow):
    @workflow.run
    async def run(self, progress: Progress) -> None:
        await self.live(progress)


@workflow.defn(name="follow-up")
class ChangedFollowUp(_OneTimerMore, FollowUpWorkflow):
    @workflow.run
    async def run(self, progress: Progress) -> None:
        await self.live(progress)


@workflow.defn(name="calendar")
class ChangedCalendar(_OneTimerMore, CalendarWorkflow):
    @workflow.run
    async def run(self, progress: Progress) -> None:
        await self.live(progress)


@workflow.defn(name="billing-run")
class ChangedBillingRun(_OneTimerMore, BillingRunWorkflow):
    @workflow.run
    async def run(self, progress: Progress) -> None:
        await self.live(progress)


CHANGED: tuple[type, ...] = (
    ChangedContract,
    ChangedInvoice,
    ChangedImport,
    ChangedFollowUp,
    ChangedCalendar,
    ChangedBillingRun,
)

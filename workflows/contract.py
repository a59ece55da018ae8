"""A contract, from setting up to the last cent; a new run with each application."""

from __future__ import annotations

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts_app.domain.commands.every_command import Command
    from workflows.process import Process, Progress


@workflow.defn(name="contract")
class ContractWorkflow(Process):
    """A contract, from setting up to the last cent; a new run with each application."""

    @workflow.run
    async def run(self, progress: Progress) -> None:
        """Live until the record is final."""
        await self.live(progress)

    def ends_period(self, command: Command) -> bool:
        """Each application (and each release) is a billing period of its own."""
        return command.body.command in ("prepare_application", "prepare_release", "prepare_advance")

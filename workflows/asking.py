"""A pass that asks approvers by mail."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts_app.settings import papers_queue
    from workflows.process import SILENCE

WITHIN = timedelta(minutes=10)
"""One pass; what the mail server does not take in it is left to the next."""


@workflow.defn(name="ask-approvers")
class AskApproversWorkflow:
    """One pass; a Schedule runs it again and again. Apart from the invoices' own workflows, so that a mail
    server that does not answer keeps nobody from approving."""

    @workflow.query(name="why")
    def why(self) -> str:
        """What it does; it waits for nobody. For operators."""
        return "Whoever may approve a draft and was not asked for it yet is being asked by mail."

    @workflow.run
    async def run(self) -> int:
        """Returns how many mails were handed over."""
        asked: int = await workflow.execute_activity(
            "ask_approvers",
            result_type=int,
            task_queue=papers_queue(workflow.info().task_queue),
            start_to_close_timeout=WITHIN,
            heartbeat_timeout=SILENCE,
            schedule_to_close_timeout=WITHIN,
        )
        return asked

"""A pass that archives the event histories of workflows that have ended."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contracts_app.settings import papers_queue
    from workflows.process import SILENCE

AT_ONCE = 100
"""Histories in one activity; another takes the next ones."""
WITHIN = timedelta(minutes=30)


@workflow.defn(name="archive-histories")
class ArchiveHistoriesWorkflow:
    """One pass over what has ended; a Schedule runs it again and again."""

    @workflow.query(name="why")
    def why(self) -> str:
        """What it does; it waits for nobody. For operators."""
        return "Event histories of workflows that have ended are being kept with the records of their firms."

    @workflow.run
    async def run(self) -> int:
        """Returns how many runs were archived."""
        count = 0
        while True:
            done: int = await workflow.execute_activity(
                "archive_histories",
                result_type=int,
                task_queue=papers_queue(workflow.info().task_queue),
                start_to_close_timeout=WITHIN,
                heartbeat_timeout=SILENCE,
                schedule_to_close_timeout=2 * WITHIN,
            )
            count += done
            if done < AT_ONCE:
                return count

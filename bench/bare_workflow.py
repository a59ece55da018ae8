"""A workflow that takes updates and has activities done, without any business in it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel
from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from sqlalchemy import Engine, text

PATIENCE = timedelta(seconds=60)


class Plan(BaseModel):
    """How many activities follow each update, besides the one that answers it."""

    looks: tuple[int, ...]


class Commits:
    """The activity: one row, one commit."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @activity.defn
    def commit(self, of: str) -> str:
        """Insert a row."""
        with self._engine.begin() as connection:
            connection.execute(text("INSERT INTO bare.event (invoice_id) VALUES (:of)"), {"of": UUID(of)})
        return of


@workflow.defn
class BareWorkflow:
    """Commits at each update before it answers, and then as often as planned."""

    @workflow.init
    def __init__(self, plan: Plan) -> None:
        self._answered = 0

    @workflow.run
    async def run(self, plan: Plan) -> None:
        """Until all updates have come."""
        for number, looks in enumerate(plan.looks):
            await workflow.wait_condition(lambda expected=number: self._answered > expected)  # type: ignore[misc]
            for _ in range(looks):
                await self._commit()
        await workflow.wait_condition(workflow.all_handlers_finished)

    @workflow.update
    async def command(self, number: int) -> int:
        """Commit, and answer."""
        await self._commit()
        self._answered += 1
        return number

    async def _commit(self) -> None:
        of = workflow.info().workflow_id.partition("/")[2]
        await workflow.execute_activity("commit", of, start_to_close_timeout=PATIENCE)

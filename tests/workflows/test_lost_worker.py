"""What a killed worker had in hand is taken over by the next one within seconds, not after its time limit."""

import asyncio
import os
import sys
import time
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from temporalio.client import Client

from contracts_app.operation.addresses import free_address
from contracts_app.settings import Settings
from contracts_app.store.transaction import firm_transaction
from tests.workflows.conftest import working
from tests.workflows.practice_firm import PracticeFirm
from workflows.process import COMMAND_SECONDS, SILENCE


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """A task queue on which no other worker of this module listens."""
    return settings.with_values(task_queue=f"lost-{uuid4().hex}", worker_health_address=free_address())


async def test_a_command_in_the_hands_of_a_killed_worker_is_done_by_the_next(
    client: Client, engine: Engine, settings: Settings
) -> None:
    firm = PracticeFirm(client, engine, settings)
    async with working(client, engine, settings):
        await firm.found()
        contract_id = await firm.active_contract()
        await firm.settled()
    given = settings.model_dump(mode="json")
    environment = os.environ | {f"CONTRACTS_{name.upper()}": str(value) for name, value in given.items()}
    doomed = await asyncio.create_subprocess_exec(sys.executable, "-m", "workflows.worker", env=environment)
    try:
        # While the contract's row is locked, the worker's activity hangs in the middle of its work.
        with firm_transaction(engine, firm.id) as connection:
            connection.execute(text("SELECT FROM contract WHERE id = :id FOR UPDATE"), {"id": contract_id})
            await firm.handle("contract", contract_id).signal("wake")
            await _in_hand(firm, contract_id)
            doomed.kill()
            await doomed.wait()
        killed_at = time.monotonic()
        async with working(client, engine, settings):
            await firm.move_to(date(2024, 2, 1))
            took = time.monotonic() - killed_at
        assert took < SILENCE.total_seconds() + 15 < COMMAND_SECONDS.total_seconds()
    finally:
        if doomed.returncode is None:
            doomed.kill()
            await doomed.wait()


async def test_a_step_longer_than_the_silence_is_not_given_away(
    client: Client, engine: Engine, settings: Settings
) -> None:
    firm = PracticeFirm(client, engine, settings)
    async with working(client, engine, settings):
        await firm.found()
        contract_id = await firm.active_contract()
        await firm.settled()
        with firm_transaction(engine, firm.id) as connection:
            connection.execute(text("SELECT FROM contract WHERE id = :id FOR UPDATE"), {"id": contract_id})
            await firm.handle("contract", contract_id).signal("wake")
            await _in_hand(firm, contract_id)
            await asyncio.sleep(SILENCE.total_seconds() + 2)
            described = await firm.handle("contract", contract_id).describe()
            pending = described.raw_description.pending_activities
            assert [(one.attempt, str(one.last_failure)) for one in pending] == [(1, "")]
        await firm.settled()


async def _in_hand(firm: PracticeFirm, contract_id: UUID) -> None:
    """An activity of the contract has been started by the worker."""
    until = time.monotonic() + 40
    while True:
        pending = (await firm.handle("contract", contract_id).describe()).raw_description.pending_activities
        if any(one.HasField("last_started_time") for one in pending):
            return
        assert time.monotonic() < until
        await asyncio.sleep(0.1)

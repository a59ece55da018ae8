"""Slow papers and mail delay neither a command nor the reading of a file: each has its own task queue."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import Engine
from temporalio.client import Client

from contracts_app.domain.commands.milestone_commands import PlanMilestone
from contracts_app.domain.commands.subjects import Subject
from contracts_app.services.firms import add_client
from contracts_app.settings import Settings
from contracts_app.store import messages
from contracts_app.store.processes import open_process
from contracts_app.store.transaction import Origin, own_step
from tests.workflows.conftest import working
from tests.workflows.practice_firm import PracticeFirm
from workflows.worker import PAPER_THREADS, THREADS

LETTERS = 50
CHANGE_ORDERS = (
    "Change order,Description,Amount,Status,Submitted,Executed\n"
    "CO-1,More pipe,100.00,executed,2024-03-01,2024-03-04\n"
)


class StalledMailServer:
    """Takes every connection and says nothing."""

    def __init__(self) -> None:
        self.taken = 0
        self._waiting: set[asyncio.StreamWriter] = set()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep the connection open until the caller leaves."""
        self.taken += 1
        self._waiting.add(writer)
        await reader.read()
        writer.close()

    def hang_up(self) -> None:
        """End all connections, so that nobody waits longer."""
        for writer in self._waiting:
            writer.close()


@pytest.fixture
async def stalled() -> AsyncIterator[tuple[StalledMailServer, str]]:
    """The server and its address."""
    server = StalledMailServer()
    listening = await asyncio.start_server(server.take, "127.0.0.1", 0)
    host, port = listening.sockets[0].getsockname()
    yield server, f"{host}:{port}"
    listening.close()
    server.hang_up()


async def test_a_command_and_a_file_wait_for_none_of_fifty_stalled_letters(
    client: Client, engine: Engine, settings: Settings, stalled: tuple[StalledMailServer, str]
) -> None:
    server, address = stalled
    assert LETTERS > THREADS + PAPER_THREADS
    settings = settings.with_values(smtp_address=address)
    firm = PracticeFirm(client, engine, settings)
    async with working(client, engine, settings):
        await firm.found()
        contract_id = await firm.active_contract()
        await firm.settled()
        for client_id in await asyncio.to_thread(_letters, firm):
            await firm.doors.open_process(firm.id, Subject.follow_up, client_id)
        until = time.monotonic() + 30
        while server.taken < PAPER_THREADS or not await _all_decided(firm):
            assert time.monotonic() < until, server.taken
            await asyncio.sleep(0.1)

        plan = PlanMilestone(contract_id=contract_id, title="Handover", close_out=True)
        await firm.done("coordinator", plan)
        import_id = await firm.upload("change_orders", contract_id, CHANGE_ORDERS)
        until = time.monotonic() + 30
        while await firm.state("import_file", import_id) == "received":
            assert time.monotonic() < until, "the file waits behind the letters"
            await asyncio.sleep(0.1)
        taken = server.taken
        unsent = await firm.rows("SELECT id FROM message WHERE state = 'queued'")
        server.hang_up()
    assert len(unsent) == LETTERS
    assert taken == PAPER_THREADS, "the first ones stall still: the command waited for none of them"


def _letters(firm: PracticeFirm) -> list[UUID]:
    """A letter to each of many new clients."""
    clients = []
    with own_step(firm.engine, firm.id, "letters", Origin()) as tx:
        for number in range(LETTERS):
            email = f"client{number}@{firm.id.hex[:8]}.example"
            clients.append(add_client(tx, f"Client {number}", email, "1 Example Street"))
            open_process(tx, Subject.follow_up, clients[-1])
            messages.queue(
                tx,
                kind="receipt",
                client_id=clients[-1],
                recipient=email,
                subject="A letter",
                body="To be read",
                business_date=tx.today(),
                legal_entity_id=firm.legal_entity_id,
            )
    return clients


async def _all_decided(firm: PracticeFirm) -> bool:
    """Whether every process of a client has started."""
    found = await firm.rows(
        "SELECT count(*) AS n FROM process WHERE subject = 'follow-up' AND started_at IS NOT NULL"
    )
    return bool(found[0]["n"] >= LETTERS)

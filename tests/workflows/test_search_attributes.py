"""Operators find the processes of a contract in Temporal by its id and their stage; nobody else is shown."""

import asyncio
import time
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest

from contracts_app.domain.commands.contract_commands import ActivateContract
from contracts_app.operation.temporal_server import binary
from contracts_app.search_attributes import CONTRACT_ID, STAGE
from contracts_app.settings import Settings
from contracts_app.temporal import connect
from tests.workflows.conftest import NewFirm
from tests.workflows.practice_firm import PracticeFirm, terms_of
from workflows.worker import until_registered

JANUARY = date(2024, 1, 31)
WORK = {"1": ("30000.00", "0.00")}


async def _found(firm: PracticeFirm, contract_id: UUID, expected: dict[str, str]) -> dict[str, str]:
    """Name and stage of the contract's running processes, as the listing shows them a moment later."""
    until = time.monotonic() + 10
    while True:
        listing = firm.temporal.list_workflows(
            f"{CONTRACT_ID.name} = '{contract_id}' AND ExecutionStatus = 'Running'"
        )
        found = {one.id: one.typed_search_attributes.get(STAGE) or "" async for one in listing}
        if found == expected or time.monotonic() > until:
            return found
        await asyncio.sleep(0.1)


async def test_the_processes_of_a_contract_are_found_with_their_stage(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.open_contract("C-1", terms_of(Decimal(100000)))
    await firm.schedule(contract_id, "C-1", ["60000.00", "40000.00"])
    other_id = await firm.active_contract("C-2")
    await firm.settled()
    contract, other = f"contract/{contract_id}", f"contract/{other_id}"
    expected = {contract: "waits for controller"}
    assert await _found(firm, contract_id, expected) == expected

    await firm.done("controller", ActivateContract(contract_id=contract_id))
    await firm.move_to(date(2024, 2, 1))
    invoice_id = await firm.drafted(contract_id, JANUARY, WORK)
    invoice = f"invoice/{invoice_id}"
    await firm.settled()
    expected = {contract: "waits for coordinator", invoice: "waits for coordinator"}
    assert await _found(firm, contract_id, expected) == expected

    await firm.issue(invoice_id)
    await firm.settled()
    expected = {contract: "waits for client", invoice: "waits for client"}
    assert await _found(firm, contract_id, expected) == expected

    await firm.certify(invoice_id)
    await firm.pay("27000.00", date(2024, 2, 1), "CHECK-1", invoice_id)
    await firm.settled()
    paid = await firm.handle("invoice", invoice_id).describe()
    assert paid.typed_search_attributes.get(STAGE) == "finished"
    expected = {other: "waits for coordinator"}
    assert await _found(firm, other_id, expected) == expected
    follow_up = await firm.handle("follow-up", firm.client_id).describe()
    assert follow_up.typed_search_attributes.get(CONTRACT_ID) is None


async def test_the_worker_waits_until_the_namespace_knows_them(
    temporal: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """With the very command that it tells the operator to run."""
    elsewhere = await connect(settings.with_values(temporal_namespace=f"new-{uuid4().hex}"))
    await elsewhere.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=elsewhere.namespace, workflow_execution_retention_period=Duration(seconds=86400)
        )
    )
    waiting = asyncio.create_task(until_registered(elsewhere))
    until = time.monotonic() + 20
    while not any("does not know Stage; run: " in record.getMessage() for record in caplog.records):
        assert not waiting.done(), waiting.exception()
        assert time.monotonic() < until
        await asyncio.sleep(0.1)
    told = {record.getMessage().partition("; run: ")[2] for record in caplog.records} - {""}
    assert len(told) == 2
    for command in told:
        program, *words = command.split()
        assert program == "temporal"
        registered = await asyncio.create_subprocess_exec(
            binary(), *words, "--address", temporal, "--namespace", elsewhere.namespace
        )
        assert await registered.wait() == 0
    await asyncio.wait_for(waiting, 20)

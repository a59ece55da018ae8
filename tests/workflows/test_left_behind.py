"""The sweep starts what a crash left behind; what was not sealed with the installation's key is not done."""

import asyncio
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from temporalio.api.enums.v1 import EventType
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.contrib.pydantic import pydantic_data_converter

from contracts_app.domain.commands.contract_commands import ActivateContract
from contracts_app.domain.commands.subjects import Subject
from contracts_app.services import imports, quiet
from contracts_app.store.transaction import firm_transaction
from contracts_app.temporal import data_converter
from tests.workflows.conftest import NewFirm
from tests.workflows.practice_firm import PracticeFirm, terms_of
from workflows.process import Progress


async def test_the_sweep_starts_what_was_left_behind(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.settled()
    # The web received a file, then died: bytes, import and process row are there, its workflow is not.
    import_id = await asyncio.to_thread(
        lambda: imports.receive(
            firm.engine,
            firm_id=firm.id,
            by=firm.people["coordinator"],
            key="left",
            kind="schedule_of_values",
            contract_id=contract_id,
            file_name="left.csv",
            data=b"no table",
        )
    )
    assert [f"import/{import_id} has work due"] == await _open(firm)
    swept = await _sweep(firm)
    assert swept == 0, "what was opened just now may still be started by who opened it"
    with firm_transaction(firm.engine, firm.id) as connection:
        connection.execute(
            text("UPDATE process SET opened_at = now() - interval '1 minute' WHERE subject_id = :id"),
            {"id": import_id},
        )
    assert await _sweep(firm) == 1
    await firm.settled()
    assert await firm.state("import_file", import_id) == "refused"
    assert await _sweep(firm) == 0


async def test_the_sweep_starts_again_what_was_ended(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.settled()
    await firm.temporal.get_workflow_handle(f"contract/{contract_id}").terminate("by hand")
    assert await _sweep(firm) == 0, "nothing is due yet"
    with firm_transaction(firm.engine, firm.id) as connection:
        connection.execute(
            text("UPDATE process SET deadline = deadline - interval '1 year' WHERE subject_id = :id"),
            {"id": contract_id},
        )
    assert await _sweep(firm) == 1
    await firm.settled()
    handle = firm.temporal.get_workflow_handle(f"contract/{contract_id}")
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
    assert await _sweep(firm) == 0


async def _open(firm: PracticeFirm) -> list[str]:
    return await asyncio.to_thread(quiet.open_work_of, firm.engine, firm.id)


async def _sweep(firm: PracticeFirm) -> int:
    started: int = await firm.temporal.execute_workflow(
        "sweep", id=f"sweep-{uuid4()}", task_queue=firm.settings.task_queue, result_type=int
    )
    return started


def _impostor(client: Client, how: str) -> Client:
    """A client that reaches Temporal's port but does not have the installation's key."""
    converter = pydantic_data_converter if how == "in the clear" else data_converter(b"another key" * 4)
    return Client(client.service_client, namespace=client.namespace, data_converter=converter)


@pytest.mark.parametrize("how", ["in the clear", "under another key"])
async def test_a_workflow_that_was_not_sealed_does_nothing(new_firm: NewFirm, how: str) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract()
    await firm.settled()
    before, end = await firm.versions(), await firm.audit_end()
    impostor = _impostor(firm.temporal, how)
    forged = await impostor.start_workflow(
        "contract",
        Progress(firm_id=firm.id, subject=Subject.contract, subject_id=contract_id),
        id=f"forged-{uuid4()}",
        task_queue=firm.settings.task_queue,
    )
    try:
        await _task_failed(forged)
    finally:
        await forged.terminate("a test")
    assert (await firm.versions(), await firm.audit_end()) == (before, end)


async def test_an_update_that_was_not_sealed_is_not_done(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.open_contract("C-1", terms_of(Decimal(1)))
    await firm.schedule(contract_id, "C-1", ["1.00"])
    await firm.settled()
    before, end = await firm.versions(), await firm.audit_end()
    impostor = _impostor(firm.temporal, "in the clear")
    command = firm.command("controller", ActivateContract(contract_id=contract_id))
    with pytest.raises(WorkflowUpdateFailedError):
        await impostor.get_workflow_handle(f"contract/{contract_id}").execute_update(
            "command", command, id=command.update_id, rpc_timeout=timedelta(seconds=10)
        )
    assert (await firm.versions(), await firm.audit_end()) == (before, end)
    # Nothing of it is in the history, and the workflow goes on.
    history = await firm.handle("contract", contract_id).fetch_history()
    accepted = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
    ids = [
        event.workflow_execution_update_accepted_event_attributes.accepted_request.meta.update_id
        for event in history.events
        if event.event_type == accepted
    ]
    assert command.update_id not in ids
    await firm.done("controller", ActivateContract(contract_id=contract_id))
    assert await firm.state("contract", contract_id) == "active"


async def _task_failed(handle: WorkflowHandle[Any, Any]) -> None:
    """The worker has refused the workflow's task."""
    failed = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    until = time.monotonic() + 20
    while not [event for event in (await handle.fetch_history()).events if event.event_type == failed]:
        assert time.monotonic() < until
        await asyncio.sleep(0.1)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING

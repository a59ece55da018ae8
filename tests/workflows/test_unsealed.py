"""Whoever reaches Temporal's port without the installation's key commands nothing and stops nothing."""

from datetime import timedelta

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.converter import DataConverter
from temporalio.service import RPCError

from contracts_app.settings import Settings
from contracts_app.temporal import data_converter
from tests.workflows.conftest import NewFirm

WITHIN = timedelta(seconds=10)


@pytest.mark.parametrize("key", [None, b"the key of another installation"])
async def test_payloads_without_our_key_reach_nobody(
    new_firm: NewFirm, settings: Settings, key: bytes | None
) -> None:
    """A signal in the clear stays in the history: it must not fail every later task of its workflow."""
    firm = await new_firm()
    contract_id = await firm.active_contract()
    before = await firm.versions()
    stranger = await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=DataConverter.default if key is None else data_converter(key),
    )
    handle = stranger.get_workflow_handle(f"contract/{contract_id}")

    await handle.signal("wake", "in the clear", rpc_timeout=WITHIN)
    with pytest.raises(WorkflowUpdateFailedError):
        await handle.execute_update("command", {"body": "mine"}, rpc_timeout=WITHIN)
    with pytest.raises((RPCError, RuntimeError, KeyError)):
        await handle.query("why", rpc_timeout=WITHIN)

    assert await firm.versions() == before
    assert await firm.handle("contract", contract_id).query("why", rpc_timeout=WITHIN)
    description = await handle.describe()
    assert not description.raw_description.HasField("pending_workflow_task")

"""The worker and firms of the workflow tests, for whole scenarios: before each decision those who must not
take it try to, and at the end everything is proved."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Engine
from temporalio.client import Client

from contracts_app.domain.commands.subjects import process_named
from contracts_app.services.invariants import check_in
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store.transaction import reading
from tests.scenarios.attacked_firm import AttackedFirm
from tests.workflows.conftest import NewFirm, client, engine, settings, worker
from tests.workflows.practice_firm import PracticeFirm
from workflows.replaying import replayed
from workflows.steps import Steps

__all__ = ["client", "engine", "settings", "worker"]


@pytest.fixture
async def new_firm(
    client: Client, engine: Engine, settings: Settings, worker: Steps
) -> AsyncIterator[NewFirm]:
    """Founds practice firms. Once the scenario has been played, the books of each hold, each issued invoice
    comes out of its snapshot again, and each run of each workflow replays."""
    firms: list[AttackedFirm] = []

    async def found() -> PracticeFirm:
        firm = AttackedFirm(client, engine, settings)
        await firm.found()
        firms.append(firm)
        return firm

    yield found
    for firm in firms:
        await _proved(firm, client)
        assert firm.tried.total() > 0, "a scenario decides something"


async def _proved(firm: PracticeFirm, client: Client) -> None:
    names = [
        f"{row['subject']}/{row['subject_id']}"
        for row in await firm.rows("SELECT subject, subject_id FROM process")
    ]
    with reading(firm.engine, firm.id) as connection:
        proofs = list(prove_all(connection, firm.id))
        report = check_in(connection, firm.id, online=True)
        runs = [
            run
            for name in names
            async for run in replayed(
                client, client.data_converter, connection, firm.id, *process_named(name)
            )
        ]
    assert proofs, "a scenario issues something"
    assert [one.sentence for one in proofs if not one.proved] == []
    assert [f"{one.id}: {one.sample}" for one in report.findings if one.violations] == []
    assert {run.workflow_id for run in runs} >= set(names)
    assert [f"{run.workflow_id}: {run.difference}" for run in runs if run.difference] == []

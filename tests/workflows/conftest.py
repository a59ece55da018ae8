"""A real worker in this process, on a task queue of its own, and practice firms."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from sqlalchemy import Engine
from temporalio.client import Client

from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine
from contracts_app.temporal import connect
from tests.conftest import MailServer
from tests.workflows.practice_firm import PracticeFirm
from workflows.steps import Steps
from workflows.worker import CONNECTIONS, at_work

NewFirm = Callable[[], Awaitable[PracticeFirm]]


@asynccontextmanager
async def working(client: Client, engine: Engine, settings: Settings) -> AsyncIterator[Steps]:
    """The product's worker: its workflows, its steps, its sandbox, its queues."""
    steps = Steps(engine, settings)
    async with at_work(client, settings, steps):
        yield steps


@pytest.fixture(scope="module")
def settings(settings: Settings, temporal: str, smtp: MailServer) -> Settings:
    """Settings of this module with a task queue of its own; Temporal and the mail server run."""
    return settings.with_values(task_queue=f"workflows-{uuid4().hex}")


@pytest.fixture(scope="module")
async def client(settings: Settings) -> Client:
    """A client under the installation's key."""
    return await connect(settings)


@pytest.fixture(scope="module")
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    """The application role's engine."""
    engine = open_engine(settings.database_url, pool_size=CONNECTIONS)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
async def worker(client: Client, engine: Engine, settings: Settings) -> AsyncIterator[Steps]:
    """The product's worker, in this process."""
    async with working(client, engine, settings) as steps:
        yield steps


@pytest.fixture
async def new_firm(client: Client, engine: Engine, settings: Settings, worker: Steps) -> NewFirm:
    """Founds practice firms."""

    async def found() -> PracticeFirm:
        firm = PracticeFirm(client, engine, settings)
        await firm.found()
        return firm

    return found

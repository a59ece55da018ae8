"""People of two firms on a real database, and a browser for each of them."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine, select, text

from contracts_app.domain.roles import Role
from contracts_app.operation.addresses import free_address
from contracts_app.services.firms import NewFirm, add_client, found
from contracts_app.services.sign_in import add_person, hash_password
from contracts_app.settings import Settings
from contracts_app.store.tables import legal_entity
from contracts_app.store.transaction import Origin, open_engine, own_step
from contracts_app.web.app import create_app
from tests.conftest import MailServer

PASSWORD = "a practice password"


@dataclass(frozen=True)
class Firm:
    """A firm with two clients and one person per role (two of the client role, one for each client)."""

    id: UUID
    legal_entity_id: UUID
    clients: tuple[UUID, UUID]
    people: dict[str, UUID]

    def address(self, who: str) -> str:
        return f"{who}@{self.id.hex[:8]}.example"


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    """The application role's engine."""
    engine = open_engine(settings.database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def firms(engine: Engine, settings: Settings) -> tuple[Firm, Firm]:
    """Two firms that know nothing of each other."""
    return _firm(engine, settings, "Northside Mechanical"), _firm(engine, settings, "Harbour Ductwork")


def _firm(engine: Engine, settings: Settings, name: str) -> Firm:
    # Modules share a Temporal server: a firm of the same id would find the calendar of the module before,
    # on a task queue that nobody serves any more.
    firm_id = uuid4()
    mail = f"{firm_id.hex[:8]}.example"
    new = NewFirm(
        id=firm_id, name=name, time_zone="America/New_York", country="US", currency="USD",
        address="1 Example Street", email=f"billing@{mail}",
        number_prefix=f"{name[:1]}-", starts_on=date(2024, 2, 19),
    )  # fmt: skip
    assert found(engine, new)
    hashed = hash_password(settings, PASSWORD)
    people: dict[str, UUID] = {}
    with own_step(engine, firm_id, "people", Origin()) as tx:
        clients = (
            add_client(tx, f"{name} client one", f"one@client.{mail}", "2 Example Street"),
            add_client(tx, f"{name} client other", f"other@client.{mail}", "3 Example Street"),
        )
        entity = tx.connection.execute(select(legal_entity.c.id)).scalar_one()
        made = Firm(firm_id, entity, clients, people)
        for who, role, of in (
            ("coordinator", Role.coordinator, None),
            ("project_manager", Role.project_manager, None),
            ("controller", Role.controller, None),
            ("administrator", Role.administrator, None),
            ("auditor", Role.auditor, None),
            ("client", Role.client, clients[0]),
            ("other_client", Role.client, clients[1]),
        ):
            people[who] = add_person(
                tx, name=who.replace("_", " ").title(), email=made.address(who), password_hash=hashed,
                roles=(role,), client_id=of,
            )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Settings of this module with a task queue of its own."""
    return settings.with_values(task_queue=f"api-{uuid4().hex}", worker_health_address=free_address())


class WorkerProcess:
    """The real worker, as a process of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is ready."""
        given = self._settings.model_dump(mode="json")
        environment = os.environ | {f"CONTRACTS_{name.upper()}": str(value) for name, value in given.items()}
        self._process = subprocess.Popen([sys.executable, "-m", "workflows.worker"], env=environment)
        until = time.monotonic() + 60
        while not self._ready():
            assert self._process.poll() is None, "the worker ended"
            assert time.monotonic() < until, "the worker is not ready"
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop it in an orderly way."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def _ready(self) -> bool:
        try:
            return httpx.get(f"http://{self._settings.worker_health_address}/health/ready").is_success
        except httpx.TransportError:
            return False


@pytest.fixture(scope="module")
def worker(settings: Settings, temporal: str, smtp: MailServer) -> Iterator[WorkerProcess]:
    """A worker on this module's task queue, not started yet; Temporal and the mail server run."""
    one = WorkerProcess(settings)
    yield one
    one.stop()


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[Settings]:
    """The application behind a real server, and the settings it runs with."""
    with served(settings) as running:
        yield running


@contextmanager
def served(settings: Settings, public_url: str = "") -> Iterator[Settings]:
    """The application with these settings behind a real server, at an address of its own.

    `public_url` is how people reach it through a proxy.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        running = settings.with_values(http_address=address, public_url=public_url or f"http://{address}")
        config = uvicorn.Config(create_app(running), log_level="warning", ws="none", proxy_headers=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                thread.join(0.02)
            yield running
        finally:
            server.should_exit = True
            thread.join(20)


class Browser(httpx.Client):
    """A browser of one person: keeps cookies, sends the session's CSRF token once signed in."""

    def sign_in(self, email: str, password: str = PASSWORD) -> httpx.Response:
        """Sign in; on success the session's token goes along with every further request."""
        answer = self.post("/api/sign-in", json={"email": email, "password": password})
        if answer.status_code == 200:
            self.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        return answer

    def give(self, path: str, body: object = None, key: str | None = None) -> httpx.Response:
        """Give a command, under a new key unless one is given."""
        return self.post(path, json=body or {}, headers={"Idempotency-Key": key or uuid4().hex})

    def done(self, path: str, body: object = None, key: str | None = None) -> dict[str, Any]:
        """Give a command that must be done; its result."""
        answer = self.give(path, body, key)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()["result"]
        return result

    def seen(self, contract: str, entries: list[str]) -> list[dict[str, Any]]:
        """Time entries of a contract with the versions that this person sees."""
        found = self.get(f"{contract}/time", params={"page": 1000}).json()["entries"]
        return [{"id": one["id"], "version": one["version"]} for one in found if one["id"] in entries]

    def upload(
        self, kind: str, contract_id: str | None, data: bytes, name: str = "file.csv", key: str | None = None
    ) -> httpx.Response:
        """Hand over a file."""
        fields = {"kind": kind} | ({"contract_id": contract_id} if contract_id else {})
        headers = {"Idempotency-Key": key or uuid4().hex}
        return self.post("/api/imports", data=fields, files={"file": (name, data)}, headers=headers)

    def settled(self) -> None:
        """Wait until nothing is being worked on."""
        until = time.monotonic() + 40
        while not (calendar := self.get("/api/calendar").json())["quiet"]:
            assert time.monotonic() < until, calendar["open"]
            time.sleep(0.05)


@pytest.fixture
def browser(site: Settings) -> Iterator[Callable[[], Browser]]:
    """Makes browsers, and closes them."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(Browser(base_url=site.public_url, timeout=40))


SignIn = Callable[[Firm, str], Browser]


@pytest.fixture
def signed_in(browser: Callable[[], Browser]) -> SignIn:
    """`signed_in(firm, "coordinator")`: a browser of that person."""

    def opened(of: Firm, who: str) -> Browser:
        one = browser()
        answer = one.sign_in(of.address(who))
        assert answer.status_code == 200, answer.text
        return one

    return opened


@pytest.fixture
def audit(settings: Settings) -> Callable[[UUID], list[str]]:
    """The audit bodies of a firm, as the owner reads them."""

    def read(firm_id: UUID) -> list[str]:
        owner = open_engine(settings.owner_database_url)
        try:
            with owner.connect() as connection:
                rows = connection.execute(
                    text("SELECT body FROM audit_entry WHERE firm_id = :firm ORDER BY seq"), {"firm": firm_id}
                )
                return [row.body for row in rows]
        finally:
            owner.dispose()

    return read

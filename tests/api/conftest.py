"""People of two firms on a real database, and a browser for each of them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID, uuid5

import httpx
import pytest
import uvicorn
from sqlalchemy import Engine, text

from contracts_app.domain.roles import Role
from contracts_app.services.sign_in import add_person, hash_password
from contracts_app.settings import Settings
from contracts_app.store.tables import client, firm, legal_entity
from contracts_app.store.transaction import Origin, firm_transaction, open_engine, own_step
from contracts_app.web.app import create_app

PASSWORD = "a practice password"
SPACE = UUID("8a6f0d5e-54a7-4b4b-9d5c-5f1f0e3f7a11")


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
    firm_id = uuid5(SPACE, name)
    entity, one, other = (uuid5(firm_id, kind) for kind in ("entity", "client one", "client other"))
    with firm_transaction(engine, firm_id) as connection:
        connection.execute(
            firm.insert().values(
                id=firm_id, name=name, kind="practice", time_zone="America/New_York", state="open"
            )
        )
        connection.execute(
            legal_entity.insert().values(
                firm_id=firm_id, id=entity, name=name, currency="USD", time_zone="America/New_York",
                address="1 Example Street", email=f"billing@{firm_id.hex[:8]}.example",
            )
        )  # fmt: skip
        for client_id, client_name in ((one, f"{name} client one"), (other, f"{name} client other")):
            connection.execute(
                client.insert().values(
                    firm_id=firm_id, id=client_id, name=client_name, state="active",
                    email=f"{client_id.hex[:8]}@client.example", address="2 Example Street",
                )
            )  # fmt: skip
    people: dict[str, UUID] = {}
    hashed = hash_password(settings, PASSWORD)
    found = Firm(firm_id, entity, (one, other), people)
    with own_step(engine, firm_id, "people", Origin()) as tx:
        for who, role, of in (
            ("coordinator", Role.coordinator, None),
            ("project_manager", Role.project_manager, None),
            ("controller", Role.controller, None),
            ("administrator", Role.administrator, None),
            ("client", Role.client, one),
            ("other_client", Role.client, other),
        ):
            people[who] = add_person(
                tx, name=who.replace("_", " ").title(), email=found.address(who), password_hash=hashed,
                roles=(role,), client_id=of,
            )  # fmt: skip
    return found


@pytest.fixture(scope="module")
def site(settings: Settings) -> Iterator[Settings]:
    """The application behind a real server, and the settings it runs with."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        running = settings.with_values(http_address=address, public_url=f"http://{address}")
        server = uvicorn.Server(uvicorn.Config(create_app(running), log_level="warning", ws="none"))
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


@pytest.fixture
def browser(site: Settings) -> Iterator[Callable[[], Browser]]:
    """Makes browsers, and closes them."""
    with ExitStack() as opened:
        yield lambda: opened.enter_context(Browser(base_url=site.public_url, timeout=20))


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

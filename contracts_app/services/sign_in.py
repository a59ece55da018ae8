"""Sign-in by e-mail address and password, and the sessions that follow from it.

Whoever asks learns the same for an unknown address and for a wrong password, in words and in time: both are
counted, both verify a hash of the installation's cost. Ten tries in a quarter of an hour, then 429 even for
the right password (CONTROLS S06, S07); and a hundred that failed from one network address, whatever accounts
they were for.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Engine

from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.roles import Role, check_together
from contracts_app.settings import Settings
from contracts_app.store import people, personal
from contracts_app.store import sign_in as store
from contracts_app.store.tables import person_role
from contracts_app.store.transaction import Origin, Transaction, own_step

TRIES = 10
NETWORK_FAILURES = 100
"""From one network address in the same time: an office behind one address signs in, a tried list does not."""
COUNTED_FOR = timedelta(minutes=15)
IDLE = timedelta(hours=8)
LASTS = timedelta(hours=24)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
LONGEST_BROWSER = 200
NO_PASSWORD = ""
"""In place of a hash, until the person has set a password by his link."""
_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,189}\Z")


@dataclass(frozen=True)
class Identity:
    """Who makes a request: the person, the firm, what he may do. Read from the database on each request."""

    firm_id: UUID
    person_id: UUID
    name: str
    roles: frozenset[Role]
    client_id: UUID | None
    csrf_token: str
    signed_in: str

    @property
    def is_client(self) -> bool:
        """Sees only what belongs to his own company."""
        return self.roles <= {Role.client}


@dataclass(frozen=True)
class SignedIn:
    """A new session: the token goes into the browser's cookie and is stored nowhere else."""

    token: str
    identity: Identity


def hash_password(settings: Settings, password: str) -> str:
    """An Argon2id hash of the installation's cost. Raises Refused when it is shorter than 12 or over 200."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise wrong_content(
            "password_length", f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
        )
    return _hasher(settings).hash(password)


@dataclass(frozen=True)
class Source:
    """Where a request comes from: the network address (None: not known), and what browser says it is."""

    network: str | None = None
    browser: str = ""


NOWHERE = Source()


def sign_in(
    engine: Engine,
    settings: Settings,
    email: str,
    password: str,
    old_token: str | None,
    source: Source = NOWHERE,
) -> SignedIn:
    """Open a new session under a new id; the one that the browser held before ends.

    Raises Refused 401 for a wrong address or password, 429 after too many tries. Takes a hash's time: call
    it in a thread.
    """
    address = normal_address(email)
    attempt = check_password(engine, settings, address, password, source)
    if attempt.firm_id is None or attempt.person_id is None:
        raise Refused("wrong_sign_in", "The e-mail address or the password is wrong.", 401)
    token = secrets.token_urlsafe(32)
    store.open_session(
        engine,
        firm_id=attempt.firm_id,
        person_id=attempt.person_id,
        token_hash=token_hash(token),
        old_token_hash=token_hash(old_token) if old_token else None,
        csrf_token=secrets.token_urlsafe(32),
        signed_in="password",
        lasts=LASTS,
        network=source.network,
        browser=source.browser[:LONGEST_BROWSER],
    )
    with own_step(
        engine, attempt.firm_id, f"sign-in:{secrets.token_hex(8)}", Origin(), attempt.person_id
    ) as tx:
        tx.record(
            "sign_in", attempt.person_id, 0, "sign_in", None, None, {}, {"failed_before": attempt.tries - 1}
        )
    identity = identity_of(engine, token)
    if identity is None:
        raise Refused("wrong_sign_in", "The e-mail address or the password is wrong.", 401)
    return SignedIn(token, identity)


def check_password(
    engine: Engine, settings: Settings, address: str, password: str, source: Source
) -> store.Try:
    """Count a try for the address and compare the password. Raises Refused 401 or 429."""
    attempt = store.count_try(engine, address, source.network, NETWORK_FAILURES, COUNTED_FOR)
    if attempt.failures > NETWORK_FAILURES:
        raise Refused(
            "too_many_tries_from_network",
            "Too many tries to sign in from this network: wait a quarter of an hour and try again.",
            429,
        )
    if attempt.tries > TRIES:
        raise Refused(
            "too_many_tries",
            "Too many tries to sign in with this address: wait a quarter of an hour and try again.",
            429,
        )
    known = attempt.password_hash or _nobodys_hash(settings)
    if not _verifies(settings, known, password) or attempt.password_hash is None:
        raise Refused("wrong_sign_in", "The e-mail address or the password is wrong.", 401)
    store.note_right(engine, address, source.network)
    return attempt


def identity_of(engine: Engine, token: str) -> Identity | None:
    """Whose live session this token opens; None for an unknown, idle or expired one."""
    row = store.live_session(engine, token_hash(token), IDLE)
    if row is None:
        return None
    return Identity(
        firm_id=row.firm_id,
        person_id=row.person_id,
        name=row.name,
        roles=frozenset(Role(role) for role in row.roles),
        client_id=row.client_id,
        csrf_token=row.csrf_token,
        signed_in=row.signed_in,
    )


def sign_out(engine: Engine, token: str, identity: Identity) -> None:
    """End this session."""
    store.close_session(engine, token_hash(token))
    with own_step(
        engine, identity.firm_id, f"sign-out:{secrets.token_hex(8)}", Origin(), identity.person_id
    ) as tx:
        tx.record("sign_in", identity.person_id, 0, "sign_out", None, None, {}, {})


def add_person(
    tx: Transaction,
    *,
    name: str,
    email: str,
    password_hash: str,
    roles: tuple[Role, ...],
    client_id: UUID | None = None,
) -> UUID:
    """Add a person who may sign in. A person of a client has the role `client` alone, and only he has it.

    Raises Refused for an address that is not one, or that somebody has already.
    """
    address = normal_address(email)
    if not _ADDRESS.match(address):
        raise wrong_content("not_an_address", "This is not an e-mail address.")
    check_together(roles, client_id is not None)
    person_id = tx.new_id("person", address)
    if not people.add(
        tx, id=person_id, name=name, email=address, password_hash=password_hash, client_id=client_id
    ):
        raise wrong_content("address_taken", "This e-mail address cannot be used.")
    personal.make_salts(tx.connection, tx.firm_id, person_id)
    for role in sorted(set(roles)):
        tx.insert(person_role, person_id=person_id, role=role.value)
    shown = {"name": name, "email": address, "roles": sorted(set(roles)), "client_id": client_id}
    tx.record("person", person_id, 1, "add_person", None, None, {}, shown)
    return person_id


def normal_address(email: str) -> str:
    """The address as it is stored and looked up (PostgreSQL's text knows no NUL)."""
    return email.replace("\0", "").strip().lower()


def token_hash(token: str) -> bytes:
    """A token as it is stored: who reads the database cannot use it."""
    return hashlib.sha256(token.encode()).digest()


def _hasher(settings: Settings) -> PasswordHasher:
    return PasswordHasher(
        time_cost=settings.password_time_cost, memory_cost=settings.password_memory_kib, parallelism=1
    )


def _verifies(settings: Settings, password_hash: str, password: str) -> bool:
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return _hasher(settings).verify(password_hash, password)
    except VerificationError:
        return False


@lru_cache(maxsize=4)
def _nobodys_hash(settings: Settings) -> str:
    return _hasher(settings).hash(secrets.token_urlsafe(32))

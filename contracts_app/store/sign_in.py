"""Sign-in and sessions in SQL: each call is one database function, which alone may look across firms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, Engine, text


@dataclass(frozen=True)
class Try:
    """A counted try: how many in this window, and whose address it is (None: nobody's).

    `failures` are those from the same network address, whoever's account they were for.
    """

    tries: int
    failures: int
    firm_id: UUID | None
    person_id: UUID | None
    password_hash: str | None


@dataclass(frozen=True)
class SessionRow:
    """A live session and its person as they are now."""

    firm_id: UUID
    person_id: UUID
    name: str
    client_id: UUID | None
    csrf_token: str
    signed_in: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class OpenSession:
    """A session as its person sees it. `name` names it to end it; it opens nothing."""

    name: str
    token_hash: bytes
    signed_in: str
    network: str | None
    browser: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def count_try(
    engine: Engine, email: str, network: str | None, network_limit: int, counted_for: timedelta
) -> Try:
    """Count one more try for `email` and look it up; committed before any password is compared.

    A try from a network above its limit is not counted for the account, and finds nobody.
    """
    with engine.begin() as connection:
        row = connection.execute(
            text("SELECT * FROM sign_in_try(:email, :network, :limit, :counted_for)"),
            {"email": email, "network": network, "limit": network_limit, "counted_for": counted_for},
        ).one()
    return Try(row.tries, row.failures, row.firm_id, row.person_id, row.password_hash)


def note_right(engine: Engine, email: str, network: str | None) -> None:
    """The password was right: forget the account's tries, and take this one off the network's failures."""
    with engine.begin() as connection:
        connection.execute(
            text("SELECT sign_in_right(:email, :network)"), {"email": email, "network": network}
        )


def open_session(
    engine: Engine,
    *,
    firm_id: UUID,
    person_id: UUID,
    token_hash: bytes,
    old_token_hash: bytes | None,
    csrf_token: str,
    signed_in: str,
    lasts: timedelta,
    network: str | None,
    browser: str,
) -> None:
    """Store a new session and delete the browser's old one."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT session_open(:firm, :person, :token, :old, :csrf, :way, :lasts, :network, :browser)"
            ),
            {
                "firm": firm_id,
                "person": person_id,
                "token": token_hash,
                "old": old_token_hash,
                "csrf": csrf_token,
                "way": signed_in,
                "lasts": lasts,
                "network": network,
                "browser": browser,
            },
        )


def sessions_of(connection: Connection, person_id: UUID, idle: timedelta) -> Sequence[OpenSession]:
    """The live sessions of a person of the connection's firm, last used first."""
    rows = connection.execute(
        text("SELECT * FROM person_sessions(:person, :idle)"), {"person": person_id, "idle": idle}
    )
    return [
        OpenSession(
            name=row.name,
            token_hash=bytes(row.token_hash),
            signed_in=row.signed_in,
            network=row.network,
            browser=row.browser,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
        )
        for row in rows
    ]


def end_sessions(
    connection: Connection, person_id: UUID, *, named: str | None = None, keep: bytes | None = None
) -> int:
    """End sessions of a person of the connection's firm: the `named` one, or all but the one to `keep`."""
    ended: int = connection.execute(
        text("SELECT sessions_end(:person, :named, :keep)"),
        {"person": person_id, "named": named, "keep": keep},
    ).scalar_one()
    return ended


def live_session(engine: Engine, token_hash: bytes, idle: timedelta) -> SessionRow | None:
    """The session with this token, if it is neither idle for `idle` nor expired and its person is active."""
    with engine.begin() as connection:
        row = connection.execute(
            text("SELECT * FROM session_person(:token, :idle)"), {"token": token_hash, "idle": idle}
        ).first()
    if row is None:
        return None
    return SessionRow(
        firm_id=row.firm_id,
        person_id=row.person_id,
        name=row.name,
        client_id=row.client_id,
        csrf_token=row.csrf_token,
        signed_in=row.signed_in,
        roles=tuple(row.roles),
    )


def close_session(engine: Engine, token_hash: bytes) -> None:
    """End a session; nothing happens when there is none."""
    with engine.begin() as connection:
        connection.execute(text("SELECT session_close(:token)"), {"token": token_hash})

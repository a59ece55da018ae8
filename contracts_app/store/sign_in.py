"""Sign-in and sessions in SQL: each call is one database function, which alone may look across firms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine, text


@dataclass(frozen=True)
class Try:
    """A counted try: how many in this window, and whose address it is (None: nobody's)."""

    tries: int
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


def count_try(engine: Engine, email: str, counted_for: timedelta) -> Try:
    """Count one more try for `email` and look it up; committed before any password is compared."""
    with engine.begin() as connection:
        row = connection.execute(
            text("SELECT * FROM sign_in_try(:email, :counted_for)"),
            {"email": email, "counted_for": counted_for},
        ).one()
    return Try(row.tries, row.firm_id, row.person_id, row.password_hash)


def open_session(
    engine: Engine,
    *,
    email: str,
    firm_id: UUID,
    person_id: UUID,
    token_hash: bytes,
    old_token_hash: bytes | None,
    csrf_token: str,
    signed_in: str,
    lasts: timedelta,
) -> None:
    """Store a new session, delete the browser's old one, and forget the failed tries."""
    with engine.begin() as connection:
        connection.execute(
            text("SELECT session_open(:email, :firm, :person, :token, :old, :csrf, :way, :lasts)"),
            {
                "email": email,
                "firm": firm_id,
                "person": person_id,
                "token": token_hash,
                "old": old_token_hash,
                "csrf": csrf_token,
                "way": signed_in,
                "lasts": lasts,
            },
        )


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

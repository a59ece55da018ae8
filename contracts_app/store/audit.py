"""Append-only audit: canonical JSON, hash-chained per firm, written in the transaction of the change.

The chain head is one row per firm, locked by the SECURITY DEFINER function `audit_append` as the last act
of a transaction; the application's role may execute it and read, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from contracts_app.domain import canonical
from contracts_app.store import contents


@dataclass(frozen=True)
class Entry:
    """One change of one record, or one refusal."""

    kind: str
    id: str
    version: int
    action: str
    from_state: str | None
    to_state: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


def described(entry: Entry) -> dict[str, Any]:
    """The entry as the fields of an audit body."""
    return asdict(entry)


def hands(connection: Connection, firm_id: UUID, record_id: UUID) -> frozenset[UUID]:
    """Everybody who did something to a record; not the system, nor who was refused."""
    return frozenset(
        connection.execute(
            text(
                "SELECT DISTINCT CAST(body::jsonb ->> 'by' AS uuid) FROM audit_entry"
                " WHERE firm_id = :firm AND about = :id AND body::jsonb ->> 'by' IS NOT NULL"
                " AND doing = 'done'"
            ),
            {"firm": firm_id, "id": str(record_id)},
        ).scalars()
    )


@dataclass(frozen=True)
class Head:
    """Where a chain stands: number and hash of its last entry."""

    seq: int
    hash: bytes


@dataclass(frozen=True)
class Link:
    """An entry as it is kept; `at_us` in microseconds since 1970."""

    seq: int
    at_us: int
    body: str
    hash: bytes | None


def head(connection: Connection, firm_id: UUID) -> Head:
    """The head of the firm's chain; before its first entry zero."""
    row = connection.execute(
        text("SELECT seq, hash FROM audit_head WHERE firm_id = :firm"), {"firm": firm_id}
    ).first()
    return Head(0, bytes(32)) if row is None else Head(row.seq, bytes(row.hash))


def entries(connection: Connection, firm_id: UUID) -> Iterator[Link]:
    """Every entry in its order, some thousand at a time."""
    found = connection.execution_options(yield_per=5_000).execute(
        text(
            "SELECT seq, (extract(epoch FROM at) * 1000000)::bigint AS at_us, body, hash FROM audit_entry"
            " WHERE firm_id = :firm ORDER BY seq"
        ),
        {"firm": firm_id},
    )
    for row in found:
        yield Link(row.seq, row.at_us, row.body, None if row.hash is None else bytes(row.hash))


def append(connection: Connection, firm_id: UUID, bodies: Sequence[Mapping[str, object]]) -> None:
    """Append entries to the firm's chain, in their order; the last says what the transaction has written."""
    if not bodies:
        return
    if written := contents.taken(connection, firm_id):
        bodies = [*bodies[:-1], {**bodies[-1], "contents": contents.told(written)}]
    connection.execute(
        text("SELECT audit_append(:firm, :body)"),
        [{"firm": firm_id, "body": canonical.text(body)} for body in bodies],
    )

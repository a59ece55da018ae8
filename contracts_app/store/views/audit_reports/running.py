"""Running a report's query, and what stands beside every report: where the audit log stood, and names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Date, DateTime, Text, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from contracts_app.domain.reports.audit_report import Asked, Query
from contracts_app.store.tables import client, contract, firm

_TYPES: Mapping[str, TypeEngine[Any]] = {
    "firm": Uuid(),
    "from_on": Date(),
    "to_on": Date(),
    "as_of": DateTime(timezone=True),
    "contract": Uuid(),
    "client": Uuid(),
    "actions": ARRAY(Text()),
    "given": JSONB(),
}
_NAMED = re.compile(r"(?<!:):([a-z_]+)")
_ROWS_AT_ONCE = 2_000


@dataclass(frozen=True)
class Stand:
    """The last entry of the audit log that a report could look at."""

    seq: int
    hash: str
    at: datetime | None


def plan_for_all_rows(connection: Connection) -> None:
    """Queries that follow are read to their end: the database shall not plan for their first rows."""
    connection.execute(text("SET LOCAL cursor_tuple_fraction = 1"))


def rows(connection: Connection, firm_id: UUID, query: Query, asked: Asked) -> Iterator[Mapping[str, Any]]:
    """The rows of a query, some thousand at a time."""
    given = {
        "firm": firm_id,
        "from_on": asked.from_on,
        "to_on": asked.to_on,
        "as_of": asked.as_of,
        "contract": asked.contract_id,
        "client": asked.client_id,
        "actions": list(query.actions),
        "given": list(query.given),
    }
    used = set(_NAMED.findall(query.sql))
    statement = text(query.sql).bindparams(*(bindparam(name, type_=_TYPES[name]) for name in used))
    found = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
        statement, {name: given[name] for name in used}
    )
    for row in found.mappings():
        yield {str(name): value for name, value in row.items()}


def stand(connection: Connection, firm_id: UUID, as_of: datetime) -> Stand:
    """Where the firm's log stood at an instant of the clock."""
    row = connection.execute(
        text(
            "SELECT seq, encode(hash, 'hex') AS hash, at FROM audit_entry WHERE firm_id = :firm"
            " AND at <= :as_of ORDER BY seq DESC LIMIT 1"
        ),
        {"firm": firm_id, "as_of": as_of},
    ).first()
    return Stand(0, "", None) if row is None else Stand(row.seq, row.hash, row.at)


def clock(connection: Connection) -> datetime:
    """The instant of the database's clock."""
    found: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return found


def end_of(connection: Connection, firm_id: UUID, day: date) -> datetime:
    """The last instant of a day in the firm's zone, by the clock."""
    found: datetime = connection.execute(
        text(
            "SELECT (CAST(:day AS date) + 1)::timestamp AT TIME ZONE time_zone - interval '1 microsecond'"
            " FROM firm WHERE id = :firm"
        ),
        {"day": day, "firm": firm_id},
    ).scalar_one()
    return found


def contract_of(connection: Connection, firm_id: UUID, number: str) -> UUID | None:
    """The contract of this number."""
    return connection.execute(
        select(contract.c.id).where(contract.c.firm_id == firm_id, contract.c.number == number)
    ).scalar()


def client_of(connection: Connection, firm_id: UUID, name: str) -> UUID | None:
    """The client of this name."""
    return connection.execute(
        select(client.c.id).where(client.c.firm_id == firm_id, client.c.name == name)
    ).scalar()


def name_of_firm(connection: Connection, firm_id: UUID) -> str:
    """What the firm is called."""
    found: str = connection.execute(select(firm.c.name).where(firm.c.id == firm_id)).scalar_one()
    return found

"""Many rows in one statement: sent one by one, they take longer to send than to store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Connection as Session
from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql

COPIED_FROM = 500
"""From so many rows on, COPY is quicker than one statement with the rows as JSON."""
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]

_PLAIN = frozenset({UUID, int, bool, date, Decimal})
"""Types whose text PostgreSQL reads, looked up faster than it can be told that they are no mapping."""


class Json(str):
    """JSON that is written already: it travels as it stands."""

    __slots__ = ()


_TEXTS = frozenset({str, Json, type(None)})
"""Types of what travels as it is."""


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; the others take their defaults.

    Amounts, dates and ids travel as text, which PostgreSQL reads by the types of the table's columns.
    """
    if not rows:
        return
    columns = tuple(rows[0])
    names = ", ".join(table.c[name].name for name in columns)
    if len(rows) >= COPIED_FROM and _may_copy(connection):
        _copy(connection, table, names, ([_as_text(value) for value in row.values()] for row in rows), {})
        return
    connection.execute(
        text(
            f"INSERT INTO {table.name} ({names}) SELECT {names}"  # noqa: S608  (names of our own table)
            f" FROM json_populate_recordset(NULL::{table.name}, CAST(:rows AS json))"
        ),
        {"rows": json.dumps([_unfolded(row) for row in rows], default=str)},
    )


def insert_columns(
    connection: Connection, table: Table, same: Mapping[str, Any], columns: Mapping[str, Sequence[Any]]
) -> None:
    """Insert rows that come column by column; `same` says what is the same in all of them."""
    count = len(next(iter(columns.values())))
    if count >= COPIED_FROM and _may_copy(connection):
        names = ", ".join(table.c[name].name for name in columns)
        told = [
            [value if type(value) in _TEXTS else _as_text(value) for value in values]
            for values in columns.values()
        ]
        _copy(connection, table, names, zip(*told, strict=True), same)
        return
    rows = zip(*columns.values(), strict=True)
    insert_rows(connection, table, [{**same, **dict(zip(columns, row, strict=True))} for row in rows])


def _unfolded(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row with its JSON as values, to be written as part of the row's."""
    return {name: json.loads(value) if isinstance(value, Json) else value for name, value in row.items()}


def _may_copy(connection: Connection) -> bool:
    """Whether the role may make temporary tables: a database that somebody else set up may not let it."""
    return bool(
        connection.execute(text("SELECT has_database_privilege(current_database(), 'TEMP')")).scalar_one()
    )


def _copy(
    connection: Connection,
    table: Table,
    names: str,
    rows: Iterable[Sequence[str | None]],
    same: Mapping[str, Any],
) -> None:
    """By COPY into a temporary table: PostgreSQL copies into no table with row-level security."""
    session = connection.connection.driver_connection
    assert isinstance(session, Session)
    incoming = f"incoming_{table.name}"
    with session.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {incoming} ON COMMIT DROP"  # noqa: S608  (names of our own table)
            f" AS SELECT {names} FROM {table.name} WITH NO DATA"
        )
        with cursor.copy(f"COPY {incoming} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        into = ", ".join([names, *(table.c[name].name for name in same)])
        typed = ", ".join([names, *(f"CAST(%s AS {table.c[name].type.compile(_DIALECT)})" for name in same)])
        cursor.execute(
            f"INSERT INTO {table.name} ({into}) SELECT {typed} FROM {incoming}",  # noqa: S608
            [_as_text(value) for value in same.values()],
        )
        cursor.execute(f"DROP TABLE {incoming}")


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if type(value) in _PLAIN:
        return str(value)
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, default=str)
    return str(value)

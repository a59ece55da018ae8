"""Many rows in one statement: sent one by one, they take longer to send than to store."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, text


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; the others take their defaults.

    Amounts, dates and ids travel as text, which PostgreSQL reads by the types of the table's columns.
    """
    if not rows:
        return
    names = ", ".join(table.c[name].name for name in rows[0])
    connection.execute(
        text(
            f"INSERT INTO {table.name} ({names}) SELECT {names}"  # noqa: S608  (names of our own table)
            f" FROM json_populate_recordset(NULL::{table.name}, CAST(:rows AS json))"
        ),
        {"rows": json.dumps(rows, default=str)},
    )

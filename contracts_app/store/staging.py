"""Rows of a file that was read, from its reading until they are posted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from uuid import UUID

from sqlalchemy import ARRAY, Connection, Text, cast, delete, func, select

from contracts_app.store.inserting import Json, insert_columns
from contracts_app.store.tables import imported_row, staged_row

_AT_ONCE = 5_000
"""Rows that are in memory as JSON at a time."""


def stage(connection: Connection, firm_id: UUID, import_id: UUID, entries: Iterable[str]) -> None:
    """Keep the new rows of a file, as JSON and in their order; what was kept of it before goes."""
    remove(connection, firm_id, import_id)
    of_import = {"firm_id": firm_id, "import_id": import_id}
    position = 0
    coming = map(Json, entries)
    while rows := list(islice(coming, _AT_ONCE)):
        after = position + len(rows)
        insert_columns(connection, staged_row, of_import, {"position": range(position, after), "entry": rows})
        position = after


def count(connection: Connection, firm_id: UUID, import_id: UUID) -> int:
    """How many rows wait to be posted."""
    waiting: int = connection.execute(
        select(func.count()).where(staged_row.c.firm_id == firm_id, staged_row.c.import_id == import_id)
    ).scalar_one()
    return waiting


def take(
    connection: Connection, firm_id: UUID, import_id: UUID, most: int | None = None
) -> tuple[Sequence[str], Sequence[str]]:
    """The next rows in the order of the file, `most` of them, as JSON without the cells that they were read
    from, and the whole source of each apart; they are staged no more."""
    of_import = (staged_row.c.firm_id == firm_id, staged_row.c.import_id == import_id)
    entry = staged_row.c.entry
    next_rows = select(
        staged_row.c.position,
        cast(entry.op("#-")(cast(["source", "cells"], ARRAY(Text))), Text),
        cast(entry["source"], Text),
    ).where(*of_import)
    if most is not None:
        # Numbered without a gap, from the front: a limit alone has the database write out all that wait.
        first = connection.execute(select(func.min(staged_row.c.position)).where(*of_import)).scalar_one()
        if first is None:
            return (), ()
        next_rows = next_rows.where(staged_row.c.position < first + most)
    rows = connection.execute(next_rows.order_by(staged_row.c.position)).all()
    if rows:
        remove(connection, firm_id, import_id, rows[-1][0])
    return [row[1] for row in rows], [row[2] for row in rows]


def remove(connection: Connection, firm_id: UUID, import_id: UUID, upto: int | None = None) -> None:
    """Forget rows, all or those up to a position."""
    gone = delete(staged_row).where(staged_row.c.firm_id == firm_id, staged_row.c.import_id == import_id)
    connection.execute(gone if upto is None else gone.where(staged_row.c.position <= upto))


def identities(connection: Connection, firm_id: UUID, contract_id: UUID, kind: str) -> int:
    """How many rows of this kind the contract has from files."""
    known: int = connection.execute(
        select(func.count()).where(
            imported_row.c.firm_id == firm_id,
            imported_row.c.contract_id == contract_id,
            imported_row.c.kind == kind,
        )
    ).scalar_one()
    return known

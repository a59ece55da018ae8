"""Rows of a file that a person can mend, and the cells that were mended."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from contracts_app.store.inserting import insert_rows
from contracts_app.store.tables import mended_cell, person, row_to_mend


@dataclass(frozen=True)
class MendedCell:
    """A cell of a file, what the file says in it, and what it is read as."""

    sheet: str
    row: int
    column: str
    was: str
    became: str


def keep_rows(
    connection: Connection, firm_id: UUID, import_id: UUID, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Keep the rows (sheet, row, cells, problems) that the last reading found to be mended, in their order;
    those of the reading before go."""
    forget_rows(connection, firm_id, import_id)
    insert_rows(
        connection,
        row_to_mend,
        [
            {
                "firm_id": firm_id,
                "import_id": import_id,
                "position": position,
                "sheet": one["sheet"],
                "row_number": one["row"],
                "cells": one["cells"],
                "problems": one["problems"],
                "said": one["said"],
            }
            for position, one in enumerate(rows)
        ],
    )


def forget_rows(connection: Connection, firm_id: UUID, import_id: UUID) -> None:
    """No row can be mended any more."""
    connection.execute(delete(row_to_mend).where(*_of(row_to_mend, firm_id, import_id)))


def of_import(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[MendedCell]:
    """The mended cells of a file."""
    rows = connection.execute(
        select(mended_cell)
        .where(*_of(mended_cell, firm_id, import_id))
        .order_by(mended_cell.c.sheet, mended_cell.c.row_number, mended_cell.c.letters)
    )
    return [MendedCell(row.sheet, row.row_number, row.letters, row.was, row.became) for row in rows]


def authors(
    connection: Connection, firm_id: UUID, import_ids: Sequence[UUID]
) -> Mapping[tuple[str, int, str], tuple[UUID, str]]:
    """Sheet, row and column of the mended cells of these imports → who mended each: id and name.

    Of a cell mended in several of them the last one's counts.
    """
    rows = connection.execute(
        select(mended_cell, person.c.name)
        .join(person, (person.c.firm_id == mended_cell.c.firm_id) & (person.c.id == mended_cell.c.mended_by))
        .where(mended_cell.c.firm_id == firm_id, mended_cell.c.import_id.in_(list(import_ids)))
        .order_by(func.array_position(list(import_ids), mended_cell.c.import_id))
    )
    return {(row.sheet, row.row_number, row.letters): (row.mended_by, row.name) for row in rows}


def refused_rows(connection: Connection, firm_id: UUID, import_id: UUID) -> frozenset[tuple[str, int]]:
    """Sheet and row of those with something wrong."""
    rows = connection.execute(
        select(row_to_mend.c.sheet, row_to_mend.c.row_number).where(
            *_of(row_to_mend, firm_id, import_id), func.jsonb_array_length(row_to_mend.c.problems) > 0
        )
    )
    return frozenset((row.sheet, row.row_number) for row in rows)


@dataclass(frozen=True)
class RowRead:
    """The cells of a row as the last reading saw them, and what the file itself says in those mended then."""

    cells: Mapping[str, str]
    said: Mapping[str, str]

    def of_file(self, column: str) -> str:
        """What the file says in a cell; nothing for an empty one."""
        return self.said[column] if column in self.said else self.cells.get(column, "")


def rows_at(
    connection: Connection, firm_id: UUID, import_id: UUID, places: Collection[tuple[str, int]]
) -> Mapping[tuple[str, int], RowRead]:
    """Sheet and row → what was read there, of rows that can be mended."""
    at = tuple_(row_to_mend.c.sheet, row_to_mend.c.row_number)
    rows = connection.execute(
        select(row_to_mend.c.sheet, row_to_mend.c.row_number, row_to_mend.c.cells, row_to_mend.c.said).where(
            *_of(row_to_mend, firm_id, import_id), at.in_(list(places))
        )
    )
    return {(row.sheet, row.row_number): RowRead(row.cells, row.said) for row in rows}


def with_problem(
    connection: Connection, firm_id: UUID, import_id: UUID, code: str, column: str | None, found: str | None
) -> Sequence[tuple[str, int, RowRead, Sequence[Mapping[str, Any]]]]:
    """Sheet, row, what was read and problems of all rows with such a problem, in the order of the file."""
    rows = connection.execute(
        select(row_to_mend)
        .where(*_of(row_to_mend, firm_id, import_id), having(code, column, found))
        .order_by(row_to_mend.c.position)
    )
    return [(row.sheet, row.row_number, RowRead(row.cells, row.said), row.problems) for row in rows]


def having(code: str, column: str | None = None, found: str | None = None) -> ColumnElement[bool]:
    """Whether a row has a problem of this code, in this column, with this text found."""
    wanted = {"code": code, "column": column, "found": found}
    said = {name: value for name, value in wanted.items() if value is not None}
    return row_to_mend.c.problems.contains([said])


def save(
    connection: Connection, firm_id: UUID, import_id: UUID, by: UUID, mends: Sequence[MendedCell]
) -> None:
    """Remember what cells mean; those that mean what they say are mended no more."""
    of_file = {"firm_id": firm_id, "import_id": import_id}
    gone = [(one.sheet, one.row, one.column) for one in mends if one.became == one.was]
    if gone:
        at = tuple_(mended_cell.c.sheet, mended_cell.c.row_number, mended_cell.c.letters)
        connection.execute(delete(mended_cell).where(*_of(mended_cell, firm_id, import_id), at.in_(gone)))
    kept = [
        {
            **of_file,
            "sheet": one.sheet,
            "row_number": one.row,
            "letters": one.column,
            "was": one.was,
            "became": one.became,
            "mended_by": by,
        }
        for one in mends
        if one.became != one.was
    ]
    for start in range(0, len(kept), 1_000):
        statement = upsert(mended_cell).values(kept[start : start + 1_000])
        connection.execute(
            statement.on_conflict_do_update(
                constraint=mended_cell.primary_key,
                set_={
                    "was": statement.excluded.was,
                    "became": statement.excluded.became,
                    "mended_by": by,
                    "mended_at": func.clock_timestamp(),
                },
            )
        )


def _of(table: Any, firm_id: UUID, import_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (table.c.firm_id == firm_id, table.c.import_id == import_id)

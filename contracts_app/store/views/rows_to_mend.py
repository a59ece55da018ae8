"""What can be mended of a file: rows a page at a time, the problems by kind, and the cells mended so far."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, func, select, text, tuple_

from contracts_app.store.mends import RowRead, having
from contracts_app.store.tables import mended_cell, person, row_to_mend


@dataclass(frozen=True)
class Group:
    """Rows with the same thing wrong: the problem's code, its column (letters) and how many rows they are."""

    code: str
    column: str | None
    expected: str
    mend: str
    rows: int


@dataclass(frozen=True)
class RowShown:
    """A row: column letters → what is read there, and what is wrong, each with code, column and sentences."""

    sheet: str
    row: int
    cells: Mapping[str, str]
    problems: Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class MendShown:
    """A mended cell: what the file says, what it is read as, who said so and when."""

    sheet: str
    row: int
    column: str
    was: str
    became: str
    by: str
    at: datetime


def groups(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[Group]:
    """The problems by code and column, the most frequent first."""
    rows = connection.execute(
        text(
            "SELECT one ->> 'code' AS code, one ->> 'column' AS letters, min(one ->> 'expected') AS expected,"
            " min(one ->> 'mend') AS mend, count(DISTINCT position) AS found"
            " FROM row_to_mend, jsonb_array_elements(problems) AS one"
            " WHERE firm_id = :firm AND import_id = :import"
            " GROUP BY 1, 2 ORDER BY found DESC, 1, 2"
        ),
        {"firm": firm_id, "import": import_id},
    )
    return [Group(row.code, row.letters, row.expected, row.mend, row.found) for row in rows]


def rows(
    connection: Connection,
    firm_id: UUID,
    import_id: UUID,
    code: str | None,
    column: str | None,
    start: int,
    page: int,
) -> tuple[Sequence[RowShown], int]:
    """Rows with something wrong, of one kind or any, in the order of the file; and how many they are."""
    wanted = [row_to_mend.c.firm_id == firm_id, row_to_mend.c.import_id == import_id]
    wanted.append(having(code, column) if code else func.jsonb_array_length(row_to_mend.c.problems) > 0)
    count: int = connection.execute(select(func.count()).where(*wanted)).scalar_one()
    found = connection.execute(
        select(row_to_mend).where(*wanted).order_by(row_to_mend.c.position).offset(start).limit(page)
    )
    return _shown(connection, firm_id, import_id, found.all()), count


def rows_named(
    connection: Connection, firm_id: UUID, import_id: UUID, places: Collection[tuple[str, int]]
) -> Sequence[RowShown]:
    """The rows of these sheets and numbers that can be mended, in the order of the file."""
    at = tuple_(row_to_mend.c.sheet, row_to_mend.c.row_number)
    found = connection.execute(
        select(row_to_mend)
        .where(row_to_mend.c.firm_id == firm_id, row_to_mend.c.import_id == import_id, at.in_(list(places)))
        .order_by(row_to_mend.c.position)
    )
    return _shown(connection, firm_id, import_id, found.all())


def _shown(
    connection: Connection, firm_id: UUID, import_id: UUID, rows: Sequence[Row[Any]]
) -> Sequence[RowShown]:
    """The rows with what was mended since they were read; mends of what the file no longer says stay out."""
    at = tuple_(mended_cell.c.sheet, mended_cell.c.row_number)
    mends = connection.execute(
        select(mended_cell).where(
            mended_cell.c.firm_id == firm_id,
            mended_cell.c.import_id == import_id,
            at.in_([(row.sheet, row.row_number) for row in rows]),
        )
    )
    since: dict[tuple[str, int], list[Row[Any]]] = {}
    for one in mends:
        since.setdefault((one.sheet, one.row_number), []).append(one)
    shown = []
    for row in rows:
        read = RowRead(row.cells, row.said)
        meant = {
            one.letters: one.became
            for one in since.get((row.sheet, row.row_number), ())
            if read.of_file(one.letters) == one.was
        }
        shown.append(RowShown(row.sheet, row.row_number, {**row.cells, **meant}, row.problems))
    return shown


def mended(connection: Connection, firm_id: UUID, import_id: UUID, most: int) -> Sequence[MendShown]:
    """Cells mended, the last first."""
    found = connection.execute(
        select(mended_cell, person.c.name)
        .join(person, (person.c.firm_id == mended_cell.c.firm_id) & (person.c.id == mended_cell.c.mended_by))
        .where(mended_cell.c.firm_id == firm_id, mended_cell.c.import_id == import_id)
        .order_by(mended_cell.c.mended_at.desc(), mended_cell.c.sheet, mended_cell.c.row_number)
        .limit(most)
    )
    return [
        MendShown(one.sheet, one.row_number, one.letters, one.was, one.became, one.name, one.mended_at)
        for one in found
    ]


def values(
    connection: Connection, firm_id: UUID, import_id: UUID, code: str, column: str | None, most: int
) -> Sequence[tuple[str, int]]:
    """What was found where this problem is, and in how many rows, the most frequent first."""
    rows = connection.execute(
        text(
            "SELECT one ->> 'found' AS said, count(DISTINCT position) AS number"
            " FROM row_to_mend, jsonb_array_elements(problems) AS one"
            " WHERE firm_id = :firm AND import_id = :import AND one ->> 'code' = :code"
            " AND (CAST(:column AS text) IS NULL OR one ->> 'column' = :column)"
            " GROUP BY 1 ORDER BY number DESC, 1 LIMIT :most"
        ),
        {"firm": firm_id, "import": import_id, "code": code, "column": column, "most": most},
    )
    return [(row.said, row.number) for row in rows]

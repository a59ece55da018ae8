"""The rows of a file that a person can mend: those with something wrong of their own, and those mended
already, as they are read, under the headers of their sheet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from importers.columns import HEADER_WITHIN
from importers.preview import TakenColumn
from importers.problems import Problem, Severity
from importers.reading import Reading
from importers.sheets import Sheet, column_letter

ROWS = 20_000
"""More rows of one file come once these are mended."""
CHARACTERS = 20_000_000
"""Of all cells of these rows together."""
COLUMNS = 100
"""Cells of a row, from the left."""
_WRONG = frozenset({Severity.blocks_row, Severity.asks_decision})


class Wrong(BaseModel):
    """One thing wrong with a row: in which column, if in one, and how to mend it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    column: str | None
    found: str
    expected: str
    mend: str


class RowToMend(BaseModel):
    """A row: column letters → what is read there, and what is wrong. Nothing is wrong with one that was
    mended well."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sheet: str
    row: int
    cells: Mapping[str, str]
    problems: tuple[Wrong, ...]
    said: Mapping[str, str] = {}
    """Column letters → what the file itself says, of the cells that are read as they were mended."""


class ToMend(BaseModel):
    """All such rows in the order of the file; `headers` has letter and text of each sheet's columns."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    headers: Mapping[str, tuple[tuple[str, str], ...]] = {}
    rows: tuple[RowToMend, ...] = ()
    left_out: int = 0
    """Rows beyond what is kept at once."""


def to_mend(
    reading: Reading, problems: Sequence[Problem], open_keys: Collection[str], taken: Sequence[TakenColumn]
) -> ToMend:
    """The rows that the problems name, or that were mended. Questions count while they are open."""
    wrong: dict[str, dict[int, list[Wrong]]] = {}
    left_out = 0
    for problem in problems:
        if problem.severity is Severity.blocks_row and problem.sheet is None and problem.rows > 1:
            left_out += problem.rows  # rows that are not told one by one
        if problem.severity not in _WRONG or problem.sheet is None or problem.row is None:
            continue
        if problem.decision is not None and problem.decision not in open_keys:
            continue
        wrong.setdefault(problem.sheet, {}).setdefault(problem.row, []).append(
            Wrong(
                code=problem.code,
                column=problem.column,
                found=problem.found,
                expected=problem.expected,
                mend=problem.mend,
            )
        )
    mended: dict[tuple[str, int], dict[str, str]] = {}
    for name, places in reading.mended.items():
        for place, was in places.items():
            letters = place.rstrip("0123456789")
            number = int(place.removeprefix(letters))
            mended.setdefault((name, number), {})[letters] = was
            wrong.setdefault(name, {}).setdefault(number, [])
    headers: dict[str, tuple[tuple[str, str], ...]] = {}
    rows: list[RowToMend] = []
    left = CHARACTERS
    for sheet in reading.sheets:
        of_sheet = wrong.get(sheet.name)
        if not of_sheet:
            continue
        headers[sheet.name] = _headers(sheet, taken)
        found = 0
        for row in sheet.rows:
            if row.number not in of_sheet:
                continue
            found += 1
            cells = {
                cell.letter: cell.raw
                for cell in row.cells
                if cell.column < COLUMNS and _can_be_kept(cell.raw)
            }
            left -= sum(map(len, cells.values()))
            if len(rows) < ROWS and left >= 0:
                problems_of_row = tuple(of_sheet[row.number])
                rows.append(
                    RowToMend(
                        sheet=sheet.name,
                        row=row.number,
                        cells=cells,
                        problems=problems_of_row,
                        said=mended.get((sheet.name, row.number), {}),
                    )
                )
            else:
                left_out += 1
            if found == len(of_sheet):
                break
    return ToMend(headers=headers, rows=tuple(rows), left_out=left_out)


def _headers(sheet: Sheet, taken: Sequence[TakenColumn]) -> tuple[tuple[str, str], ...]:
    """Letter and text of each column: of the row near the top with most of the headers taken."""
    wanted = {one.column: one.header for one in taken if one.column}
    best: Mapping[str, str] = {}
    most = 0
    for row in sheet.rows[:HEADER_WITHIN]:
        said = {cell.letter: cell.raw.strip() for cell in row.cells}
        known = sum(said.get(letter or "") == header for letter, header in wanted.items())
        if known > most:
            best, most = said, known
    width = 0
    for row in sheet.rows[: 5 * HEADER_WITHIN]:
        width = max(width, row.cells[-1].column + 1 if row.cells else 0)
    letters = [column_letter(index) for index in range(min(width, COLUMNS))]
    return tuple((letter, best.get(letter, "")) for letter in letters)


def _can_be_kept(text: str) -> bool:
    """Whether a database takes the text: no zero character, no half of a pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)

"""Cells of a file that a person mended: the file is read as if it said so, and nobody forgets what it says.

A mend names a cell, what the file says there and what is meant. It holds only as long as the cell says what
it said: when another encoding, delimiter or sheet is chosen, cells may move, and a mend is then left out and
named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import overload

from importers.problems import Place, information, plural
from importers.reading import Reading
from importers.reading.file import Format
from importers.sheets import Cell, CellKind, Row, Sheet, column_index


@dataclass(frozen=True, slots=True)
class Mend:
    """One cell: sheet, row as a spreadsheet counts it, column letters, what the file says and what is meant.

    Empty text is an empty cell.
    """

    sheet: str
    row: int
    column: str
    was: str
    became: str

    @property
    def place(self) -> str:
        """As a spreadsheet writes it: C7."""
        return f"{self.column}{self.row}"


def mended(reading: Reading, mends: Sequence[Mend]) -> Reading:
    """The file as if it said what was meant. Mends of cells that say something else are left out."""
    if not mends or not reading.sheets:
        return reading
    of_sheet: dict[str, dict[int, list[Mend]]] = {}
    for mend in mends:
        of_sheet.setdefault(mend.sheet, {}).setdefault(mend.row, []).append(mend)
    typed = reading.format is not Format.delimited
    sheets: list[Sheet] = []
    holding: list[Mend] = []
    for sheet in reading.sheets:
        wanted = of_sheet.get(sheet.name)
        if wanted is None:
            sheets.append(sheet)
            continue
        changed: dict[int, Row] = {}
        for row in sheet.rows:
            if row.number in wanted:
                held = [mend for mend in wanted[row.number] if said(row, mend.column) == mend.was]
                holding.extend(held)
                changed[row.number] = _with(row, held, typed)
                if len(changed) == len(wanted):
                    break
        sheets.append(replace(sheet, rows=MendedRows(sheet.rows, changed)))
    held_on = set(holding)
    left_out = [mend for mend in mends if mend not in held_on]
    problems = list(reading.problems)
    if left_out:
        first = left_out[0]
        problems.append(
            information(
                Place(file=reading.file_name, sheet=first.sheet, row=first.row, column=first.column),
                "mend_left_out",
                found="the cell is no longer what was mended",
                expected=first.was or "an empty cell",
                mend=f"{plural(len(left_out), 'mended cell')} of an earlier reading stayed out; mend again "
                "what still needs it.",
                rows=len(left_out),
            )
        )
    places: dict[str, dict[str, str]] = {}
    for mend in holding:
        places.setdefault(mend.sheet, {})[mend.place] = mend.was
    return replace(reading, sheets=tuple(sheets), problems=tuple(problems), mended=places)


def said(row: Row, column: str) -> str:
    """What a cell of the row says; nothing for an empty one."""
    at = column_index(column)
    return next((cell.raw for cell in row.cells if cell.column == at), "")


class MendedRows(Sequence[Row]):
    """The rows of a sheet, some of them as they are meant; none is held that its file does not hold."""

    def __init__(self, rows: Sequence[Row], changed: Mapping[int, Row]) -> None:
        self._rows = rows
        self._changed = changed

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return MendedRows(self._rows[index], self._changed)
        row = self._rows[index]
        return self._changed.get(row.number, row)

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            yield self._changed.get(row.number, row)


def _with(row: Row, mends: Sequence[Mend], typed: bool) -> Row:
    cells = {cell.column: cell for cell in row.cells}
    for mend in mends:
        at = column_index(mend.column)
        cells.pop(at, None)
        if mend.became:
            cells[at] = Cell(at, _kind(mend.became) if typed else CellKind.text, mend.became)
    return Row(row.number, tuple(cells[at] for at in sorted(cells)))


def _kind(text: str) -> CellKind:
    """As a spreadsheet program takes what is typed, where only one reading is possible."""
    if is_plain_number(text):
        return CellKind.number
    try:
        if date.fromisoformat(text).isoformat() == text:
            return CellKind.date
    except ValueError:
        pass
    return CellKind.text


def is_plain_number(text: str) -> bool:
    """Whether a spreadsheet gives the text back as it stands when it is kept as a number: 7.5 and not 007."""
    try:
        return len(text) < 25 and f"{float(text):.15g}" == text and text not in ("inf", "-inf", "nan")
    except ValueError:
        return False

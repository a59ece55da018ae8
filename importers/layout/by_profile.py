"""What a profile says about the layout: no header, parents' cells on their first row only, rows of no use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from importers.arranged import Arranged
from importers.columns import Column
from importers.headers import HEADER_WITHIN, bare, by_letter, with_letters
from importers.layout.placed import placed
from importers.profiles.model import Profile
from importers.sheets import Cell, Row, Sheet
from importers.values import Conventions, day, number

_ROWS_THAT_TELL = 3
"""Rows of data at the top of a sheet before it is taken to have no header."""


def arrange(sheets: Sequence[Sheet], profile: Profile) -> Arranged:
    """The sheets as `profile` reads them. Sheets without its header stay as they are."""
    left_out: Counter[str] = Counter()
    arranged = [_sheet(sheet, profile, left_out) for sheet in sheets]
    return Arranged(arranged, ignored=left_out)


def columns_of(profile: Profile, columns: Sequence[Column]) -> Sequence[Column]:
    """The columns of the kind with the headers of the profile; those that it does not name are not read."""
    return [
        replace(column, only=tuple(header_text(name) for name in profile.columns.get(column.field, ())))
        for column in columns
        if column.field in profile.columns or column.required or column.along
    ]


def header_text(name: str | int) -> str:
    """The header of a column; one without a header is called by its letter."""
    return name if isinstance(name, str) else by_letter(name)


def has_no_header(sheet: Sheet) -> bool:
    """Whether the first row is data: at least half of its cells are numbers or dates, as in those below."""
    if len(sheet.rows) < _ROWS_THAT_TELL or len(sheet.rows[0].cells) < 2:
        return False
    return all(_is_data(row) for row in sheet.rows[:_ROWS_THAT_TELL])


def _is_data(row: Row) -> bool:
    telling = [
        cell
        for cell in row.cells
        if isinstance(number(cell, Conventions()), Decimal) or isinstance(day(cell, Conventions()), date)
    ]
    return len(telling) * 2 >= len(row.cells)


def _sheet(sheet: Sheet, profile: Profile, left_out: Counter[str]) -> Sheet:
    if not profile.layout.has_header:
        sheet = with_letters(sheet)
    at = _header_at(sheet, profile)
    if at is None:
        return sheet
    header = sheet.rows[at]
    by_name: dict[str, int] = {}
    for cell in header.cells:
        by_name.setdefault(bare(cell.raw), cell.column)
    filled = [by_name[bare(name)] for name in profile.layout.fill_down if bare(name) in by_name]
    tests = [
        (by_name[bare(header_text(each.column))], {word.casefold() for word in each.says}, each.reason)
        for each in profile.layout.ignored
        if bare(header_text(each.column)) in by_name
    ]
    empty = {
        (by_name[bare(name)], text)
        for name, texts in profile.layout.blank.items()
        for text in texts
        if bare(name) in by_name
    }
    if not filled and not tests and not empty:
        return sheet
    rows = _filled(sheet.rows[at + 1 :], filled) if filled else sheet.rows[at + 1 :]
    kept = []
    for row in rows:
        said = {cell.column: cell.raw.strip().casefold() for cell in row.cells}
        reason = next((why for column, words, why in tests if said.get(column, "") in words), None)
        if reason is None:
            kept.append(_without(row, empty) if empty else row)
        else:
            left_out[reason] += 1
    return replace(sheet, rows=[*sheet.rows[: at + 1], *kept])


def _without(row: Row, empty: Collection[tuple[int, str]]) -> Row:
    cells = tuple(cell for cell in row.cells if (cell.column, cell.raw.strip()) not in empty)
    return row if len(cells) == len(row.cells) else Row(row.number, cells)


def _header_at(sheet: Sheet, profile: Profile) -> int | None:
    if not profile.layout.has_header:
        return 0 if sheet.rows else None
    wanted = {bare(header) for header in profile.headers}
    for index, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        if wanted <= {bare(cell.raw) for cell in row.cells}:
            return index
    return None


def _filled(rows: Sequence[Row], columns: Sequence[int]) -> Sequence[Row]:
    """Rows whose empty cells in `columns` repeat the cell above.

    A row that has a cell of its own in any of them begins a new parent: nothing is repeated into it.
    """
    above: dict[int, Cell] = {}
    filled = []
    for row in rows:
        own = {cell.column: cell for cell in row.cells}
        if any(column in own for column in columns):
            above = {column: placed(own[column], row.number) for column in columns if column in own}
            filled.append(row)
        else:
            cells = sorted([*row.cells, *above.values()], key=lambda cell: cell.column)
            filled.append(Row(row.number, tuple(cells)))
    return filled

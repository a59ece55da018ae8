"""A cell as read → a cell of the workbook handed back, which reads the same again and is never a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from importers.mending import is_plain_number
from importers.sheets import Cell, CellKind

_RISKY = ("=", "+", "-", "@", "\t", "\r", "|", "%")
_FORMATS: Mapping[CellKind, tuple[Callable[[str], Any], str]] = {
    CellKind.date: (date.fromisoformat, "yyyy-mm-dd"),
    CellKind.datetime: (datetime.fromisoformat, "yyyy-mm-dd hh:mm:ss"),
    CellKind.time: (time.fromisoformat, "hh:mm:ss"),
    CellKind.duration: (lambda raw: timedelta(seconds=int(raw)), "[h]:mm:ss"),
}
_FIRST_DAY = date(1900, 3, 1)
"""Days before it have no number that all spreadsheet programs agree on."""


def written(sheet: Any, cell: Cell) -> Any:
    """Numbers, dates and truth values as such where they read the same again; all else is text."""
    if cell.kind is CellKind.number and is_plain_number(cell.raw):
        return WriteOnlyCell(sheet, float(cell.raw) if "." in cell.raw or "e" in cell.raw else int(cell.raw))
    if cell.kind is CellKind.boolean:
        return WriteOnlyCell(sheet, cell.raw == "TRUE")
    if cell.kind in _FORMATS:
        of, number_format = _FORMATS[cell.kind]
        try:
            value = of(cell.raw)
        except ValueError:
            return text(sheet, cell.raw)
        if (
            not isinstance(value, date)
            or (value.date() if isinstance(value, datetime) else value) >= _FIRST_DAY
        ):
            made = WriteOnlyCell(sheet, value)
            made.number_format = number_format
            return made
    return text(sheet, cell.raw)


def text(sheet: Any, said: str) -> Any:
    """Text, whatever it looks like: typed as a string, and marked as such where a program might take it for a
    formula. What no workbook can hold becomes a replacement character."""
    made = WriteOnlyCell(sheet)
    made.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", said)[:32_767]
    made.data_type = "s"
    if said.startswith(_RISKY):
        made.quotePrefix = True
    return made

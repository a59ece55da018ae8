"""How an original workbook looks: fonts, fills, borders, number formats, widths and panes, and nothing else.

Only what the guarded process has read and judged is opened here, row after row and without its formulas,
links, names and macros. What cannot be taken over safely is left out: the file is then handed back plain.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from copy import copy
from typing import Any
from xml.etree import ElementTree

from openpyxl import load_workbook
from openpyxl.styles.numbers import is_date_format, is_timedelta_format
from openpyxl.utils.exceptions import InvalidFileException

from importers.sheets import Cell, CellKind, column_letter

UNPACKED = 40_000_000
"""Bytes of all parts; larger workbooks are handed back plain."""
_WIDEST = 255
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_FAULTS = (
    ArithmeticError,
    AttributeError,
    InvalidFileException,
    LookupError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    ElementTree.ParseError,
    zipfile.BadZipFile,
)
_DATES = (CellKind.date, CellKind.datetime, CellKind.time, CellKind.duration)


class Looks:
    """How the sheets of one workbook look."""

    def __init__(self, book: Any) -> None:
        self._book = book

    @classmethod
    def of(cls, data: bytes) -> Looks | None:
        """The looks of an .xlsx or .xlsm that was read before; None where they cannot be had."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(part.file_size for part in archive.infolist()) > UNPACKED:
                    return None
            return cls(load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False))
        except _FAULTS:
            return None

    def sheet(self, name: str, last: int) -> SheetLooks | None:
        """How a sheet looks, down to row `last`; None where it is not found under its name."""
        try:
            sheet = self._book[name]
            sheet.reset_dimensions()  # whatever size the file claims
            return SheetLooks(sheet, last)
        except _FAULTS:
            return None


class SheetLooks:
    """How the cells of a sheet look, to be asked for row by row from the top."""

    def __init__(self, sheet: Any, last: int) -> None:
        self.widths: dict[str, float] = {}
        self.panes: str | None = None
        self._read_top(sheet)
        self._rows: Iterator[tuple[int, Any]] = enumerate(sheet.iter_rows(min_row=1, max_row=last), 1)
        self._styles: dict[Any, Any] = {}

    def _read_top(self, sheet: Any) -> None:
        """Widths of columns and frozen panes, which stand before the rows."""
        with sheet._get_source() as source:
            for _, found in ElementTree.iterparse(source, ("end",)):
                if found.tag == f"{_MAIN}col" and found.get("width"):
                    first, last = int(found.get("min", "0")), int(found.get("max", "0"))
                    if 1 <= first <= last <= 400:
                        width = min(max(float(found.get("width", "8")), 1), _WIDEST)
                        self.widths.update(dict.fromkeys(map(column_letter, range(first - 1, last)), width))
                elif found.tag == f"{_MAIN}pane" and found.get("state") == "frozen":
                    self.panes = found.get("topLeftCell")
                elif found.tag in (f"{_MAIN}cols", f"{_MAIN}row"):
                    return

    def row(self, number: int) -> Mapping[int, Any]:
        """Column from 0 → the cell of the original."""
        try:
            for at, cells in self._rows:
                if at == number:
                    return {cell.column - 1: cell for cell in cells if getattr(cell, "has_style", False)}
                if at > number:
                    break
        except _FAULTS:
            self._rows = iter(())
        return {}

    def dress(self, made: Any, original: Any, cell: Cell) -> None:
        """Give a written cell the look of the original; a format under which it would read as something else
        stays away."""
        ours, quoted = made.number_format, made.quotePrefix
        key = original._style_id
        if key not in self._styles:
            made.font, made.fill = copy(original.font), copy(original.fill)
            made.border, made.alignment = copy(original.border), copy(original.alignment)
            self._styles[key] = copy(made._style)
        made._style = copy(self._styles[key])
        theirs = original.number_format
        is_date = is_date_format(theirs) or is_timedelta_format(theirs)
        fits = original.value is not None and is_date == (cell.kind in _DATES)
        made.number_format = theirs if fits and len(theirs) < 256 else ours
        if quoted:
            made.quotePrefix = True

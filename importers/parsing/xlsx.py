"""XLSX and XLSM, values only: openpyxl where a sheet is small, calamine in bulk, one result.

openpyxl tells number formats; calamine is ten times as fast and gives nothing for error cells and for
formulas without a value, which `xlsx_parts` finds.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from importers.parsing.cells import EMPTY, cell_of, shows_zeros, with_zeros
from importers.parsing.containers import plain_name
from importers.parsing.frames import Cells, Frames
from importers.parsing.xlsx_bulk import bulk_rows
from importers.parsing.xlsx_parts import (
    Marks,
    has_zero_formats,
    marks,
    parts_of_sheets,
    require_row,
    require_sheets,
)

_SMALL = 3_000_000
"""Bytes of a sheet's part up to which openpyxl reads it: some 5,000 rows."""


def read_xlsx(source: BinaryIO, frames: Frames, wanted: str | None, *, may_bulk: bool) -> None:
    """All visible sheets, and a hidden one that is `wanted` by name."""
    import openpyxl

    source = _with_slashes(source)
    with zipfile.ZipFile(source) as archive:
        parts = parts_of_sheets(archive)
        require_sheets(archive, parts)
        zeros = has_zero_formats(archive)
    values: Any = openpyxl.load_workbook(source, read_only=True, data_only=True, keep_links=False)
    twin: Any = None
    for sheet in values.worksheets:
        hidden = sheet.sheet_state != "visible"
        read = not hidden or sheet.title == wanted
        frames.sheet(sheet.title, hidden=hidden, read=read)
        if not read:
            frames.sheet_end()
            continue
        with zipfile.ZipFile(source) as archive:
            found = marks(archive, parts.get(sheet.title))
        if may_bulk and found.is_complete and found.size > _SMALL and not zeros:
            rows = bulk_rows(source, sheet.title, found)
        else:
            if not found.is_complete and twin is None:
                twin = openpyxl.load_workbook(source, read_only=True, data_only=False, keep_links=False)
            rows = _rows(sheet, found, twin[sheet.title] if not found.is_complete else None, values.epoch)
        for number, cells in rows:
            frames.row(number, cells)
        frames.sheet_end(found.merged)


def _with_slashes(source: BinaryIO) -> BinaryIO:
    """The archive with slashes in its names; the source itself where it has no others."""
    with zipfile.ZipFile(source) as archive:
        if not any("\\" in member.filename for member in archive.infolist()):
            return source
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as renamed:
            for member in archive.infolist():
                if not plain_name(member).endswith("/"):
                    renamed.writestr(plain_name(member), archive.read(member))
    return packed


def _rows(sheet: Any, found: Marks, twin: Any, epoch: datetime) -> Iterator[tuple[int, Cells]]:
    sheet.reset_dimensions()  # the dimension a file declares may lie
    if twin is not None:
        twin.reset_dimensions()
    formulas = twin.iter_rows() if twin is not None else None
    formats: dict[str, bool] = {}
    for number, row in enumerate(sheet.iter_rows(), start=1):
        require_row(number)
        formula_row = next(formulas, ()) if formulas is not None else ()
        special: Mapping[int, tuple[str, str]] = found.special.get(number, {})
        cells: list[tuple[int, str, str]] = []
        for column, cell in enumerate(row):
            if cell.value is None:
                kind, text = special.get(column, EMPTY)
                if not kind and column < len(formula_row) and formula_row[column].data_type == "f":
                    kind, text = "f", _formula(formula_row[column].value)
            else:
                kind, text = _cell(cell, formats, epoch)
            if kind:
                cells.append((column, kind, text))
        yield number, cells


def _cell(cell: Any, formats: dict[str, bool], epoch: datetime) -> tuple[str, str]:
    value = cell.value
    if cell.data_type == "e":
        return "e", str(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        number_format = cell.number_format
        if number_format not in formats:
            formats[number_format] = shows_zeros(number_format)
        zeros = with_zeros(value, number_format) if formats[number_format] else None
        return zeros or cell_of(value)
    if isinstance(value, datetime) and value.year <= 1904 and not set("ydYD") & set(cell.number_format):
        from openpyxl.utils.datetime import to_excel as days_of

        # A number of days under a format of hours and minutes alone: a length of time.
        days: Any = days_of  # its stubs give no types
        return "l", str(round(days(value, epoch) * 86_400))
    return cell_of(value)


def _formula(value: object) -> str:
    text = getattr(value, "text", value)
    return str(text)

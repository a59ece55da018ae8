"""Compound files: an old .xls workbook, or a newer one locked in by a password; told apart by their streams.

xlrd and not calamine reads them: it tells error cells from empty ones, merged cells and number formats; an
.xls has at most 65,536 rows, so speed is no reason.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime, time
from typing import Any, BinaryIO

from importers.parsing.cells import EMPTY, cell_of, shows_zeros, with_zeros
from importers.parsing.frames import Cells, Frames
from importers.parsing.refusal import Refusal


def read_xls(source: BinaryIO, frames: Frames, wanted: str | None) -> None:
    """All visible sheets, and a hidden one that is `wanted` by name."""
    data = source.read()
    _judge(data)
    import xlrd

    try:
        book: Any = xlrd.open_workbook(
            file_contents=data, on_demand=True, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
        )
    except xlrd.XLRDError as fault:
        if "encrypted" in str(fault).lower():
            raise Refusal("password_protected", "a password-protected .xls workbook") from fault
        raise
    for index in range(book.nsheets):
        sheet = book.sheet_by_index(index)
        hidden = bool(sheet.visibility)
        read = not hidden or sheet.name == wanted
        frames.sheet(sheet.name, hidden=hidden, read=read)
        if read:
            for number, cells in _rows(book, sheet):
                frames.row(number, cells)
            merged = [(top + 1, left, below, right - 1) for top, below, left, right in sheet.merged_cells]
            frames.sheet_end(merged)
        else:
            frames.sheet_end()
        book.unload_sheet(index)


def _judge(data: bytes) -> None:
    """Which kind of compound file it is, by the names of its streams."""
    import olefile

    try:
        with olefile.OleFileIO(data) as compound:
            names = {"/".join(path).lower() for path in compound.listdir(streams=True)}
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError) as fault:
        raise Refusal("damaged_workbook", "a damaged compound file") from fault
    if "encryptedpackage" in names or "encryptioninfo" in names:
        raise Refusal("password_protected", "a password-protected workbook")
    if not names & {"workbook", "book"}:
        for stream, what in (("worddocument", "a Word document"), ("powerpoint document", "a presentation")):
            if stream in names:
                raise Refusal("not_a_table", what)
        if any(name.startswith("__properties") for name in names):
            raise Refusal("not_a_table", "an Outlook message")
        raise Refusal("damaged_workbook", "a compound file without a workbook")


def _rows(book: Any, sheet: Any) -> Iterator[tuple[int, Cells]]:
    formats = {
        index: book.format_map[style.format_key].format_str
        for index, style in enumerate(book.xf_list)
        if style.format_key in book.format_map
    }
    for row in range(sheet.nrows):
        cells: list[tuple[int, str, str]] = []
        for column in range(sheet.row_len(row)):
            kind, text = _cell(book, sheet, row, column, formats)
            if kind:
                cells.append((column, kind, text))
        yield row + 1, cells


def _cell(book: Any, sheet: Any, row: int, column: int, formats: dict[int, str]) -> tuple[str, str]:
    import xlrd

    kind, value = sheet.cell_type(row, column), sheet.cell_value(row, column)
    if kind == xlrd.XL_CELL_TEXT:
        return cell_of(value)
    if kind == xlrd.XL_CELL_ERROR:
        return "e", str(xlrd.error_text_from_code.get(value, "error"))
    if kind == xlrd.XL_CELL_BOOLEAN:
        return cell_of(bool(value))
    number_format = formats.get(sheet.cell_xf_index(row, column), "")
    if kind == xlrd.XL_CELL_DATE:
        return _date(book, value, number_format)
    if kind != xlrd.XL_CELL_NUMBER:
        return EMPTY
    if shows_zeros(number_format):
        zeros = with_zeros(value, number_format)
        if zeros:
            return zeros
    return cell_of(int(value) if value == int(value) and abs(value) < 10**15 else value)


def _date(book: Any, value: float, number_format: str) -> tuple[str, str]:
    import xlrd

    if "[" in number_format and any(part in number_format.lower() for part in ("[h", "[m", "[s")):
        return "l", str(round(value * 86_400))
    if not set("ydYD") & set(number_format):
        if value >= 1:
            return "l", str(round(value * 86_400))
        seconds = round(value * 86_400) % 86_400
        return "h", time(seconds // 3_600, seconds // 60 % 60, seconds % 60).isoformat()
    try:
        moment: datetime = xlrd.xldate.xldate_as_datetime(value, book.datemode)
    except (xlrd.xldate.XLDateError, OverflowError, ValueError):
        return cell_of(value)
    return cell_of(moment.replace(microsecond=0))

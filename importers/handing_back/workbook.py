"""The workbook that is handed back: a list of the problems with links, then the sheets of the file."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Color, PatternFill
from openpyxl.utils import get_column_letter

from importers.handing_back.cells import written
from importers.handing_back.looks import Looks, SheetLooks
from importers.handing_back.problem_list import LISTED, write_list
from importers.handing_back.remarks import GRAVITY, Remark, by_row, remarks
from importers.problems import Problem, plural
from importers.reading import Reading
from importers.reading.file import Format
from importers.reading.own_notes import TITLE
from importers.sheets import Cell, CellKind, Row, Sheet, column_index

VALUES = 200_000
"""Cells of all sheets together; further rows come only where something is wrong with them."""
ROWS = 300_000
"""Rows of all sheets together, empty ones in between included."""
_NO_TITLE = re.compile(r"[\\*?:/\[\]\x00-\x1f]")
_PLACE = re.compile(r"[A-Z]{1,2}[1-9][0-9]{0,3}")
_DRESSED = (Format.xlsx, Format.xlsm)
_WIDTHS = 60
"""Characters of the widest column; below it a column is as wide as its first cells."""


def annotated(reading: Reading, problems: Sequence[Problem], original: bytes | None = None) -> bytes:
    """An .xlsx: first sheet the problems, then each sheet that was read, rows and columns where they were.

    With the bytes of an `original` workbook (.xlsx, .xlsm) its cells look as they do there.
    """
    looks = Looks.of(original) if original is not None and reading.format in _DRESSED else None
    said = remarks(reading, problems)
    listed = said[:LISTED]
    book = Workbook(write_only=True)
    titles = _titles(reading.sheets)
    notes = book.create_sheet(_free(TITLE, titles.values()))
    left_out: list[str] = []
    budget = _Budget()
    for sheet in reading.sheets:
        if sheet.was_read:
            worn = looks.sheet(sheet.name, sheet.rows[-1].number) if looks and sheet.rows else None
            made = book.create_sheet(titles[sheet.name])
            _write(made, sheet, by_row(listed, sheet.name), budget, left_out, worn)
        else:
            left_out.append(f"Hidden sheet {sheet.name} was not read and is not here.")
    if len(said) > LISTED:
        left_out.append(f"{len(said) - LISTED:,} further problems are not listed: mend these first.")
    write_list(notes, reading.file_name, listed, titles, left_out)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


class _Budget:
    """How much may still be written."""

    def __init__(self) -> None:
        self.values = VALUES
        self.rows = ROWS


def _write(
    made: Any,
    sheet: Sheet,
    wrong: Mapping[int, Sequence[Remark]],
    budget: _Budget,
    left_out: list[str],
    worn: SheetLooks | None,
) -> None:
    widths = {get_column_letter(at): width for at, width in enumerate(_widths(sheet.rows[:40]), 1)}
    for letters, width in {**widths, **(worn.widths if worn else {})}.items():
        made.column_dimensions[letters].width = width
    if worn and worn.panes and _PLACE.fullmatch(worn.panes):
        made.freeze_panes = worn.panes
    for merged in sheet.merged[:1_000]:
        made.merged_cells.add(
            f"{get_column_letter(merged.first_column + 1)}{merged.first_row}:"
            f"{get_column_letter(merged.last_column + 1)}{merged.last_row}"
        )
    at = 0
    skipped = 0
    for row in sheet.rows:
        remarked = wrong.get(row.number, ())
        if row.number - at > budget.rows or (budget.values < len(row.cells) and not remarked):
            skipped += 1
            continue
        for _ in range(row.number - at - 1):
            made.append(())
        budget.rows -= row.number - at
        budget.values -= len(row.cells)
        at = row.number
        made.append(_cells(made, row, remarked, worn))
    if skipped:
        left_out.append(
            f"Of sheet {sheet.name} {plural(skipped, 'row')} without a problem are left out: the file is too "
            "large to be handed back whole."
        )


def _cells(made: Any, row: Row, remarked: Sequence[Remark], worn: SheetLooks | None) -> Sequence[Any]:
    at: dict[int, list[Remark]] = {}
    first = row.cells[0].column if row.cells else 0
    for one in remarked:
        at.setdefault(column_index(one.column) if one.column else first, []).append(one)
    width = max((*at, *(cell.column for cell in row.cells)), default=-1) + 1
    line: list[Any] = [None] * width
    for cell in row.cells:
        line[cell.column] = written(made, cell)
    originals = worn.row(row.number) if worn else {}
    for cell in row.cells:
        if worn and cell.column in originals:
            worn.dress(line[cell.column], originals[cell.column], cell)
    for column, said in at.items():
        cell = line[column] or written(made, Cell(column, CellKind.text, ""))
        cell.fill = PatternFill("solid", start_color=GRAVITY[said[0].effect][2])
        if worn:  # light letters on a dark ground of the original would not be seen on ours
            font = copy(cell.font)
            font.color = Color("FF000000")
            cell.font = font
        cell.comment = _comment(said)
        line[column] = cell
    return line


def _comment(said: Sequence[Remark]) -> Comment:
    words = "\n\n".join(one.comment for one in said)[:2_000]
    lines = sum(1 + len(line) // 45 for line in words.split("\n"))
    return Comment(words, "Import", width=320, height=min(20 + 18 * lines, 400))


def _widths(rows: Sequence[Row]) -> Sequence[int]:
    widths: dict[int, int] = {}
    for row in rows:
        for cell in row.cells:
            widths[cell.column] = max(widths.get(cell.column, 8), min(len(cell.raw) + 2, _WIDTHS))
    return [widths.get(column, 8) for column in range(max(widths, default=-1) + 1)]


def _titles(sheets: Sequence[Sheet]) -> Mapping[str, str]:
    """Names that a workbook can have, each once."""
    titles: dict[str, str] = {}
    for sheet in sheets:
        titles[sheet.name] = _free(_NO_TITLE.sub("_", sheet.name).strip("' ") or "Sheet", titles.values())
    return titles


def _free(wanted: str, taken: Any) -> str:
    known = {title.casefold() for title in taken}
    title, number = wanted[:31], 2
    while title.casefold() in known:
        title = f"{wanted[:26]} ({number})"
        number += 1
    return title

"""Reports for auditors as files, row by row: a folder of CSV files in a ZIP, and a workbook.

A text that a spreadsheet would take for a formula starts with an apostrophe in CSV and is text in a workbook.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from contracts_app.documents.report_index import index
from contracts_app.documents.workbooks import text
from contracts_app.domain.reports.audit_report import Part, Shown

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS = (Shown.amount, Shown.number)
_LONGEST_SHEET = 1_048_000
"""Rows of a sheet; Excel has 1,048,576."""


def plain(cell: str, shown: Shown) -> str:
    """A cell of CSV: numbers as they are, text never a formula."""
    return f"'{cell}" if shown not in _NUMBERS and cell[:1] in _FORMULA else cell


class Folder:
    """A ZIP with a CSV file for each part, `index.xml` that describes their columns, and `about.json`, what
    stands beside the report."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
        self._open: io.TextIOWrapper | None = None
        self._csv: Any = None
        self._shown: Sequence[Shown] = ()
        self._parts: list[Part] = []

    def part(self, part: Part) -> None:
        """Begin a file."""
        self._close()
        binary = self._zip.open(f"{part.name}.csv", "w", force_zip64=True)
        self._open = io.TextIOWrapper(binary, encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._open)
        self._csv.writerow([one.title for one in part.columns])
        self._shown = [one.shown for one in part.columns]
        self._parts.append(part)

    def row(self, part: Part, cells: Sequence[str]) -> None:
        """One line of it."""
        self._csv.writerow([plain(cell, shown) for cell, shown in zip(cells, self._shown, strict=True)])

    def end(self, footer: Mapping[str, Any]) -> None:
        """Add what stands beside it, and finish the file."""
        self._close()
        self._zip.writestr("index.xml", index(footer["firm"], footer["title"], self._parts))
        self._zip.writestr("about.json", json.dumps(footer, ensure_ascii=False, indent=2))
        self._zip.close()

    def _close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


class Sheets:
    """A workbook with a sheet for each part and one that says what stands beside the report."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = Workbook(write_only=True)
        self._sheet: Any = None
        self._rows = 0

    def part(self, part: Part) -> None:
        """Begin a sheet."""
        self._begin(part, part.name[:31])

    def _begin(self, part: Part, title: str) -> None:
        self._sheet = self._book.create_sheet(title)
        self._sheet.freeze_panes = "A2"
        self._rows = 0
        self._sheet.append([self._head(one.title) for one in part.columns])

    def row(self, part: Part, cells: Sequence[str]) -> None:
        """One row of it; a sheet that is full goes on in another."""
        if self._rows == _LONGEST_SHEET:
            self._begin(part, f"{part.name[:24]} {len(self._book.worksheets) + 1}")
        self._sheet.append(
            [self._cell(cell, one.shown) for cell, one in zip(cells, part.columns, strict=True)]
        )
        self._rows += 1

    def end(self, footer: Mapping[str, Any]) -> None:
        """Add what stands beside it, and finish the file."""
        sheet = self._book.create_sheet("about")
        sheet.column_dimensions["A"].width = 30
        sheet.column_dimensions["B"].width = 100
        for name, value in footer.items():
            if name == "parts":
                for one in value:
                    for inner, said in one.items():
                        shown = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
                        sheet.append([self._head(f"{one['part']}: {inner}"), self._text(shown)])
            else:
                shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                sheet.append([self._head(name), self._text(shown)])
        self._book.save(self._path)

    def _head(self, title: str) -> Any:
        cell = self._text(title)
        cell.font = Font(bold=True)
        return cell

    def _cell(self, cell: str, shown: Shown) -> object:
        if not cell:
            return None
        if shown in _NUMBERS:
            return _number(self._sheet, cell)
        return cell if cell[:1].isalnum() and cell.isascii() and cell.isprintable() else self._text(cell)

    def _text(self, value: str) -> Any:
        cleaned = "".join(
            " " if unicodedata.category(one) in ("Cc", "Cs", "Cn") else one for one in value[:32_000]
        )
        return text(WriteOnlyCell(self._sheet or self._book.worksheets[0]), cleaned)


def _number(sheet: Any, cell: str) -> Any:
    made: Any = WriteOnlyCell(sheet)
    made._value = cell  # the digits as they are: a float would round them
    made.data_type = "n"
    made.number_format = "#,##0.00" if "." in cell else "#,##0"
    return made

"""OpenDocument spreadsheets, row by row from the part that holds them.

A few bytes may say that a row of 16,384 cells stands a million times: repeats are expanded under the limits
as they are written, and empty ones not at all. Read with the standard library's event parser, because
libraries hold every sheet as one rectangle, drop error cells and merged ranges, and turn what is written
into floats.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import IO, BinaryIO
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from importers.parsing.cells import EMPTY, plain_number
from importers.parsing.frames import Frames
from importers.parsing.refusal import Refusal

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_LENGTH = re.compile(r"(-?)P(?:([0-9]+)D)?T?(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\.[0-9]+)?)S)?\Z")
_ERRORS = re.compile(r"(?:#(?:N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)|Err:[0-9]{3})\Z")
_CELLS = frozenset({f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"})
_MOST_REPEATED = 500_000
"""Cells written out of rows that are said to stand many times; people's sheets have a few thousand."""


def read_ods(source: BinaryIO, frames: Frames, wanted: str | None) -> None:
    """All visible sheets, and a hidden one that is `wanted` by name."""
    with zipfile.ZipFile(source) as archive, archive.open("content.xml") as part:
        _Reader(frames, wanted).read(part)


class _Reader:
    def __init__(self, frames: Frames, wanted: str | None) -> None:
        self._frames = frames
        self._wanted = wanted
        self._hidden_styles: set[str] = set()
        self._reads = False
        self._row = 1
        self._merged: list[tuple[int, int, int, int]] = []
        self._repeated = 0

    def read(self, part: IO[bytes]) -> None:
        path: list[Element] = []
        for event, element in ElementTree.iterparse(part, events=("start", "end")):
            if event == "start":
                path.append(element)
                if element.tag == f"{_TABLE}table" and self._is_sheet(path):
                    self._begin(element)
                continue
            path.pop()
            if element.tag == f"{_STYLE}style":
                self._note_style(element)
            elif element.tag == f"{_TABLE}table-row" and len(path) > 3 and self._is_row(path):
                self._take(element)
                path[-1].remove(element)
            elif element.tag == f"{_TABLE}table" and self._is_sheet([*path, element]):
                self._frames.sheet_end(self._merged if self._reads else ())
                path[-1].remove(element)

    @staticmethod
    def _is_sheet(path: list[Element]) -> bool:
        """Not the tables kept for links to other files, nor those inside cells."""
        return len(path) == 4 and path[-2].tag == f"{_OFFICE}spreadsheet"

    @staticmethod
    def _is_row(path: list[Element]) -> bool:
        return path[2].tag == f"{_OFFICE}spreadsheet" and not any(
            element.tag in _CELLS or element.tag == f"{_TABLE}dde-link" for element in path
        )

    def _note_style(self, style: Element) -> None:
        shown = style.find(f"{_STYLE}table-properties")
        if shown is not None and shown.get(f"{_TABLE}display") == "false":
            self._hidden_styles.add(str(style.get(f"{_STYLE}name")))

    def _begin(self, table: Element) -> None:
        name = table.get(f"{_TABLE}name") or "Sheet"
        hidden = table.get(f"{_TABLE}style-name") in self._hidden_styles
        self._reads = not hidden or name == self._wanted
        self._row = 1
        self._merged = []
        self._frames.sheet(name, hidden=hidden, read=self._reads)

    def _take(self, row: Element) -> None:
        times = _repeats(row, "number-rows-repeated")
        if self._reads:
            cells = [cell for cell in self._cells(row) if cell[1]]
            self._repeated += (times - 1) * len(cells)
            if self._repeated > _MOST_REPEATED:
                code = "too_many_rows" if times > _MOST_REPEATED else "too_large"
                raise Refusal(code, f"more than {_MOST_REPEATED:,} cells that only repeat others")
            for number in range(self._row, self._row + times) if cells else ():
                self._frames.row(number, cells)
        self._row += times

    def _cells(self, row: Element) -> Iterator[tuple[int, str, str]]:
        column = 0
        for cell in row:
            if cell.tag not in _CELLS:
                continue
            times = _repeats(cell, "number-columns-repeated")
            kind, text = EMPTY if cell.tag == f"{_TABLE}covered-table-cell" else _value(cell)
            if kind:
                right, down = _repeats(cell, "number-columns-spanned"), _repeats(cell, "number-rows-spanned")
                if right > 1 or down > 1:
                    self._merged.append((self._row, column, self._row + down - 1, column + right - 1))
                for at in range(column, column + times):
                    if at > 16_384:  # wider than any spreadsheet; the limit on columns speaks first
                        break
                    yield at, kind, text
            column += times


def _repeats(element: Element, name: str) -> int:
    said = element.get(f"{_TABLE}{name}", "1")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 1


def _value(cell: Element) -> tuple[str, str]:
    kind = cell.get(f"{_OFFICE}value-type")
    if kind is None and cell.get(f"{_TABLE}formula") is None and not len(cell):
        return EMPTY
    shown = "\n".join(_words(line) for line in cell if line.tag == f"{_TEXT}p")
    if cell.get(f"{_CALC}value-type") == "error" or (
        cell.get(f"{_TABLE}formula") is not None and _ERRORS.match(shown)
    ):
        return "e", shown or "error"
    if kind in {"float", "currency", "percentage"}:
        return _number(cell.get(f"{_OFFICE}value", ""), shown)
    if kind == "date":
        value = cell.get(f"{_OFFICE}date-value", "")
        day, _, clock = value.partition("T")
        return ("m", value[:19]) if clock.strip("0:.") else ("d", day)
    if kind == "time":
        return _length(cell.get(f"{_OFFICE}time-value", ""), shown)
    if kind == "boolean":
        return "b", "TRUE" if cell.get(f"{_OFFICE}boolean-value") == "true" else "FALSE"
    text = shown or cell.get(f"{_OFFICE}string-value", "")
    if text.strip():
        return "t", text
    if kind is None and cell.get(f"{_TABLE}formula"):
        return "f", str(cell.get(f"{_TABLE}formula")).removeprefix("of:")
    return EMPTY


def _number(value: str, shown: str) -> tuple[str, str]:
    try:
        number = float(value)
    except ValueError:
        return ("t", shown) if shown.strip() else EMPTY
    digits = shown.replace(" ", "").replace("-", "")
    if shown.startswith("0") and digits.isascii() and digits.isdigit() and int(digits) == number and number:
        return ("n", shown) if shown == digits else ("t", shown)  # leading zeros that people see
    whole = int(number) if number == number and abs(number) < 10**15 and number == int(number) else number
    return "n", plain_number(whole)


def _length(value: str, shown: str) -> tuple[str, str]:
    match = _LENGTH.match(value)
    if match is None:
        return ("t", shown) if shown.strip() else EMPTY
    sign, days, hours, minutes, seconds = match.groups()
    whole = int(days or 0) * 86_400 + int(hours or 0) * 3_600 + int(minutes or 0) * 60
    size = (whole + Decimal(seconds or 0)).to_integral_value(ROUND_HALF_UP)
    return "l", f"{sign if size else ''}{size}"


def _words(element: Element) -> str:
    """Text with its blanks, tabs and line breaks; notes on a cell are no part of it."""
    said = element.text or ""
    for inner in element:
        if inner.tag == f"{_TEXT}s":
            said += " " * min(int(inner.get(f"{_TEXT}c", "1")), 1_000)
        elif inner.tag == f"{_TEXT}tab":
            said += "\t"
        elif inner.tag == f"{_TEXT}line-break":
            said += "\n"
        elif inner.tag != f"{_OFFICE}annotation":
            said += _words(inner)
        said += inner.tail or ""
    return said

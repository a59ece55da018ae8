"""Sheets, rows and cells as read: positions and raw text, no meaning yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost us. Over a limit the file is refused as a whole, with a sentence."""

    file_bytes: int = 130_000_000
    rows: int = 1_048_576
    """As many as a sheet of a workbook has. Files of other kinds than timesheets have fewer (`rules`)."""
    columns: int = 400
    cell_characters: int = 32_767
    unpacked_bytes: int = 120_000_000
    """Or twenty times its own size, where that is more."""
    unpack_ratio: int = 100
    members: int = 1_000
    spooled_bytes: int = 600_000_000
    """Texts of all cells together, repeats written out."""
    memory_bytes: int = 900_000_000
    """Address space of the process that parses; of a file over 18 MB fifty times its size, up to 1.7 GB."""
    cpu_seconds: int = 300
    """Processor time of a large file; a small one gets less."""
    wall_seconds: int = 400


class CellKind(StrEnum):
    """How a cell is typed in its file. A delimited file knows only text."""

    empty = "empty"
    text = "text"
    number = "number"
    date = "date"
    datetime = "datetime"
    time = "time"
    duration = "duration"
    boolean = "boolean"
    error = "error"
    formula = "formula"
    """A formula that was saved without its value."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: column index from 0, its kind, and its raw text (numbers and dates in one plain spelling)."""

    column: int
    kind: CellKind
    raw: str

    @property
    def letter(self) -> str:
        return column_letter(self.column)


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its number as a spreadsheet program counts it, from 1; only cells that are not empty."""

    number: int
    cells: Sequence[Cell]


class Merged(NamedTuple):
    """A range of cells shown as one; its text stands in its first row and column. Rows from 1, columns from
    0."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named sheet with its non-empty rows, which can be gone through again and again."""

    name: str
    rows: Sequence[Row]
    hidden: bool = False
    merged: Sequence[Merged] = ()
    was_read: bool = True
    """A hidden sheet is only listed, without rows, until a person names it."""


@lru_cache(maxsize=1_000)
def column_letter(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    number = index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_index(letters: str) -> int:
    """A → 0, Z → 25, AA → 26."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1

"""The continuation sheet made plain: its header over two rows, its headings and its sums taken apart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from importers import values
from importers.arranged import cell_at, joined_header, text_of
from importers.columns import Column, plain
from importers.sheets import Cell, CellKind, Row, Sheet
from importers.values import Conventions

_HEADER_WITHIN = 30
_FIELDS_NEEDED = 5
"""Item, description, C, D, E, F and G make a continuation sheet; a row that names fewer is no header."""
_SUM = re.compile(r"\b(?:sub|grand)?[- ]?totals?\b", re.IGNORECASE)
_NOTE = re.compile(r"\([^()]*\)")
"""What a header says about itself in brackets: `(D + E)`."""
_LETTER = re.compile(r"[A-J]\s+(?=\S{2})")
"""The letter of a column of the form before what it is called: `D` over or before `Previous`."""
_AMOUNTS = ("scheduled_value", "previous", "this_period", "stored", "to_date", "retainage_held")


@dataclass(frozen=True, slots=True)
class Sum:
    """A row that adds up others: where it stands and its amounts by field."""

    row: int
    words: str
    amounts: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Continuation:
    """One sheet with a single header row and its data rows, and what stood between them."""

    sheet: Sheet
    headings: Mapping[int, str]
    """Row → the heading above it (a division)."""
    sums: Sequence[Sum]
    after_base: int | None
    """The row of the first sum of the original contract: what follows are change orders. None: not said."""


def continuation(sheet: Sheet, columns: Sequence[Column]) -> Continuation | None:
    """The continuation sheet that a sheet is; None where it is none."""
    found = _header(sheet, columns)
    if found is None:
        return None
    at, header, fields = found
    rows: list[Row] = []
    headings: dict[int, str] = {}
    sums: list[Sum] = []
    heading, after_base = "", None
    for row in sheet.rows[at + 1 :]:
        item = cell_at(row, fields.get("item_no"))
        amounts = _amounts(row, fields)
        if item is None and amounts and _SUM.search(text_of(row)):
            sums.append(Sum(row.number, text_of(row), amounts))
            if after_base is None and "original" in text_of(row).casefold():
                after_base = row.number
        elif item is None and not amounts:
            heading = text_of(row)
        else:
            rows.append(row)
            if heading:
                headings[row.number] = heading
    return Continuation(replace(sheet, rows=[header, *rows]), headings, sums, after_base)


def _header(sheet: Sheet, columns: Sequence[Column]) -> tuple[int, Row, Mapping[str, int]] | None:
    """Index of the header's last row, the header as one row, and where each field stands."""
    best: tuple[int, Row, Mapping[str, int]] | None = None
    for index, row in enumerate(sheet.rows[:_HEADER_WITHIN]):
        following = [below for below in sheet.rows[index + 1 : index + 2] if _all_words(below)]
        for at, header in [(index, row), *((index + 1, joined_header(row, below)) for below in following)]:
            known = _known_names(header, columns)
            fields = _fields(known, columns)
            enough = len(fields) >= _FIELDS_NEEDED and {"previous", "this_period"} <= fields.keys()
            if enough and (best is None or len(fields) > len(best[2])):
                best = at, known, fields
    return best


def _all_words(row: Row) -> bool:
    return bool(row.cells) and all(cell.kind is CellKind.text for cell in row.cells)


def _known_names(header: Row, columns: Sequence[Column]) -> Row:
    """The header; the letter of the form before a name, and what it says in brackets, are left out where only
    that makes it known."""
    names = {name for column in columns for name in column.spellings}
    full = [plain(cell.raw) for cell in header.cells]
    short = [" ".join(_NOTE.sub(" ", _LETTER.sub("", cell.raw.strip(), 1)).split()) for cell in header.cells]
    cells = []
    for cell, name, bare in zip(header.cells, full, short, strict=True):
        alone = plain(bare) not in full and [plain(one) for one in short].count(plain(bare)) == 1
        if name not in names and plain(bare) in names and alone:
            cell = Cell(cell.column, cell.kind, bare)
        cells.append(cell)
    return Row(header.number, cells)


def _fields(header: Row, columns: Sequence[Column]) -> Mapping[str, int]:
    spelled: dict[str, int] = {}
    for cell in header.cells:
        spelled.setdefault(plain(cell.raw), cell.column)
    fields: dict[str, int] = {}
    for column in columns:
        at = next((spelled[name] for name in column.spellings if name in spelled), None)
        if at is not None and at not in fields.values():
            fields[column.field] = at
    return fields


def _amounts(row: Row, fields: Mapping[str, int]) -> Mapping[str, Decimal]:
    found: dict[str, Decimal] = {}
    for name in _AMOUNTS:
        cell = cell_at(row, fields.get(name))
        amount = values.amount(cell, Conventions()) if cell else None
        if isinstance(amount, Decimal):
            found[name] = amount
    return found

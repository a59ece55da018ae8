"""The row that names the columns: alone, split over two rows, with merged or repeated headers, or none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from importers.sheets import Cell, CellKind, Merged, Row, Sheet, column_letter

HEADER_WITHIN = 30
"""Rows at the top of a sheet that may be titles before the header."""
HEADER_ROW = "header_row"
"""Key of the question which row names the columns; the answer is its number, or `none`."""
NO_HEADER = "none"
_OFFERED = 10
"""Rows that a person can choose from."""
_WITH_CURRENCY = re.compile(r"(.+?) *\(([A-Z]{3})\)\Z", re.ASCII)
_BY_LETTER = re.compile(r"column([a-z]{1,3})\Z", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9][0-9.,:/-]*%?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class SplitHeader(Cell):
    """A header whose words stand in two rows; `also` are other names that it goes by."""

    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """A row that may name the columns: its index in the sheet, its cells, and the rows that it stands in."""

    at: int
    row: Row
    stands_in: str

    @property
    def is_split(self) -> bool:
        """Whether its words stand in two rows."""
        return "-" in self.stands_in


def plain(header: str) -> str:
    """A header for comparing: letters and digits only, in small letters, and whether it is a question."""
    return re.sub(r"[\W_]+", "", header.casefold()) + ("?" if header.rstrip().endswith("?") else "")


def bare(header: str) -> str:
    """A header for comparing, whether or not it is a question."""
    return plain(header).removesuffix("?")


def currency_of(header: str) -> tuple[str, str | None]:
    """`Amount (USD)` → Amount and USD; a header without a currency as it is."""
    match = _WITH_CURRENCY.match(header.strip())
    return (match[1], match[2]) if match else (header, None)


def by_letter(index: int) -> str:
    """What a column is called that has no header: `Column C`."""
    return f"Column {column_letter(index)}"


def letter_meant(name: str) -> int | None:
    """The column that a plain name calls by its letter; None for any other name."""
    match = _BY_LETTER.match(name)
    if match is None:
        return None
    index = 0
    for letter in match[1]:
        index = index * 26 + ord(letter) - ord("a") + 1
    return index - 1


def titles(row: Row) -> Mapping[int, str]:
    """Column → its header; of repeated ones, the second is `Hours (2)`."""
    seen: Counter[str] = Counter()
    found = {}
    for cell in row.cells:
        text = cell.raw.strip()
        seen[plain(text)] += 1
        count = seen[plain(text)]
        found[cell.column] = f"{text} ({count})" if count > 1 else text
    return found


def spelled(row: Row) -> Mapping[str, int]:
    """Plain name → column: as it stands, without its currency, and by the other names that it goes by.

    Of repeated headers the first has the name; each has it with its number: `Hours (1)`, `Hours (2)`.
    """
    names: dict[str, int] = {}
    for cell in row.cells:
        names.setdefault(plain(cell.raw), cell.column)
    for cell in row.cells:
        names.setdefault(plain(currency_of(cell.raw)[0]), cell.column)
    for cell in row.cells:
        for other in cell.also if isinstance(cell, SplitHeader) else ():
            names.setdefault(plain(other), cell.column)
    for name, columns in repeated(row).items():
        for number, column in enumerate(columns, start=1):
            names.setdefault(plain(f"{name} {number}"), column)
    return names


def repeated(row: Row) -> Mapping[str, Sequence[int]]:
    """Plain name → columns, of headers that several columns have."""
    columns: dict[str, list[int]] = {}
    for cell in row.cells:
        columns.setdefault(plain(cell.raw), []).append(cell.column)
    return {name: places for name, places in columns.items() if name and len(places) > 1}


def candidates(sheet: Sheet, chosen: str | None = None) -> Iterator[Header]:
    """The rows at the top of a sheet that may be its header, each alone and with the row below it; only the
    row of that number, where one is `chosen`."""
    top = sheet.rows[:HEADER_WITHIN]
    if top and top[0].number == 0:
        yield Header(0, top[0], "")
        return
    for index, row in enumerate(top):
        if chosen is not None and str(row.number) != chosen:
            continue
        yield Header(index, row, str(row.number))
        both = _joined(row, top[index + 1], sheet.merged) if index + 1 < len(top) else None
        if both is not None:
            yield Header(index + 1, both, f"{row.number}-{both.number}")


def _joined(upper: Row, lower: Row, merged: Sequence[Merged]) -> Row | None:
    """One header of two rows of words; None where the lower one is no part of a header."""
    if lower.number != upper.number + 1 or not upper.cells or not lower.cells:
        return None
    if not all(_is_words(cell) for cell in (*upper.cells, *lower.cells)):
        return None
    above = {cell.column: cell.raw.strip() for cell in upper.cells}
    below = {cell.column: cell.raw.strip() for cell in lower.cells}
    over = _spread(upper, above, below, merged)
    cells = []
    for column in sorted({*above, *below}):
        head, word = over.get(column, ""), below.get(column, "")
        if head and word:
            also = (word, f"{word} {head}", *((head,) if column in above else ()))
            cells.append(SplitHeader(column, CellKind.text, f"{head} {word}", also))
        else:
            cells.append(SplitHeader(column, CellKind.text, word or head))
    return Row(lower.number, tuple(cells))


def _spread(
    upper: Row, above: Mapping[int, str], below: Mapping[int, str], merged: Sequence[Merged]
) -> Mapping[int, str]:
    """Column → the head that it stands under: as far as its cell is merged; else over the columns without a
    head of their own up to the next one, where the row below names them."""
    over = dict(above)
    ranges = {m.first_column: m for m in merged if m.first_row <= upper.number <= m.last_row}
    for column, head in above.items():
        if column in ranges:
            over.update(dict.fromkeys(range(column, ranges[column].last_column + 1), head))
            continue
        beside = column + 1
        while column in below and beside in below and beside not in above:
            over[beside] = head
            beside += 1
    return over


def _is_words(cell: Cell) -> bool:
    return cell.kind is CellKind.text and not _NUMBER.match(cell.raw.strip())


def offered(sheet: Sheet) -> Sequence[Row]:
    """The rows that a person can choose the header from."""
    return sheet.rows[:_OFFERED]


def likely(sheet: Sheet) -> str:
    """The number of the first row that has the most words and nothing else; `none` without such a row."""
    rows = [row for row in offered(sheet) if len(row.cells) > 1 and all(_is_words(c) for c in row.cells)]
    best = max(rows, key=lambda row: len(row.cells), default=None)
    return NO_HEADER if best is None else str(best.number)


def with_letters(sheet: Sheet) -> Sheet:
    """A sheet without a header, under one that calls each column by its letter."""
    if not sheet.rows or sheet.rows[0].number == 0:
        return sheet
    width = 1 + max(row.cells[-1].column for row in sheet.rows if row.cells)
    names = tuple(Cell(index, CellKind.text, by_letter(index)) for index in range(width))
    return replace(sheet, rows=[Row(0, names), *sheet.rows])

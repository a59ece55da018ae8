"""Rows under a header that are no data: rulers, page headings, the header again, groups' names, sums."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from decimal import Decimal

from contracts_app.domain.money import total
from importers.sheets import Cell, CellKind, Row
from importers.values import Conventions, DecimalMark, number

_RULER = re.compile(r"[-=_+*.~|\s]{3,}\Z")
_SUM_SIGN = re.compile(r"(?:\*+|Σ|=)\Z")


def data_rows(
    rows: Sequence[Row], header: Row, numbers: Collection[int], beside: Collection[int]
) -> Sequence[Row]:
    """The rows under `header` that are data.

    `numbers` are the columns that hold numbers, `beside` those that a row of sums repeats (the currency).
    A row of sums is known by holding nothing else, and by being the sum of the rows above it.
    """
    named = {cell.column for cell in header.cells}
    texts = {cell.column: cell.raw.strip() for cell in header.cells}
    kept: list[Row] = []
    for row in rows:
        if not (
            all(_RULER.match(cell.raw) for cell in row.cells)
            or _is_heading(row, named)
            or _is_header_again(row, texts)
            or _is_sum(row, kept, numbers, beside)
        ):
            kept.append(row)
    return kept


def _is_heading(row: Row, named: Collection[int]) -> bool:
    """The name of a group, or of a page: one text, in a column that the header does not name."""
    return len(row.cells) == 1 and row.cells[0].column not in named and row.cells[0].kind is CellKind.text


def _is_header_again(row: Row, texts: dict[int, str]) -> bool:
    return len(row.cells) > 1 and all(texts.get(cell.column) == cell.raw.strip() for cell in row.cells)


def _is_sum(row: Row, above: Sequence[Row], numbers: Collection[int], beside: Collection[int]) -> bool:
    if len(above) < 2 or any(_is_other(cell, numbers, beside) for cell in row.cells):
        return False
    said = [cell for cell in row.cells if cell.column in numbers and cell.column not in beside]
    said = [cell for cell in said if not _SUM_SIGN.match(cell.raw.strip())]
    return any(_sums_up(cell, above, mark) for cell in said for mark in DecimalMark)


def _is_other(cell: Cell, numbers: Collection[int], beside: Collection[int]) -> bool:
    """Whether a row with this cell is no row of sums: neither a number, nor a sign, nor what is repeated."""
    if cell.column in numbers or cell.column in beside:
        return False
    return not _SUM_SIGN.match(cell.raw.strip())


def _sums_up(cell: Cell, above: Sequence[Row], mark: DecimalMark) -> bool:
    conventions = Conventions(decimal_mark=mark)
    whole = number(cell, conventions)
    if not isinstance(whole, Decimal):
        return False
    parts = [number(each, conventions) for row in above for each in row.cells if each.column == cell.column]
    amounts = [part for part in parts if isinstance(part, Decimal)]
    return len(amounts) == len(parts) > 1 and total(amounts) == whole

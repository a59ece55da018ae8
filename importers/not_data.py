"""Rows under a header that are no data: rulers, page headings, the header again, groups' names, sums."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from functools import partial

from contracts_app.domain.money import ZERO, total
from importers.remembered import remembering
from importers.sheets import Cell, CellKind, Row
from importers.values import Conventions, DecimalMark, number

_RULER = re.compile(r"[-=_+*.~|\s]{3,}\Z")
_TOGETHER = 1_000
"""Rows that wait in memory until they are added up."""
_SUM_SIGN = re.compile(r"(?:\*+|Σ|=)\Z")


def data_rows(
    rows: Iterable[Row], header: Row, numbers: Collection[int], beside: Collection[int]
) -> Iterator[Row | None]:
    """The rows under `header`; None in place of one that is no data.

    `numbers` are the columns that hold numbers, `beside` those that a row of sums repeats (the currency).
    A row of sums is known by holding nothing else, and by being the sum of the rows above it.
    """
    named = {cell.column for cell in header.cells}
    texts = {cell.column: cell.raw.strip() for cell in header.cells}
    above = _Above(numbers, beside)
    for row in rows:
        if (
            _is_ruler(row)
            or _is_heading(row, named)
            or _is_header_again(row, texts)
            or above.are_summed_by(row)
        ):
            yield None
        else:
            above.add(row)
            yield row


def _is_ruler(row: Row) -> bool:
    """Nothing but lines; looked at once more only where the first cell is one."""
    return not row.cells or bool(
        _RULER.match(row.cells[0].raw) and all(_RULER.match(cell.raw) for cell in row.cells)
    )


def _is_heading(row: Row, named: Collection[int]) -> bool:
    """The name of a group, or of a page: one text, in a column that the header does not name."""
    return len(row.cells) == 1 and row.cells[0].column not in named and row.cells[0].kind is CellKind.text


def _is_header_again(row: Row, texts: dict[int, str]) -> bool:
    if len(row.cells) < 2 or texts.get(row.cells[0].column) != row.cells[0].raw.strip():
        return False
    return all(texts.get(cell.column) == cell.raw.strip() for cell in row.cells)


class _Above:
    """What the rows above come to, in each column that holds numbers and under either decimal mark."""

    def __init__(self, numbers: Collection[int], beside: Collection[int]) -> None:
        self._numbers, self._beside = numbers, beside
        self._rows = 0
        self._waiting: list[Row] = []
        """Rows that are not added up yet: nearly no row looks like a sum."""
        self._sums = {
            column: tuple(map(_Sum, DecimalMark)) for column in self._numbers if column not in self._beside
        }

    def add(self, row: Row) -> None:
        """A row of data."""
        self._rows += 1
        if self._sums:
            self._waiting.append(row)
            if len(self._waiting) >= _TOGETHER:
                self._add_up()

    def are_summed_by(self, row: Row) -> bool:
        """Whether the row is the sum of those above it."""
        if self._rows < 2 or any(self._is_other(cell) for cell in row.cells):
            return False
        said = [
            cell for cell in row.cells if cell.column in self._numbers and cell.column not in self._beside
        ]
        said = [cell for cell in said if not _SUM_SIGN.match(cell.raw.strip())]
        if said:
            self._add_up()
        return any(each.is_said_by(cell) for cell in said for each in self._sums[cell.column])

    def _is_other(self, cell: Cell) -> bool:
        """Whether a row with this cell is no row of sums: no number, no sign, nothing that is repeated."""
        if cell.column in self._numbers or cell.column in self._beside:
            return False
        return not _SUM_SIGN.match(cell.raw.strip())

    def _add_up(self) -> None:
        for row in self._waiting:
            for cell in row.cells:
                for each in self._sums.get(cell.column, ()):
                    each.add(cell)
        self._waiting = []


class _Sum:
    """The sum of a column under one decimal mark, as long as all of its cells are numbers under it."""

    def __init__(self, mark: DecimalMark) -> None:
        self._number = remembering(partial(number, conventions=Conventions(decimal_mark=mark)))
        self._cells = 0
        self._sum: Decimal | None = ZERO

    def add(self, cell: Cell) -> None:
        if self._sum is None:
            return
        value = self._number(cell)
        self._cells += 1
        self._sum = total((self._sum, value)) if isinstance(value, Decimal) else None

    def is_said_by(self, cell: Cell) -> bool:
        return self._sum is not None and self._cells > 1 and self._number(cell) == self._sum

"""A file whose layout says more than its columns: sheets made plain before their columns are looked for.

A continuation sheet has a face beside it, a header over two rows and rows that head or add up others; a
tabulation of bids repeats its columns for every bidder. A kind that has such files brings a function
`sheets → Arranged`; the cells it keeps stay where they stand, so that problems and entries name them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from importers.problems import Decision, Problem
from importers.sheets import Cell, CellKind, Row, Sheet


@dataclass(frozen=True, slots=True)
class Arranged:
    """Sheets with one header row and data rows only, and what the rest of the file says."""

    sheets: Sequence[Sheet]
    problems: Sequence[Problem] = ()
    decisions: Sequence[Decision] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    """What holds for every row, by field of the entry; and what the kind's steps look at."""
    ignored: Mapping[str, int] = field(default_factory=dict)
    """Rows that are no data of the kind, by reason: the report counts them."""
    provisional: bool = False
    """Whether rows hold stand-ins until an open decision is taken: they are counted, and wait."""


Arrange = Callable[[str, Sequence[Sheet], Mapping[str, str]], Arranged]
"""File name, sheets, answers → arranged sheets. Never raises on data."""


def joined_header(upper: Row, lower: Row) -> Row:
    """One header row of two: the lower text where there is one, else the upper; it stands where the lower
    does."""
    texts = {cell.column: cell for cell in upper.cells}
    texts.update({cell.column: cell for cell in lower.cells})
    return Row(lower.number, [texts[column] for column in sorted(texts)])


def spread(heads: Row, columns: Sequence[int]) -> Mapping[int, str]:
    """The head that each of the columns stands under: a head reaches to the right up to the next one."""
    over: dict[int, str] = {}
    current = None
    texts = {cell.column: cell.raw.strip() for cell in heads.cells}
    for column in range(max((*columns, *texts), default=-1) + 1):
        current = texts.get(column, current)
        if current is not None and column in columns:
            over[column] = current
    return over


def text_of(row: Row) -> str:
    """What a row says in words."""
    return " ".join(cell.raw.strip() for cell in row.cells if cell.kind is CellKind.text)


def cell_at(row: Row, column: int | None) -> Cell | None:
    """The row's cell in a column; None where it is empty."""
    return next((cell for cell in row.cells if cell.column == column), None)

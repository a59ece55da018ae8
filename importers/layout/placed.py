"""A cell that stands elsewhere in the file than in the row that it is read with."""

from __future__ import annotations

from dataclasses import dataclass

from importers.sheets import Cell


@dataclass(frozen=True, slots=True)
class PlacedCell(Cell):
    """A cell of another row or column, and its place as a spreadsheet writes it."""

    at: str = ""


def place_of(cell: Cell, row: int) -> str:
    """Where the cell stands: `C7`; `row` is that of its record."""
    return cell.at if isinstance(cell, PlacedCell) else f"{cell.letter}{row}"


def column_of(cell: Cell) -> str:
    """The letters of the cell's own column."""
    return cell.at.rstrip("0123456789") if isinstance(cell, PlacedCell) else cell.letter


def placed(cell: Cell, row: int, column: int | None = None) -> PlacedCell:
    """The cell of `row`, to be read in another row or as another column."""
    return PlacedCell(cell.column if column is None else column, cell.kind, cell.raw, place_of(cell, row))

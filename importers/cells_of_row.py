"""The cells that an entry was read from, kept small: rows of a table share names and letters of columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Annotated, Any

from pydantic import PlainSerializer, WrapValidator

from importers.layout.placed import PlacedCell, place_of
from importers.sheets import Cell, column_letter

_Shape = tuple[tuple[str, ...], tuple[str, ...]]
_MOST_SHAPES = 1_000


class CellsOfRow(Mapping[str, tuple[str, str]]):
    """Field → its cell (`C7`) and raw text; a mapping that never changes."""

    __slots__ = ("_row", "_shape", "_texts")

    def __init__(self, shape: _Shape, row: int, texts: tuple[str, ...]) -> None:
        self._shape = shape
        self._row = row
        self._texts = texts

    def __getitem__(self, field: str) -> tuple[str, str]:
        fields, letters = self._shape
        try:
            at = fields.index(field)
        except ValueError:
            raise KeyError(field) from None
        return f"{letters[at]}{self._row}", self._texts[at]

    def __iter__(self) -> Iterator[str]:
        return iter(self._shape[0])

    def __len__(self) -> int:
        return len(self._texts)

    def as_json(self) -> str:
        """The mapping as JSON."""
        row = self._row
        members = map(encode_basestring, self._texts)
        heads = _heads(self._shape)
        return (
            "{" + ",".join([f'{head}{row}",{text}]' for head, text in zip(heads, members, strict=True)]) + "}"
        )

    def __repr__(self) -> str:
        return repr(dict(self))


@lru_cache(maxsize=_MOST_SHAPES)
def _heads(shape: _Shape) -> Sequence[str]:
    """What stands before the number of the row in each cell of a row as JSON."""
    return [f'{encode_basestring(field)}:["{letter}' for field, letter in zip(*shape, strict=True)]


def cells_of_row(cells: Mapping[str, Cell], row: int) -> Mapping[str, tuple[str, str]]:
    """The cells of row `row` by field; one that stands elsewhere in the file keeps its own place."""
    if PlacedCell in map(type, cells.values()):
        return {name: (place_of(cell, row), cell.raw) for name, cell in cells.items()}
    shape = _shape(tuple(cells), tuple([cell.column for cell in cells.values()]))
    return CellsOfRow(shape, row, tuple([cell.raw for cell in cells.values()]))


@lru_cache(maxsize=_MOST_SHAPES)
def _shape(fields: tuple[str, ...], columns: tuple[int, ...]) -> _Shape:
    """One object for each shape of a row, and few shapes in a file."""
    return fields, tuple(map(column_letter, columns))


def _validated(value: Any, otherwise: Any) -> Any:
    return value if type(value) is CellsOfRow else otherwise(value)


def _written(value: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return dict(value)


SourceCells = Annotated[
    Mapping[str, tuple[str, str]],
    WrapValidator(_validated),
    PlainSerializer(_written, return_type=dict[str, tuple[str, str]]),
]
"""As a field of a model: kept as it is, written as any mapping is."""

"""The data rows under the headers of a file, read again each time they are gone through: none is held."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress, islice
from typing import overload

from importers.columns import Column, Record
from importers.headers import Header, titles
from importers.not_data import data_rows
from importers.sheets import Cell, Row, Sheet, column_letter
from importers.values import amount, identifier, quantity

_HELD = 20_000
"""Rows of a sheet whose records are held in memory: most sheets, and they are gone through several times."""
_TOTAL = re.compile(r"(?:grand |sub)?-?\s*totals?\b", re.IGNORECASE)
_Shape = tuple[int, ...]


class Records(Sequence[Record]):
    """The data rows of all sheets that have the header."""

    def __init__(
        self, sheets: Sequence[tuple[Sheet, Header, Mapping[str, int]]], columns: Sequence[Column]
    ) -> None:
        self._sheets = [_OfSheet(*each, columns) for each in sheets]

    @property
    def columns(self) -> Mapping[str, Mapping[str, tuple[str, str]]]:
        """Sheet → field → column letter and header text, of sheets with any data."""
        return {each.name: each.places for each in self._sheets if each.has_any()}

    def __bool__(self) -> bool:
        return any(each.has_any() for each in self._sheets)

    def __len__(self) -> int:
        return sum(each.count() for each in self._sheets)

    def __iter__(self) -> Iterator[Record]:
        for each in self._sheets:
            yield from each

    @overload
    def __getitem__(self, index: int) -> Record: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Record]: ...
    def __getitem__(self, index: int | slice) -> Record | Sequence[Record]:
        if isinstance(index, slice):
            return list(islice(self, index.start, index.stop, index.step))
        for record in islice(self, index, index + 1):
            return record
        raise IndexError(index)


class _OfSheet:
    def __init__(
        self, sheet: Sheet, header: Header, fields: Mapping[str, int], columns: Sequence[Column]
    ) -> None:
        self.name = sheet.name
        head = titles(header.row)
        self.places = {field: (column_letter(index), head.get(index, "")) for field, index in fields.items()}
        self._rows = sheet.rows[header.at + 1 :]
        self._header = header.row
        self._fields = fields
        self._identity = _identity(fields, columns)
        self._required = [
            (c.field, *c.either, *c.instead)
            for c in columns
            if c.required and c.parse not in (amount, quantity)
        ]
        self._numbers = {
            fields[c.field] for c in columns if c.field in fields and c.parse in (amount, quantity)
        }
        self._beside = {fields[c.field] for c in columns if c.field in fields and "currency" in c.field}
        self._shapes: dict[_Shape, Sequence[tuple[str, int]]] = {}
        self._held: Sequence[Record] | None = None
        self._is_data: bytes | None = None
        """1 for each row that is data, once all were looked at."""

    def has_any(self) -> bool:
        """Whether there is any data."""
        if self._is_data is not None:
            return 1 in self._is_data
        return any(record is not None for record in self._looked_at())

    def count(self) -> int:
        """How many rows are data."""
        self._look()
        assert self._is_data is not None
        return self._is_data.count(1)

    def __iter__(self) -> Iterator[Record]:
        if self._is_data is None and len(self._rows) > _HELD:
            return self._first_time()
        self._look()
        if self._held is not None:
            return iter(self._held)
        assert self._is_data is not None
        return map(self._record, compress(self._rows, self._is_data))

    def _look(self) -> None:
        """Find out, once, which rows are data; hold them where they are few."""
        if self._is_data is not None:
            return
        if len(self._rows) <= _HELD:
            found = list(self._looked_at())
            self._held = [record for record in found if record is not None]
            self._is_data = bytes(record is not None for record in found)
        else:
            self._is_data = bytes(record is not None for record in self._looked_at())

    def _first_time(self) -> Iterator[Record]:
        """All records, and which rows are data is known from then on."""
        flags = bytearray()
        for record in self._looked_at():
            flags.append(record is not None)
            if record is not None:
                yield record
        self._is_data = bytes(flags)

    def _looked_at(self) -> Iterator[Record | None]:
        for row in data_rows(self._rows, self._header, self._numbers, self._beside):
            record = None if row is None else self._record(row)
            yield None if record is None or self._is_total(row, record.cells) else record

    def _record(self, row: Row) -> Record:
        columns = tuple([cell.column for cell in row.cells])
        shape = self._shapes.get(columns)
        if shape is None:
            at = {column: place for place, column in enumerate(columns)}
            shape = [(field, at[column]) for field, column in self._fields.items() if column in at]
            if len(self._shapes) < _HELD:
                self._shapes[columns] = shape
        cells = row.cells
        return Record(self.name, row.number, {field: cells[place] for field, place in shape}, self.places)

    def _is_total(self, row: Row | None, cells: Mapping[str, Cell]) -> bool:
        """A row that adds up the others: a text that says so, and most fields empty or nothing that tells it
        from other rows. Never a data row. One that has all it needs and says the word beside that is data: it
        may tell of work with a total station."""
        nameless = bool(self._identity) and not any(field in cells for field in self._identity)
        if row is None or (not nameless and len(cells) * 2 > len(self._fields)):
            return False
        said = {cell.column for cell in row.cells if _TOTAL.match(cell.raw.strip())}
        besides = {field for field in cells if self._fields[field] not in said}
        whole = bool(self._required) and not any(besides.isdisjoint(fields) for fields in self._required)
        return bool(said) and (nameless or not whole)


def _identity(fields: Mapping[str, int], columns: Sequence[Column]) -> Sequence[str]:
    """The fields of which one tells a row from the others, where the sheet has any."""
    named = (c for c in columns if c.required and c.parse is identifier)
    ids = next((c for c in columns if c.field == "external_id"), next(named, None))
    return () if ids is None else tuple(f for f in (ids.field, *ids.instead, *ids.either) if f in fields)

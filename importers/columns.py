"""Which column is which field: by header, under any of its usual names, in any order, below any title
rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, overload

from importers.headers import HEADER_WITHIN as HEADER_WITHIN
from importers.headers import bare as bare
from importers.headers import currency_of as currency_of
from importers.headers import plain as plain
from importers.problems import Place
from importers.sheets import Cell
from importers.values import Parser, identifier, yes_or_no


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a kind: its name in the entry, the headers it goes by, and how its cells are read."""

    field: str
    headers: str
    """The headers it goes by, separated by commas; compared without case, blanks and signs."""
    parse: Parser
    required: bool = True
    """The column must be there and its cells must not be empty."""
    instead: tuple[str, ...] = ()
    """Fields that together stand in for a required column."""
    either: tuple[str, ...] = ()
    """Fields of which any one stands in for a required column."""
    filled: bool = False
    """The column may be missing; where it is there, its cells must not be empty."""
    title: str = ""
    """What people call it, where the field's own name is not it."""
    question: str = ""
    """Asked where a required column is missing: one answer then holds for all rows."""
    stand_in: str = "?"
    """What the rows are counted with until that question is answered."""
    only: tuple[str, ...] | None = None
    """The headers that a profile names for it; then no other is looked at. Empty: only a mapping names it."""
    along: str = ""
    """The field with which it is needed, where it is not needed otherwise."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for each in self.headers.split(",") if (name := each.strip()))

    @property
    def spellings(self) -> tuple[str, ...]:
        """Plain names in order of preference. Only a column of yes and no answers a question such as
        `Employee?`."""
        if self.only is not None:
            return tuple(plain(name) for name in self.only)
        plain_names = tuple(plain(name) for name in (self.field, *self.names, self.label))
        return (*plain_names, *(f"{n}?" for n in plain_names)) if self.parse is yes_or_no else plain_names

    @property
    def label(self) -> str:
        """What people call it."""
        return self.title or self.field.replace("_", " ").capitalize()

    @property
    def example(self) -> str:
        """What is looked for: the label, and headers it goes by."""
        others = [name for name in self.names if "_" not in name and plain(name) != plain(self.label)][:2]
        return self.label + (f" (or {', '.join(others)})" if others else "")


CONTRACT = Column(
    "contract_external_id",
    "project_id, Project, Project no, Project number, Project code, Job, Job no, Job number, Contract, "
    "Contract no, Contract number, Contract id",
    identifier,
    required=False,
    title="Contract number",
)
"""The contract a row belongs to, by its id in the source; rows without it belong to the contract imported
into."""


class Record(NamedTuple):
    """A data row with its cells by field, and the header text of each field."""

    sheet: str
    row: int
    cells: Mapping[str, Cell]
    columns: Mapping[str, tuple[str, str]]
    """Field → column letter and header text, also for fields whose cell is empty here."""

    def lacks(self, column: Column) -> bool:
        """Whether the column's cell is empty here and must not be."""
        others = (*column.instead, *column.either)
        if column.field in self.cells or any(field in self.cells for field in others):
            return False
        if (
            column.question
            and column.field not in self.columns
            and not set(column.instead) & set(self.columns)
        ):
            return False  # asked once for all rows
        return column.required or (column.filled and column.field in self.columns)

    def place(self, file: str, field: str | None = None) -> Place:
        letter, header = self.columns.get(field or "", (None, None))
        return Place(file=file, sheet=self.sheet, row=self.row, column=letter, header=header)


class Places(Sequence[Place]):
    """Where cells stand, of however many: the first ones, and how many there are."""

    _SHOWN = 10

    def __init__(self, file: str) -> None:
        self._file = file
        self._first: list[Place] = []
        self._count = 0

    @classmethod
    def of(cls, file: str, records: Sequence[Record]) -> Places:
        """Where rows stand."""
        places = cls(file)
        for record in records[: cls._SHOWN]:
            places.add(record)
        places._count = len(records)
        return places

    def add(self, record: Record, field: str | None = None) -> None:
        """One more, in the order of the file."""
        if self._count < self._SHOWN:
            self._first.append(record.place(self._file, field))
        self._count += 1

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Place: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Place]: ...
    def __getitem__(self, index: int | slice) -> Place | Sequence[Place]:
        return self._first[index]


def absent(columns: Sequence[Column], fields: Collection[str]) -> Sequence[Column]:
    """Required columns that are not there, nor those that stand in for them."""
    return [
        c
        for c in columns
        if (c.required or (c.along and c.along in fields))
        and c.field not in fields
        and not (c.instead and all(field in fields for field in c.instead))
        and not any(field in fields for field in c.either)
    ]


def missing(columns: Sequence[Column], fields: Collection[str]) -> Sequence[Column]:
    """Columns without which the sheet cannot be read: no one answer holds for all their rows."""
    return [c for c in absent(columns, fields) if not c.question]

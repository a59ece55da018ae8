"""Which column is which field: by header, under any of its usual names, in any order, below any title
rows."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from importers.not_data import data_rows
from importers.problems import Decision, Place, Problem, ask, file_problem, information, shown
from importers.sheets import Cell, Row, Sheet, column_letter
from importers.values import Parser, amount, identifier, quantity, yes_or_no

HEADER_WITHIN = 30
"""Rows at the top of a sheet that may be titles before the header."""
_WITH_CURRENCY = re.compile(r"(.+?) *\(([A-Z]{3})\)\Z", re.ASCII)


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
    """The headers that a profile names for it; then no other is looked at."""

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name.strip() for name in self.headers.split(","))

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


@dataclass(frozen=True, slots=True)
class Record:
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


@dataclass(frozen=True, slots=True)
class Table:
    """The data rows of all sheets that have the header."""

    records: Sequence[Record]
    problems: Sequence[Problem]
    decisions: Sequence[Decision] = ()
    header_rows: Sequence[int] = ()
    """The rows of the headers, of each sheet that was read."""
    waiting_rows: int = 0
    """Rows that cannot be read until a person says which column is which."""


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


def recognise(
    file: str, sheets: Sequence[Sheet], columns: Sequence[Column], decisions: Mapping[str, str]
) -> Table:
    """Find the header in each sheet and read the rows under it."""
    asked = {
        c.field: plain(decisions[f"column:{c.field}"]) for c in columns if f"column:{c.field}" in decisions
    }
    found = [(sheet, *_header(sheet, columns, asked)) for sheet in sheets]
    usable = [
        (sheet, at, fields) for sheet, at, fields in found if at is not None and not _missing(columns, fields)
    ]
    if not usable:
        return _not_recognised(file, found, columns, decisions)
    doubled = [p for sheet, at, _ in usable for p in _doubled(file, sheet, sheet.rows[at], columns)]
    if doubled:
        return Table((), doubled)
    records: list[Record] = []
    problems: list[Problem] = []
    for sheet, at, fields in usable:
        header = sheet.rows[at]
        ignored = [c for c in header.cells if c.column not in fields.values()]
        if ignored:
            names = ", ".join(c.raw.strip() for c in ignored)
            problems.append(
                information(
                    Place(file=file, sheet=sheet.name, row=header.number),
                    "columns_ignored",
                    found=names,
                    expected="columns of this kind of file",
                    mend="Nothing to do if they do not matter here.",
                )
            )
        records.extend(_records(sheet, at, fields, columns))
    read = {sheet.name for sheet, _, _ in usable}
    others = [sheet for sheet, _, _ in found if sheet.name not in read and sheet.rows]
    problems.extend(
        information(
            Place(file=file, sheet=sheet.name),
            "sheet_without_header",
            found=f"sheet {sheet.name}",
            expected="a sheet with the header of this kind of file",
            mend="It was not read.",
        )
        for sheet in others
    )
    answered = _answered(columns, usable[0], file, decisions)
    problems.extend(problem for problem, _ in answered)
    rows = [sheet.rows[at].number for sheet, at, _ in usable]
    return Table(records, problems, [decision for _, decision in answered], rows)


def fields_known(sheets: Sequence[Sheet], columns: Sequence[Column]) -> int:
    """How many of the columns the best header of the sheets names."""
    return max((len(_header(sheet, columns, {})[1]) for sheet in sheets), default=0)


def _header(
    sheet: Sheet, columns: Sequence[Column], asked: Mapping[str, str]
) -> tuple[int | None, Mapping[str, int]]:
    """Index of the row that names the most fields, and where each field stands."""
    best: tuple[int | None, Mapping[str, int]] = (None, {})
    for index, row in enumerate(sheet.rows[:HEADER_WITHIN]):
        fields = _fields(row, columns, asked)
        if len(fields) > len(best[1]):
            best = (index, fields)
    return best if len(best[1]) >= 2 else (None, {})


def _fields(row: Row, columns: Sequence[Column], asked: Mapping[str, str]) -> Mapping[str, int]:
    spelled: dict[str, int] = {}
    for cell in row.cells:
        spelled.setdefault(plain(cell.raw), cell.column)
    for cell in row.cells:
        spelled.setdefault(plain(currency_of(cell.raw)[0]), cell.column)
    fields: dict[str, int] = {}
    for column in columns:
        names = (asked[column.field],) if column.field in asked else column.spellings
        at = next((spelled[name] for name in names if name in spelled), None)
        if at is not None and at not in fields.values():
            fields[column.field] = at
    return fields


def absent(columns: Sequence[Column], fields: Collection[str]) -> Sequence[Column]:
    """Required columns that are not there, nor those that stand in for them."""
    return [
        c
        for c in columns
        if c.required
        and c.field not in fields
        and not (c.instead and all(field in fields for field in c.instead))
        and not any(field in fields for field in c.either)
    ]


def _missing(columns: Sequence[Column], fields: Collection[str]) -> Sequence[Column]:
    """Columns without which the sheet cannot be read: no one answer holds for all their rows."""
    return [c for c in absent(columns, fields) if not c.question]


def _records(sheet: Sheet, at: int, fields: Mapping[str, int], columns: Sequence[Column]) -> Sequence[Record]:
    header = {c.column: c.raw.strip() for c in sheet.rows[at].cells}
    named = (c for c in columns if c.required and c.parse is identifier)
    ids = next((c for c in columns if c.field == "external_id"), next(named, None))
    identity = () if ids is None else tuple(f for f in (ids.field, *ids.instead, *ids.either) if f in fields)
    found = {field: (column_letter(index), header[index]) for field, index in fields.items()}
    numbers = {fields[c.field] for c in columns if c.field in fields and c.parse in (amount, quantity)}
    beside = {fields[c.field] for c in columns if c.field in fields and "currency" in c.field}
    records = []
    for row in data_rows(sheet.rows[at + 1 :], sheet.rows[at], numbers, beside):
        by_column = {c.column: c for c in row.cells}
        cells = {field: by_column[index] for field, index in fields.items() if index in by_column}
        if not _is_total(row, cells, fields, identity):
            records.append(Record(sheet.name, row.number, cells, found))
    return records


def _is_total(
    row: Row, cells: Mapping[str, Cell], fields: Mapping[str, int], identity: Sequence[str]
) -> bool:
    """A row that adds up the others: a text that says so, and most fields empty or nothing that tells it from
    other rows. Never a data row."""
    nameless = bool(identity) and not any(field in cells for field in identity)
    if not nameless and len(cells) * 2 > len(fields):
        return False
    return any(re.match(r"(?:grand |sub)?-?\s*totals?\b", c.raw.strip(), re.IGNORECASE) for c in row.cells)


def _doubled(file: str, sheet: Sheet, header: Row, columns: Sequence[Column]) -> Sequence[Problem]:
    problems = []
    for column in columns:
        texts = [c for c in header.cells if plain(c.raw) in column.spellings]
        same = [c for c in texts if plain(c.raw) == plain(texts[0].raw)]
        if len(same) > 1:
            letters = " and ".join(c.letter for c in same)
            problems.append(
                file_problem(
                    file,
                    "column_doubled",
                    found=f"columns {letters} of sheet {sheet.name} are both called {same[0].raw.strip()}",
                    expected=f"one column for {column.field}",
                    mend="Rename or delete the one that does not belong.",
                )
            )
    return problems


def _not_recognised(
    file: str,
    found: Sequence[tuple[Sheet, int | None, Mapping[str, int]]],
    columns: Sequence[Column],
    decisions: Mapping[str, str],
) -> Table:
    """No sheet has all the columns: ask which are meant where most are known, else refuse the file."""
    needed = ", ".join(c.label for c in columns if c.required)
    with_header = [item for item in found if item[1] is not None]
    lettered = next((sheet for sheet, _, _ in found if sheet.rows and sheet.rows[0].number == 0), None)
    if not with_header and lettered is not None:
        return _without_header(file, lettered, columns, decisions)
    if not with_header:
        first = next(
            (shown(", ".join(c.raw.strip() for c in s.rows[0].cells)) for s, _, _ in found if s.rows),
            "no rows",
        )
        return Table(
            (),
            (
                file_problem(
                    file,
                    "header_missing",
                    found=first,
                    expected=f"a header row with {needed}",
                    mend="Check that this is the right kind of file and that its first rows name the "
                    "columns.",
                ),
            ),
        )
    sheet, at, fields = max(with_header, key=lambda item: len(item[2]))
    assert at is not None
    header = sheet.rows[at]
    left = [c for c in header.cells if c.column not in fields.values()]
    missing = _missing(columns, fields)
    place = Place(file=file, sheet=sheet.name, row=header.number)
    needed_columns = sum(1 for column in columns if column.required)
    if len(left) < len(missing) or len(missing) * 2 > needed_columns:  # more guessing than knowing
        return Table(
            (),
            (
                file_problem(
                    file,
                    "column_missing",
                    found=", ".join(c.raw.strip() for c in header.cells),
                    expected=f"also {'; '.join(c.example for c in missing)}",
                    mend="Add the column, or export the file again with it."
                    if len(missing) == 1
                    else f"Add the {len(missing)} columns, or export the file again with them.",
                ),
            ),
        )
    problems, asked = [], []
    for column in missing:
        names = [c.raw.strip() for c in left]
        close = difflib.get_close_matches(plain(column.field), [plain(n) for n in names], n=1, cutoff=0.0)
        proposal = next((n for n in names if close and plain(n) == close[0]), names[0])
        problem, decision = _which_column(column, names, proposal, place, decisions)
        problems.append(problem)
        asked.append(decision)
    return Table((), problems, asked, waiting_rows=len(sheet.rows) - at - 1)


def _without_header(
    file: str, sheet: Sheet, columns: Sequence[Column], decisions: Mapping[str, str]
) -> Table:
    """A sheet whose columns have letters for names: ask of each needed column which one it is."""
    names = [cell.raw for cell in sheet.rows[0].cells]
    place = Place(file=file, sheet=sheet.name, row=sheet.rows[1].number)
    needed = [column for column in columns if column.required]
    asked = [
        _which_column(column, names, names[min(index, len(names) - 1)], place, decisions)
        for index, column in enumerate(needed)
    ]
    return Table(
        (),
        [problem for problem, _ in asked],
        [decision for _, decision in asked],
        waiting_rows=len(sheet.rows) - 1,
    )


def _answered(
    columns: Sequence[Column],
    usable: tuple[Sheet, int, Mapping[str, int]],
    file: str,
    decisions: Mapping[str, str],
) -> Sequence[tuple[Problem, Decision]]:
    """The questions about columns that were answered, so that the report keeps them."""
    sheet, at, _ = usable
    place = Place(file=file, sheet=sheet.name, row=sheet.rows[at].number)
    headers = [cell.raw.strip() for cell in sheet.rows[at].cells]
    return [
        _which_column(column, headers, decisions[f"column:{column.field}"], place, decisions)
        for column in columns
        if f"column:{column.field}" in decisions
    ]


def _which_column(
    column: Column, headers: Sequence[str], proposal: str, place: Place, decisions: Mapping[str, str]
) -> tuple[Problem, Decision]:
    return ask(
        "column_missing",
        f"column:{column.field}",
        question=f"No column is known to be {column.label}. Which one is it?",
        choices=[(name, f"Column {name} is {column.label}.") for name in dict.fromkeys(headers)],
        proposal=proposal,
        places=[place],
        found=", ".join(headers),
        expected=column.example,
        decisions=decisions,
    )

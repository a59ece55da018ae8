"""What the mapping page shows of a file: its columns, what they are taken for, and what would be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from importers.analysis import RULES, Analysis, analyse_reading
from importers.columns import Column, absent
from importers.duration_unit import CHOICES as UNITS
from importers.entries import Kind
from importers.headers import NO_HEADER, offered
from importers.known import KnownThings
from importers.mapping import (
    FileColumn,
    Mapped,
    columns_of_file,
    guessed,
    header_meant,
    profile_of_mapping,
    sheet_meant,
)
from importers.preview import TakenColumn
from importers.problems import Problem, Severity, shown
from importers.reading import Reading
from importers.sheets import Row
from importers.values import DateOrder, DecimalMark

_MEANS = "means."
_FIXED = "fixed."
_PROBLEMS = 5
_CHOICES: Mapping[str, frozenset[str]] = {
    "date_order": frozenset(DateOrder),
    "decimal_mark": frozenset(DecimalMark),
    "duration_unit": frozenset(value for value, _ in UNITS),
}
"""What the form offers; anything else is taken as not said."""


@dataclass(frozen=True)
class HeaderChoice:
    """A row that may name the columns, and what it says."""

    value: str
    says: str


@dataclass(frozen=True)
class MappingShown:
    """A mapping as it stands, with what the file would give by it."""

    said: Mapped
    sheets: Sequence[str]
    header_rows: Sequence[HeaderChoice]
    columns: Sequence[FileColumn]
    means: Mapping[str, str]
    """Header → field."""
    fields: Sequence[Column]
    asked: Sequence[Column]
    """Fields that one answer can give for all rows, and that no column has."""
    missing: Sequence[str]
    """What is needed and neither mapped nor answered, in words."""
    twice: Sequence[str]
    """Fields that several columns were said to be."""
    analysis: Analysis | None
    units: Sequence[tuple[str, str]] = UNITS

    @property
    def read(self) -> Sequence[TakenColumn]:
        """The fields that a column was taken for, in the order of the preview."""
        return [one for one in self.analysis.columns if one.column] if self.analysis else []

    @property
    def problems(self) -> Sequence[Problem]:
        """The first things that are wrong with rows."""
        found = self.analysis.problems if self.analysis else ()
        wrong = (Severity.blocks_row, Severity.blocks_file)
        return [one for one in found if one.severity in wrong][:_PROBLEMS]


def show(reading: Reading, kind: Kind, form: Mapping[str, str]) -> MappingShown | None:
    """The mapping that the form says; where it says nothing, what we would say. None: there is nothing to
    map."""
    sheets = [one.name for one in reading.sheets if not one.hidden and one.rows]
    number = form.get("sheet", "")
    sheet = sheet_meant(reading, sheets[int(number)] if number in map(str, range(len(sheets))) else None)
    if sheet is None:
        return None
    kind = Kind(form["kind"]) if form.get("kind") in {one.value for one in RULES} else kind
    rows = [HeaderChoice(str(row.number), _says(row)) for row in offered(sheet)]
    header_row = form.get("header_row", "")
    if header_row not in {NO_HEADER, *(row.value for row in rows)}:
        header_row = header_meant(sheet)
    columns = columns_of_file(sheet, header_row)
    rules = RULES[kind]
    known = {column.field for column in rules.columns}
    as_before = form.get("shown") == f"{kind}/{sheets.index(sheet.name)}/{header_row}"
    if as_before:
        pairs = [(one.title, form.get(_MEANS + one.letter, "")) for one in columns]
    else:
        pairs = [(title, field) for field, title in guessed(rules.columns, sheet, header_row).items()]
    pairs = [(title, field) for title, field in pairs if field in known]
    mapped = {field: title for title, field in reversed(pairs)}
    fixed = {
        name.removeprefix(_FIXED): value
        for name, value in form.items()
        if name.startswith(_FIXED) and value and name.removeprefix(_FIXED) in known
    }
    said = Mapped.model_validate(
        {
            "kind": kind,
            "sheet": sheet.name,
            "header_row": header_row,
            "columns": mapped,
            "fixed": fixed,
            **{name: form[name] for name, known in _CHOICES.items() if form.get(name) in known},
        }
    )
    questions = [c for c in absent(rules.columns, mapped) if c.question]
    open_fields = absent(rules.columns, {*mapped, *fixed})
    return MappingShown(
        said=said,
        sheets=sheets,
        header_rows=rows,
        columns=columns,
        means=dict(pairs),
        fields=rules.columns,
        asked=questions,
        missing=[column.label for column in open_fields],
        twice=[
            next(c.label for c in rules.columns if c.field == field)
            for field in mapped
            if sum(1 for _, one in pairs if one == field) > 1
        ],
        analysis=_read(reading, said) if mapped else None,
    )


def _read(reading: Reading, said: Mapped) -> Analysis:
    profile = profile_of_mapping(said, "mapping", reading)
    return analyse_reading(said.kind, reading, KnownThings(), {}, profile)


def _says(row: Row) -> str:
    return shown(", ".join(cell.raw.strip()[:30] for cell in row.cells[:8]))

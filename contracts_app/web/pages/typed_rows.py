"""Tables that people type: fields named `column.row`, as many rows as they like, empty ones left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel

from contracts_app.domain.money import ZERO
from contracts_app.web.bodies import validated
from contracts_app.web.pages.forms import Form
from contracts_app.web.pages.typed_amounts import NotAnAmount, amount
from contracts_app.web.problems import FieldError, WrongBody

Model = TypeVar("Model", bound=BaseModel)
_NUMBERED = re.compile(r"(\w+)\.(\d{1,5})\Z", re.ASCII)
_NUMBER_IN_LIST = re.compile(r"\w+\.(\d+)\.(\w+)\Z", re.ASCII)


@dataclass(frozen=True)
class Row:
    """A row as typed. `number` is how its fields are numbered, `place` what a person counts, from 1."""

    number: int
    place: int
    cells: Mapping[str, str]
    labels: Mapping[str, str]

    def wrong(self, column: str, expected: str) -> WrongBody:
        """That this cell does not hold what it should."""
        label = f"Row {self.place}, {self.labels.get(column, column)}"
        return WrongBody(FieldError(f"{column}.{self.number}", self.cells.get(column, ""), expected, label))

    def text(self, column: str) -> str:
        """A cell that must say something. Raises WrongBody."""
        if not self.cells.get(column):
            raise self.wrong(column, "this must be filled in")
        return self.cells[column]

    def amount(self, column: str, currency: str) -> str:
        """A cell with an amount, as a command takes it. Raises WrongBody."""
        text = self.cells.get(column, "")
        try:
            if not text or text.endswith("%"):
                raise NotAnAmount
            return f"{amount(text, ZERO, currency):f}"
        except NotAnAmount as error:
            raise self.wrong(column, "an amount like 1200.50") from error

    def day(self, column: str) -> date | None:
        """A cell with a date, None when it is empty. Raises WrongBody."""
        text = self.cells.get(column, "")
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as error:
            raise self.wrong(column, "a date like 2025-08-31") from error


def typed_rows(form: Form, labels: Mapping[str, str], deciding: Sequence[str]) -> list[Row]:
    """The rows of the form in which one of the `deciding` columns says something, in order."""
    found: dict[int, dict[str, str]] = {}
    for name, value in form.items():
        matched = _NUMBERED.match(name)
        if matched and matched[1] in labels:
            found.setdefault(int(matched[2]), {})[matched[1]] = value
    return [
        Row(number, place, cells, labels)
        for place, (number, cells) in enumerate(sorted(found.items()), start=1)
        if any(cells.get(column) for column in deciding)
    ]


def rows_shown(
    typed: Mapping[str, str] | None,
    stored: Sequence[Mapping[str, str]],
    empty: Mapping[str, str],
    blank: int,
) -> list[Mapping[str, str]]:
    """What the table shows: what was typed and refused, else what is stored; then `blank` empty rows."""
    rows: list[Mapping[str, str]] = list(stored)
    if typed is not None:
        labels = {column: column for column in empty}
        known = {row.number: row.cells for row in typed_rows(typed, labels, list(empty))}
        # The numbers stay, so that what is wrong is marked where it stands.
        rows = [{**empty, **known.get(number, {})} for number in range(max(known, default=-1) + 1)]
    return [*rows, *(empty for _ in range(blank))]


def command_with_rows(
    model: type[Model], name: str, rows: Sequence[Row], values: Sequence[Mapping[str, Any]], **fixed: object
) -> Model:
    """A command with these rows as its list `name`; what is wrong is marked in its row. Raises WrongBody."""
    try:
        return validated(model, {name: [dict(value) for value in values], **fixed})
    except WrongBody as wrong:
        raise WrongBody(*(_in_row(error, rows) for error in wrong.errors)) from wrong


def _in_row(error: FieldError, rows: Sequence[Row]) -> FieldError:
    matched = _NUMBER_IN_LIST.match(error.field)
    if matched is None or int(matched[1]) >= len(rows):
        return error
    row, column = rows[int(matched[1])], matched[2]
    return FieldError(
        f"{column}.{row.number}",
        error.found,
        error.expected,
        f"Row {row.place}, {row.labels.get(column, column)}",
    )

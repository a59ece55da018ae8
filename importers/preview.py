"""How a file was understood, to look at before it is posted: its columns, and its first rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import round_to
from importers.columns import Column, Record
from importers.entries import Entry
from importers.problems import shown
from importers.rules import Rules

_ROWS = 8


class TakenColumn(BaseModel):
    """A field of the kind, and the column it was read from; `column` is None where the file has none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    label: str
    required: bool
    column: str | None = None
    header: str | None = None


class PreviewRow(BaseModel):
    """A row as it was understood: a text for each column that the file has, in the same order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    row: int
    cells: tuple[str, ...]


def taken(columns: Sequence[Column], records: Sequence[Record]) -> tuple[TakenColumn, ...]:
    """Which column was taken for which field, by the first sheet that was read."""
    found = records[0].columns if records else {}
    return tuple(
        TakenColumn(
            field=column.field,
            label=column.label,
            required=column.required,
            column=found.get(column.field, (None, None))[0],
            header=found.get(column.field, (None, None))[1],
        )
        for column in columns
        if column.only != () or column.required or column.field in found
    )


def preview(
    rules: Rules[Any], together: Sequence[Sequence[Entry]], records: Sequence[Record], currency: str
) -> tuple[PreviewRow, ...]:
    """The first entries of the file, one text for each column that is there."""
    present = [column.field for column in rules.columns if records and column.field in records[0].columns]
    return tuple(
        PreviewRow(
            row=entry.source.row,
            cells=tuple(_cell(entry, field, currency if field in rules.money else "") for field in present),
        )
        for entry in islice(chain.from_iterable(together), _ROWS)
    )


def _cell(entry: Entry, field: str, currency: str) -> str:
    """Amounts (in `currency`), hours, numbers and dates as they were understood; else what the file says."""
    value = getattr(entry, field, None)
    worked = getattr(entry, "seconds", None)
    if field.startswith("duration") and isinstance(worked, int):
        return f"{Decimal(worked) / 3600:.2f} h"
    if isinstance(value, Decimal):
        return f"{round_to(value, currency) if currency else value:,f}"
    if isinstance(value, date):
        return value.isoformat()
    return shown(entry.source.cells.get(field, ("", ""))[1].strip())

"""A mapping: what a person says of a file that no profile recognises, and the profile that it becomes.

The next file is recognised by having the same headers, all of them and no others; without a header, by what
its columns look like.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from importers.columns import Column
from importers.entries import Kind
from importers.headers import HEADER_WITHIN, NO_HEADER, candidates, likely, titles, with_letters
from importers.problems import shown
from importers.profiles.model import Layout, Profile
from importers.reading import Reading
from importers.sheets import Row, Sheet, column_letter
from importers.tables import fields_named
from importers.values import DateOrder, DecimalMark

_ROWS_THAT_TELL = 20
_VALUES = 4
_TELLING = ("[0-9]+", "[-+]?[0-9][0-9.,]*", "[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:[ T].*)?")
"""What the cells of a column may all look like: whole numbers, numbers, dates."""
_FEWEST_TELLING = 2


class Mapped(BaseModel):
    """What a person says of a file: its kind, the row of its headers and which of them is which field."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    sheet: str | None = None
    header_row: str = NO_HEADER
    """The row's number, or `none`."""
    columns: Mapping[str, str] = {}
    """Field → header; `Column C` without one; of repeated ones the second is `Hours (2)`."""
    fixed: Mapping[str, str] = {}
    """Field → value of every row, where no column says it."""
    date_order: Literal["month_first", "day_first"] | None = None
    decimal_mark: Literal[".", ","] | None = None
    duration_unit: str | None = None


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A column of the file to choose from: its letter, its header and first values."""

    letter: str
    title: str
    values: str


def sheet_meant(reading: Reading, name: str | None) -> Sheet | None:
    """The visible sheet with rows of exactly that name, or None; without a name the first."""
    visible = [sheet for sheet in reading.sheets if not sheet.hidden and sheet.rows]
    return next((sheet for sheet in visible if name is None or sheet.name == name), None)


def header_meant(sheet: Sheet) -> str:
    """The row that we would take for the header."""
    return likely(sheet)


def columns_of_file(sheet: Sheet, header_row: str) -> Sequence[FileColumn]:
    """The columns under that header, in their order."""
    header, rows = _headed(sheet, header_row)
    texts = titles(header) if header else {}
    top = rows[:HEADER_WITHIN]
    places = sorted({*texts, *(cell.column for row in top for cell in row.cells)})
    return [
        FileColumn(
            column_letter(place),
            texts.get(place) or f"Column {column_letter(place)}",
            shown(", ".join(_first(top, place))),
        )
        for place in places
    ]


def guessed(columns: Sequence[Column], sheet: Sheet, header_row: str) -> Mapping[str, str]:
    """Field → header, of the fields that the headers name: what to begin with."""
    header, _ = _headed(sheet, header_row)
    if header is None:
        return {}
    texts = titles(header)
    return {field: texts[place] for field, place in fields_named(header, columns).items() if place in texts}


def _first(rows: Sequence[Row], place: int) -> Sequence[str]:
    values = [cell.raw.strip()[:40] for row in rows for cell in row.cells if cell.column == place]
    return list(dict.fromkeys(values))[:_VALUES]


def _headed(sheet: Sheet, header_row: str) -> tuple[Row | None, Sequence[Row]]:
    """The header that stands in that row (in two, where the next one completes it), and the rows below."""
    if header_row == NO_HEADER:
        return with_letters(sheet).rows[0] if sheet.rows else None, sheet.rows
    found = list(candidates(sheet, header_row))
    if not found:
        return None, sheet.rows
    first, second = found[0], found[-1]
    # Two rows are one header where the lower one is shorter than what it stands under.
    lower = sheet.rows[second.at]
    best = second if second.is_split and len(lower.cells) < len(second.row.cells) else first
    return best.row, sheet.rows[best.at + 1 :]


def profile_of_mapping(said: Mapped, name: str, reading: Reading) -> Profile:
    """The profile of the mapping that was made at this file."""
    sheet = sheet_meant(reading, said.sheet)
    header, rows = _headed(sheet, said.header_row) if sheet else (None, ())
    has_header = said.header_row != NO_HEADER
    texts = list(titles(header).values()) if header and has_header else []
    several = sum(1 for one in reading.sheets if not one.hidden and one.rows) > 1
    return Profile(
        name=name,
        kind=said.kind,
        source=f"Mapping {name}",
        headers=tuple(texts),
        whole=has_header,
        shape={} if has_header else _shape(rows[:_ROWS_THAT_TELL]),
        width=None if has_header or not header else len(header.cells),
        columns={field: (_numbered(title, texts),) for field, title in said.columns.items()},
        layout=Layout(has_header=has_header, sheet=sheet.name if sheet and several else None),
        date_order=DateOrder(said.date_order) if said.date_order else None,
        decimal_mark=DecimalMark(said.decimal_mark) if said.decimal_mark else None,
        duration_unit=said.duration_unit,
        fixed=said.fixed,
    )


def _numbered(title: str, texts: Sequence[str]) -> str:
    """The first of repeated headers by its number, so that it is not asked about again."""
    return f"{title} (1)" if f"{title} (2)" in texts else title


def _shape(rows: Sequence[Row]) -> Mapping[int, str]:
    """What each column looks like; nothing, where too few columns tell the file from others."""
    columns: dict[int, list[str]] = {}
    for row in rows:
        for cell in row.cells:
            columns.setdefault(cell.column, []).append(cell.raw.strip())
    found = {
        place: pattern
        for place, texts in columns.items()
        if len(texts) == len(rows)
        for pattern in [next((one for one in _TELLING if all(re.fullmatch(one, t) for t in texts)), "")]
        if pattern
    }
    return found if len(found) >= _FEWEST_TELLING else {}

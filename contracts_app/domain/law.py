"""Numbers that are law: each a provision of a jurisdiction, in force from a day on, with its source.

The figures themselves are data (`contracts_app/law/*.toml`). Nothing here is legal advice; a row says how
well it was verified and on which day, and `is_stale` says when it wants to be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.names import BusinessDate, Name

READ_AGAIN_AFTER = timedelta(days=365)
"""After so long a row is warned of: legislatures meet every year."""


class Verified(StrEnum):
    """How well a row was verified: in the source named, in a secondary source, or not certain."""

    source = "source"
    secondary = "secondary"
    uncertain = "uncertain"


class Provision(BaseModel):
    """What every row of law says of itself. In force from `effective_from` up to the day before
    `effective_to`; `jurisdiction` is a country or a country and its part, e.g. `US-CA`; `as_of` is the day
    on which `source` was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    jurisdiction: Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,10})?$")]
    citation: Name
    effective_from: BusinessDate
    effective_to: BusinessDate | None = None
    source: Name
    as_of: BusinessDate
    verified: Verified
    note: str = ""

    @model_validator(mode="after")
    def _sensible(self) -> Provision:
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError("a provision ends after it begins")
        return self

    def covers(self, on: date) -> bool:
        """Whether the provision is in force on that day."""
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)

    def is_stale(self, today: date) -> bool:
        """Whether it was read so long ago that it wants to be read again."""
        return today - self.as_of > READ_AGAIN_AFTER


Row = TypeVar("Row", bound=Provision)


def in_force(rows: Iterable[Row], jurisdiction: str, on: date) -> Sequence[Row]:
    """The rows of exactly this jurisdiction that are in force on that day."""
    return tuple(row for row in rows if row.jurisdiction == jurisdiction and row.covers(on))


def in_place(rows: Iterable[Row], jurisdiction: str, on: date) -> Sequence[Row]:
    """The rows in force on that day of this jurisdiction, then those of the country that it is part of."""
    known = tuple(rows)
    places = dict.fromkeys((jurisdiction, jurisdiction.partition("-")[0]))
    return tuple(row for place in places for row in in_force(known, place, on))


def warnings(rows: Iterable[Provision], today: date) -> tuple[str, ...]:
    """What to say of the rows that a figure rests on: read too long ago, or never certain. Each once."""
    said = []
    for row in rows:
        if row.is_stale(today):
            said.append(
                f"{row.jurisdiction}, {row.citation}: last read on {row.as_of}; read the source again."
            )
        if row.verified is Verified.uncertain:
            said.append(f"{row.jurisdiction}, {row.citation}: not certain; ask before you rely on it.")
    return tuple(dict.fromkeys(said))

"""Rate card: the price of an hour by person, role, project and work date (docs/SPEC-time-and-materials.md).

The most specific row that covers the work date prices the entry: person in a role, then person, then role,
then the row for everybody; the rows of the entry's project come before all that name none. No row means that
the entry cannot be billed; it is never priced at zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.money import ZERO, Rate, multiply, rate_to
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.refusals import wrong_content

Key = tuple[str | None, str | None, str | None, str | None]
"""Project, class of overtime, person and role; None where a row names none."""

RATE_PLACES = 6
"""Decimals of a rate that is worked out; rates are kept with as many."""


class RateRow(BaseModel):
    """One price per hour, for work from `effective_from` up to the day before `effective_to`.

    Without a person and a role it is the rate for everybody. The rate is in the contract's currency. With a
    `multiplier` it is direct labour, and an hour is billed at rate × multiplier. A row of a `project` prices
    only work for that project. A row of an `overtime` class is its flat rate and prices no regular hour.
    `pay` is what the person is paid for an hour, for overtime that is billed by a markup on pay.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    person: Name | None = None
    role: Name | None = None
    rate: Rate
    effective_from: BusinessDate
    effective_to: BusinessDate | None = None
    project: Annotated[Name | None, ADDED_LATER] = None
    overtime: Annotated[Name | None, ADDED_LATER] = None
    multiplier: Annotated[Rate | None, ADDED_LATER] = None
    pay: Annotated[Rate | None, ADDED_LATER] = None

    @model_validator(mode="after")
    def _sensible(self) -> RateRow:
        if min(self.rate, self.multiplier or ZERO, self.pay or ZERO) < ZERO:
            raise ValueError("a rate is not negative")
        if self.multiplier is not None and self.pay is not None:
            raise ValueError("with a multiplier the rate itself is what the person is paid")
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError("a rate ends after it begins")
        return self

    @property
    def hourly(self) -> Decimal:
        """What an hour is billed at: the rate, or direct labour × multiplier, to six decimals."""
        if self.multiplier is None:
            return self.rate
        return rate_to(multiply(self.rate, self.multiplier), RATE_PLACES)

    @property
    def paid(self) -> Decimal | None:
        """What the person is paid for an hour, where the card says so."""
        return self.pay if self.multiplier is None else self.rate

    @property
    def key(self) -> Key:
        """Whose work on what the row prices."""
        return self.project, self.overtime, self.person, self.role

    def covers(self, work_date: date) -> bool:
        """Whether work on that day is priced by this row."""
        return self.effective_from <= work_date and (
            self.effective_to is None or work_date < self.effective_to
        )


class RateCard:
    """Rows, found by person, role, project and work date."""

    def __init__(self, rows: Iterable[RateRow]) -> None:
        found: dict[Key, list[RateRow]] = {}
        for row in rows:
            found.setdefault(row.key, []).append(row)
        # Of two rows that cover a day the later one was agreed later, by a change order.
        self._rows: Mapping[Key, Sequence[RateRow]] = {
            key: sorted(rows, key=lambda row: row.effective_from, reverse=True) for key, rows in found.items()
        }

    def find(
        self,
        person: str,
        role: str | None,
        work_date: date,
        project: str | None = None,
        overtime: str | None = None,
    ) -> RateRow | None:
        """The row that prices this work, None when there is none; with `overtime`, its flat rate."""
        whose = ((person, role), (person, None), (None, role), (None, None))
        for of_project in (None,) if project is None else (project, None):
            for person_or_all, role_or_all in whose if role is not None else whose[1::2]:
                for row in self._rows.get((of_project, overtime, person_or_all, role_or_all), ()):
                    if row.covers(work_date):
                        return row
        return None


def require_supersedes(known: Sequence[RateRow], added: Sequence[RateRow]) -> None:
    """Raise Refused when a change order's rate begins on the day of a rate that is there already.

    A later rate takes over from its first day on; the earlier row stays as it was agreed, and so do the
    figures of what was billed by it.
    """
    require_no_overlap(added)
    begun = {(row.key, row.effective_from) for row in known}
    for row in added:
        if (row.key, row.effective_from) in begun:
            raise wrong_content(
                "rates_overlap",
                f"There is a rate for {_whose(row)} from {row.effective_from} already: begin the new one on "
                "another day.",
            )


def require_no_overlap(rows: Sequence[RateRow]) -> None:
    """Raise Refused when two rows agreed together price the same work of the same people on the same day."""
    ordered = sorted(rows, key=lambda row: (*(part or "" for part in row.key), row.effective_from))
    for earlier, later in pairwise(ordered):
        if earlier.key != later.key:
            continue
        if earlier.effective_to is None or later.effective_from < earlier.effective_to:
            raise wrong_content(
                "rates_overlap",
                f"Two rates for {_whose(later)} cover {later.effective_from}: end the earlier one the day "
                "the later one begins.",
            )


def require_keepable(rows: Sequence[RateRow]) -> None:
    """Raise Refused for a rate, multiplier or pay with more decimals than are kept: none is rounded
    unsaid."""
    for row in rows:
        for called, value in (("rate", row.rate), ("multiplier", row.multiplier), ("pay", row.pay)):
            if value is not None and rate_to(value, RATE_PLACES) != value:
                raise wrong_content(
                    "too_many_decimals",
                    f"The {called} of {_whose(row)}, {value:f}, has more than {RATE_PLACES} decimals: round "
                    "it as the contract says.",
                )


def alike(names: Iterable[str]) -> Sequence[tuple[str, ...]]:
    """Names that differ in capitals or spaces only: to rate cards and time they are different people."""
    found: dict[str, set[str]] = {}
    for name in names:
        found.setdefault(" ".join(name.split()).casefold(), set()).add(name)
    return [tuple(sorted(spelled)) for _, spelled in sorted(found.items()) if len(spelled) > 1]


def _whose(row: RateRow) -> str:
    person = " as ".join(part for part in (row.person, row.role) if part) or "everybody"
    project = f" on {row.project}" if row.project else ""
    return f"{person}{project}{f' ({row.overtime})' if row.overtime else ''}"

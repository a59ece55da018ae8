"""Rate card: the price of an hour by person, role and work date (docs/SPEC-time-and-materials.md).

The most specific row that covers the work date prices the entry: person in a role, then person, then role,
then the row for everybody. No row means that the entry cannot be billed; it is never priced at zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.contract import BusinessDate, Name
from contracts_app.domain.money import ZERO, Rate
from contracts_app.domain.refusals import wrong_content


class RateRow(BaseModel):
    """One price per hour, for work from `effective_from` up to the day before `effective_to`.

    Without a person and a role it is the rate for everybody. The rate is in the contract's currency.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    person: Name | None = None
    role: Name | None = None
    rate: Rate
    effective_from: BusinessDate
    effective_to: BusinessDate | None = None

    @model_validator(mode="after")
    def _sensible(self) -> RateRow:
        if self.rate < ZERO:
            raise ValueError("a rate is not negative")
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError("a rate ends after it begins")
        return self

    def covers(self, work_date: date) -> bool:
        """Whether work on that day is priced by this row."""
        return self.effective_from <= work_date and (
            self.effective_to is None or work_date < self.effective_to
        )


class RateCard:
    """Rows, found by person, role and work date."""

    def __init__(self, rows: Iterable[RateRow]) -> None:
        found: dict[tuple[str | None, str | None], list[RateRow]] = {}
        for row in rows:
            found.setdefault((row.person, row.role), []).append(row)
        # Of two rows that cover a day the later one was agreed later, by a change order.
        self._rows: Mapping[tuple[str | None, str | None], Sequence[RateRow]] = {
            key: sorted(rows, key=lambda row: row.effective_from, reverse=True) for key, rows in found.items()
        }

    def find(self, person: str, role: str | None, work_date: date) -> RateRow | None:
        """The row that prices this work, None when there is none."""
        keys = ((person, role), (person, None), (None, role), (None, None))
        for key in keys if role is not None else keys[1::2]:
            for row in self._rows.get(key, ()):
                if row.covers(work_date):
                    return row
        return None


def require_supersedes(known: Sequence[RateRow], added: Sequence[RateRow]) -> None:
    """Raise Refused when a change order's rate begins on the day of a rate that is there already.

    A later rate takes over from its first day on; the earlier row stays as it was agreed, and so do the
    figures of what was billed by it.
    """
    require_no_overlap(added)
    begun = {(row.person, row.role, row.effective_from) for row in known}
    for row in added:
        if (row.person, row.role, row.effective_from) in begun:
            whose = " as ".join(part for part in (row.person, row.role) if part) or "everybody"
            raise wrong_content(
                "rates_overlap",
                f"There is a rate for {whose} from {row.effective_from} already: begin the new one on "
                "another day.",
            )


def require_no_overlap(rows: Sequence[RateRow]) -> None:
    """Raise Refused when two rows agreed together price the same person and role on the same day."""
    ordered = sorted(rows, key=lambda row: (row.person or "", row.role or "", row.effective_from))
    for earlier, later in pairwise(ordered):
        if (earlier.person, earlier.role) != (later.person, later.role):
            continue
        if earlier.effective_to is None or later.effective_from < earlier.effective_to:
            whose = " as ".join(part for part in (earlier.person, earlier.role) if part) or "everybody"
            raise wrong_content(
                "rates_overlap",
                f"Two rates for {whose} cover {later.effective_from}: end the earlier one the day the later "
                "one begins.",
            )

"""For how long the law wants each class of records kept; numbers are rows of `law/retention.toml`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.law import Provision, in_place


class RecordClass(StrEnum):
    """Kinds of records, as laws on keeping them tell them apart."""

    vouchers = "vouchers"
    books = "books"
    letters = "letters"


class Counted(StrEnum):
    """From when the years run: from the record's own day, or from the end of its calendar year."""

    day = "day"
    end_of_year = "end_of_year"

    @property
    def words(self) -> str:
        """As a sentence says it."""
        return "its day" if self is Counted.day else "the end of its calendar year"


class RetentionProvision(Provision):
    """How many years a class of records is kept in a place, and from when they are counted."""

    record_class: RecordClass
    years: int
    counted: Counted


class Kept(BaseModel):
    """A rule that applies: years from when, and whose rule it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    years: int
    counted: Counted
    citation: str

    def last_day(self, of: date) -> date:
        """The last day on which a record of this day is kept; afterwards it may go."""
        if self.counted is Counted.end_of_year:
            return date(of.year + self.years, 12, 31)
        try:
            return of.replace(year=of.year + self.years)
        except ValueError:  # 29 February
            return date(of.year + self.years, 2, 28)

    def may_go_before(self, today: date) -> date:
        """Records dated before this day are kept no longer."""
        if self.counted is Counted.end_of_year:
            return date(today.year - self.years, 1, 1)
        try:
            return today.replace(year=today.year - self.years)
        except ValueError:  # 29 February
            return date(today.year - self.years, 3, 1)


_LONGEST = 10
"""Years, from the end of the calendar year, where no row says how long: as many as the longest row has. A
place has laws without a row, too."""


def rule_for(
    record_class: RecordClass, countries: Collection[str], rows: Sequence[RetentionProvision], today: date
) -> Kept:
    """The rule that keeps a class longest in any of these countries, which may have no row."""
    found = [_in(record_class, country, rows, today) for country in sorted(countries)]
    return max(found or [_not_read("any place")], key=lambda kept: kept.last_day(today))


def _in(record_class: RecordClass, country: str, rows: Sequence[RetentionProvision], today: date) -> Kept:
    fit = [row for row in in_place(rows, country, today) if row.record_class is record_class]
    if not fit:
        return _not_read(country)
    one = max(fit, key=lambda row: row.years)
    return Kept(years=one.years, counted=one.counted, citation=f"{country}: {one.citation}")


def _not_read(place: str) -> Kept:
    return Kept(
        years=_LONGEST,
        counted=Counted.end_of_year,
        citation=f"{place}: nobody read its law yet, so as long as the longest that was read",
    )

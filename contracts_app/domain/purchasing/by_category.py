"""Terms that hold for a category of cost between two days, and the one that holds for a cost.

The category's own row comes before the one for all others (none named); no row is never taken for zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.refusals import wrong_content


class CategoryTerm(BaseModel):
    """A row for costs of a category (none: all others) of the days from `effective_from` up to the day before
    `effective_to`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    category: Name | None = None
    effective_from: BusinessDate
    effective_to: BusinessDate | None = None

    @model_validator(mode="after")
    def _sensible(self) -> CategoryTerm:
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError("a term ends after it begins")
        return self

    def covers(self, on: date) -> bool:
        """Whether a cost of that day is under this row."""
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)


Row = TypeVar("Row", bound=CategoryTerm)


def term_of(rows: Iterable[Row], category: str, on: date) -> Row | None:
    """The row of this category on that day, else the one for all others; None when there is neither."""
    covering = [row for row in rows if row.covers(on)]
    for wanted in (category, None):
        for row in covering:
            if row.category == wanted:
                return row
    return None


def require_no_overlap(rows: Sequence[CategoryTerm], what: str) -> None:
    """Raise Refused (`terms_overlap`) when two rows are for the same category on the same day; `what` they
    are, in the plural."""
    ordered = sorted(rows, key=lambda row: (row.category or "", row.effective_from))
    for earlier, later in pairwise(ordered):
        if earlier.category == later.category and earlier.covers(later.effective_from):
            raise wrong_content(
                "terms_overlap",
                f"Two {what} for {later.category or 'all others'} cover {later.effective_from}: end the "
                "earlier one the day the later one begins.",
            )

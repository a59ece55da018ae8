"""Files drawn by hypothesis: rows of work and of expenses, written as one person's export or another's."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

from tests.importers.workbooks import from_rows

FIRST = date(2024, 5, 13)
DAYS = 5
Row = tuple[int, int, int]
"""Day, hundredths (of a quarter of an hour, or of an amount), and which words."""
WORDS = ("Levels", "Site visit; second", "Drawings")
COLUMNS = {
    "timesheet": ("Date", "Person", "Hours", "Project", "Notes"),
    "expenses": ("Date", "Employee", "Amount", "Project", "Description", "Category", "SOV line"),
}


@dataclass(frozen=True)
class Halves:
    """A file of a kind and how it is cut: up to which day the one half goes, how many days the other
    overlaps; which comes first, which is taken back first; how each is written."""

    kind: str
    rows: tuple[Row, ...]
    cut: int
    overlap: int
    backwards: bool
    first_goes_first: bool
    forms: tuple[str, str]

    def written(self, form: str, said: Sequence[Row]) -> tuple[str, bytes]:
        """Name and bytes of a file of these rows."""
        columns = COLUMNS[self.kind]
        table: list[list[object]] = [list(columns), *(self._cells(row, form) for row in said)]
        if form == "turned":
            table = [row[::-1] for row in table[:1] + table[:0:-1]]
        if form == "xlsx":
            return "half.xlsx", from_rows(table)
        out = io.StringIO()
        csv.writer(out, delimiter="\t" if form == "turned" else ",").writerows(table)
        return "half.csv", out.getvalue().encode("utf-16" if form == "turned" else "utf-8")

    def _cells(self, row: Row, form: str) -> list[object]:
        day, size, words = row
        on = FIRST + timedelta(days=day)
        when: object = on if form == "xlsx" else on.strftime("%d %B %Y") if form == "turned" else str(on)
        if self.kind == "timesheet":
            return [when, "Sample Engineer", f"{size / 4:.2f}", "Studies", WORDS[words]]
        return [when, "Sample Engineer", f"{size}.10", "Studies", WORDS[words], "travel", "2"]

    def halves(self) -> list[tuple[str, bytes]]:
        """The two files, in the order in which they come in."""
        early = [row for row in self.rows if row[0] <= self.cut]
        late = [row for row in self.rows if row[0] > self.cut - self.overlap]
        cut = zip(self.forms, (early, late), strict=True)
        both = [self.written(form, half) for form, half in cut if half]
        return both[::-1] if self.backwards else both


def halves(kind: str) -> st.SearchStrategy[Halves]:
    """Files of a kind, each with at least one row, cut somewhere."""
    return st.builds(
        Halves,
        kind=st.just(kind),
        rows=st.lists(
            st.tuples(st.integers(0, DAYS - 1), st.integers(1, 8), st.integers(0, len(WORDS) - 1)),
            min_size=2,
            max_size=10,
        ).map(tuple),
        cut=st.integers(0, DAYS - 2),
        overlap=st.integers(0, 3),
        backwards=st.booleans(),
        first_goes_first=st.booleans(),
        forms=st.tuples(*[st.sampled_from(("plain", "turned", "xlsx"))] * 2),
    )

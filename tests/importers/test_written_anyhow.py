"""A table written in any encoding, delimiter, order of dates and number format reads back equal, or asks."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from importers.analysis import analyse
from importers.entries import Kind
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import KnownThings
from importers.report import dry_run

DATES = {"iso": "%Y-%m-%d", "month_first": "%m/%d/%Y", "day_first": "%d/%m/%Y", "dots": "%d.%m.%Y"}
ROWS = st.lists(
    st.tuples(
        st.integers(0, 700).map(lambda days: date(2024, 1, 1) + timedelta(days=days)),
        st.sampled_from(["Zoë Núñez", "Sample One", "O'Sample, Two", 'Sample "Q" Three']),
        st.integers(1, 95),  # quarters of an hour, less than a day
    ),
    min_size=1,
    max_size=6,
    unique=True,
)


def written(quarters: int, form: str) -> str:
    whole, rest = divmod(quarters, 4)
    if form == "clock":
        return f"{whole}:{rest * 15:02}"
    return f"{whole}{form}{rest * 25:02}"


@given(
    rows=ROWS,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    delimiter=st.sampled_from(",;\t|"),
    order=st.sampled_from(sorted(DATES)),
    form=st.sampled_from([".", ",", "clock"]),
)
@settings(max_examples=60, deadline=None)
def test_it_reads_back_equal_or_asks(
    rows: list[tuple[date, str, int]], encoding: str, delimiter: str, order: str, form: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerow(["Date", "Person", "Hours", "Notes"])
    writer.writerows(
        [day.strftime(DATES[order]), who, written(size, form), "at work"] for day, who, size in rows
    )
    data = out.getvalue().encode(encoding)
    answers: dict[str, str] = {}
    analysis = analyse(Kind.timesheet, "any.csv", data, KnownThings())
    if "date_order" in {decision.key for decision in analysis.open_decisions}:
        answers["date_order"] = order
        report = dry_run("any.csv", data, kind=Kind.timesheet)
        assert (report.outcome, report.imported) == ("needs_decision", len(rows))
    if "decimal_mark" in {decision.key for decision in analysis.open_decisions}:
        answers["decimal_mark"] = form
    analysis = analyse(Kind.timesheet, "any.csv", data, KnownThings(), answers)
    read = {(e.worked_on, e.person, e.seconds) for e in analysis.entries if isinstance(e, TimesheetEntry)}
    held = {decision.key for decision in analysis.open_decisions}
    assert not held - {"day_over_24_hours"}
    expected = {(day, who, size * 900) for day, who, size in rows}
    assert read == expected or (held and read < expected)

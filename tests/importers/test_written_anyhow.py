"""A table written in any encoding, delimiter, order of dates and number format reads back equal, or asks."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import openpyxl
import pytest
from hypothesis import assume, given, settings
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


HEADS: dict[str, tuple[list[str], ...]] = {
    "plain": (["Date", "Person", "Hours", "Notes"],),
    "below titles": (["Time of the site"], ["Sample firm", "2025"], ["Date", "Person", "Hours", "Notes"]),
    "split": (["Date", "Person", "Time", "Notes"], ["", "", "Hours", ""]),
    "split under heads": (["Work", "Worker", "Work", "About"], ["Date", "Person", "Hours", "Notes"]),
    "doubled": (["Date", "Person", "Hours", "Hours"],),
    "unknown": (["Wann genau", "Wer", "Wieviel", "Was"],),
    "none": (),
}
"""How a table may be headed: the rows above its data. Its fourth column says 1 in each row."""


@given(rows=ROWS, heads=st.sampled_from(sorted(HEADS)), turned=st.booleans())
@settings(max_examples=40, deadline=None)
def test_under_any_header_it_reads_back_equal_or_asks(
    rows: list[tuple[date, str, int]], heads: str, turned: bool
) -> None:
    """`turned`: the columns stand the other way round."""
    assume(heads != "none" or len(rows) > 1)  # a single row without a header is no table
    places = [3, 2, 1, 0] if turned else [0, 1, 2, 3]
    table = [*HEADS[heads], *([day.isoformat(), who, written(size, "."), "1"] for day, who, size in rows)]
    out = io.StringIO()
    csv.writer(out).writerows([[row[at] if at < len(row) else "" for at in places] for row in table])
    answers: dict[str, str] = {}
    while True:
        analysis = analyse(Kind.timesheet, "any.csv", out.getvalue().encode(), KnownThings(), answers)
        held = {decision.key for decision in analysis.open_decisions}
        assert not analysis.is_refused
        if not held:
            break
        assert not held & set(answers), "asked again"
        assert analysis.entries == () or held == {"day_over_24_hours"}
        answers |= {key: _answer(key, heads, turned, places) for key in held}
    read = {(e.worked_on, e.person, e.seconds) for e in analysis.entries if isinstance(e, TimesheetEntry)}
    assert read == {(day, who, size * 900) for day, who, size in rows}


def _answer(key: str, heads: str, turned: bool, places: list[int]) -> str:
    """What somebody answers who knows the table."""
    if not key.startswith(("column:", "value:")):
        first = "1" if heads == "unknown" else "none"
        return {"duration_unit": "hours", "day_over_24_hours": "keep", "header_row": first}[key]
    at = ("worked_on", "person", "duration").index(key.partition(":")[2])
    if heads == "none":
        return f"Column {'ABCD'[places.index(at)]}"
    if heads == "doubled":
        return "Hours (2)" if turned else "Hours"
    return HEADS[heads][0][at]


def test_merged_heads_reach_over_their_columns() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    rows: list[list[object]] = [
        ["Date", "Person", "Hours", None, "Notes"],
        [None, None, "Regular", "Overtime", None],
        [date(2025, 3, 4), "Sample One", 8, 2, "at work"],
    ]
    for row in rows:
        sheet.append(row)
    for area in ("A1:A2", "B1:B2", "C1:D1", "E1:E2"):
        sheet.merge_cells(area)
    out = io.BytesIO()
    book.save(out)
    report = dry_run("merged.xlsx", out.getvalue(), kind=Kind.timesheet)
    assert (report.outcome, report.rows_read, report.totals.hours) == ("ok", 1, "10.0000")  # 8 and 2
    assert report.decisions["header_row"].value == "1-2"


@pytest.mark.parametrize(
    ("unit", "sizes", "hours"),
    [
        ("minutes", (480, 90), "9.5000"),
        ("seconds", (28800, 5400), "9.5000"),
        ("days_8", (1, 0.5), "12.0000"),
        ("days_7.6", (1, 0.5), "11.4000"),
        ("hours", (1, 0.5), "1.5000"),
    ],
)
def test_what_numbers_of_time_count_is_asked_where_nothing_tells(
    unit: str, sizes: tuple[float, float], hours: str
) -> None:
    data = "Date,Person,Duration\n" + "".join(f"2025-03-04,Sample One,{size}\n" for size in sizes)
    asked = dry_run("any.csv", data.encode(), kind=Kind.timesheet)
    assert (asked.outcome, asked.decisions["duration_unit"].how) == ("needs_decision", "asked")
    assert asked.imported == 2
    report = dry_run("any.csv", data.encode(), decisions={"duration_unit": unit}, kind=Kind.timesheet)
    assert (report.outcome, report.totals.hours) == ("ok", hours)


def test_what_was_found_is_corrected_by_an_answer() -> None:
    data = b"Date,Person,Hours\n04/03/2025,Sample One,7.30\n13/03/2025,Sample Two,8.15\n"
    found = dry_run("any.csv", data, kind=Kind.timesheet)
    assert [found.decisions[key].how for key in ("date_order", "duration_unit")] == ["found", "found"]
    report = dry_run("any.csv", data, decisions={"duration_unit": "clock"}, kind=Kind.timesheet)
    assert report.decisions["duration_unit"].how == "given"
    assert report.totals.hours == "15.7500"  # 7:30 and 8:15


def test_weeks_by_number_are_mapped_and_their_hours_counted() -> None:
    data = b"10,1,70,3300\n10,2,70,3300\n10,3,60,2800\n11,1,35,100\n"
    answers = {"column:week": "Column B", "column:person": "Column A", "column:duration": "Column C"}
    waiting = dry_run("weekly.csv", data, decisions=answers, kind=Kind.timesheet)
    assert (waiting.outcome, waiting.imported, waiting.totals.hours) == ("needs_decision", 4, "235.0000")
    answers |= {"duration_unit": "hours", "value:week_year": "2014", "value:week_days": "5"}
    report = dry_run("weekly.csv", data, decisions=answers, kind=Kind.timesheet)
    assert (report.outcome, report.rows_read, report.imported) == ("ok", 4, 4)
    assert report.totals.hours == "235.0000"  # 70 + 70 + 60 + 35

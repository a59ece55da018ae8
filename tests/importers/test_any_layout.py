"""The same work written in any layout and format comes back as it was, or somebody is asked."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import KnownThings
from tests.importers.test_reading_formats import ods
from tests.importers.workbooks import from_rows

Work = tuple[str, date, int]
"""Who worked, on which day, how many quarters of an hour."""
MONDAY = date(2025, 3, 3)
PEOPLE = ("Zoë Núñez", "Sample One", "O'Sample, Two", 'Sample "Q" Three')
CENTRAL = ("Łucja Żak", "Sample One", "Ágnes, Ő", 'Dvořák "Q"')
ENCODINGS = {
    "utf-8": PEOPLE,
    "utf-8-sig": CENTRAL,
    "utf-16": CENTRAL,
    "utf-16-le": PEOPLE,
    "cp1252": PEOPLE,
    "iso8859-2": CENTRAL,
}
DATES = {"iso": "%Y-%m-%d", "month_first": "%m/%d/%Y", "day_first": "%d.%m.%Y", "long": "%d %b %Y"}
WORK = st.dictionaries(
    st.tuples(st.integers(0, 3), st.integers(0, 4)), st.integers(1, 40), min_size=1, max_size=8
)
"""Quarters of an hour by person and day of a week."""


@dataclass(frozen=True)
class Written:
    """How a table is written."""

    layout: str
    form: str
    encoding: str
    delimiter: str
    order: str
    mark: str
    titles: int
    total: bool

    def hours(self, quarters: int) -> object:
        if self.form != "text":
            return quarters / 4
        whole, rest = divmod(quarters, 4)
        return f"{whole}:{rest * 15:02}" if self.mark == ":" else f"{whole}{self.mark}{rest * 25:02}"

    def day(self, on: date) -> object:
        return on if self.form != "text" else on.strftime(DATES[self.order])


WRITTEN = st.builds(
    Written,
    layout=st.sampled_from(("rows", "split", "week", "month")),
    form=st.sampled_from(("text", "text", "xlsx", "ods")),
    encoding=st.sampled_from(sorted(ENCODINGS)),
    delimiter=st.sampled_from(",;\t|"),
    order=st.sampled_from(sorted(DATES)),
    mark=st.sampled_from(".,:"),
    titles=st.integers(0, 8),
    total=st.booleans(),
)


def table_of(work: Sequence[Work], how: Written) -> list[list[object]]:
    """The rows of the sheet: titles, header, data and perhaps a row of totals."""
    above: list[list[object]] = [["Hours of the site", *[""] * (n % 2)] for n in range(how.titles)]
    all_hours = how.hours(sum(quarters for _, _, quarters in work))
    if how.layout in ("rows", "split"):
        head: list[list[object]] = [["Employee", "Date", "Hours", "Notes"]]
        if how.layout == "split":
            head = [["Employee", "Date", "Time", "Notes"], ["", "", "Hours", ""]]
        data = [[who, how.day(on), how.hours(quarters), "at work"] for who, on, quarters in work]
        end: list[list[object]] = [["Total", "", all_hours, ""]]
        return [*above, *head, *data, *(end if how.total else [])]
    if how.layout == "week":
        days = [MONDAY + timedelta(days=n) for n in range(7)]
        heads: list[object] = [how.day(day) for day in days]
    else:
        days = [MONDAY.replace(day=n) for n in range(1, 32)]
        heads = list(range(1, 32)) if how.form != "text" else [str(n) for n in range(1, 32)]
        above = [["March 2025"], *above]
    data = []
    for name in dict.fromkeys(who for who, _, _ in work):
        done = {on: quarters for who, on, quarters in work if who == name}
        row = [how.hours(done[day]) if day in done else "" for day in days]
        data.append([name, *row, how.hours(sum(done.values()))])
    sums = [sum(quarters for _, on, quarters in work if on == day) for day in days]
    end = [["Total", *(how.hours(each) if each else "" for each in sums), all_hours]]
    return [*above, ["Employee", *heads, "Total"], *data, *(end if how.total else [])]


def file_of(table: Sequence[Sequence[object]], how: Written) -> tuple[str, bytes]:
    """Name and bytes of the file."""
    if how.form == "xlsx":
        return "any.xlsx", from_rows([[cell if cell != "" else None for cell in row] for row in table])
    if how.form == "ods":
        rows = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in table)
        return "any.ods", ods(f'<table:table table:name="A">{rows}</table:table>')
    out = io.StringIO()
    csv.writer(out, delimiter=how.delimiter).writerows(table)
    return "any.csv", (b"\xff\xfe" if how.encoding == "utf-16-le" else b"") + out.getvalue().encode(
        how.encoding
    )


def _cell(cell: object) -> str:
    if isinstance(cell, date):
        kind, said = f'office:value-type="date" office:date-value="{cell}"', str(cell)
    elif isinstance(cell, int | float):
        kind, said = f'office:value-type="float" office:value="{cell}"', str(cell)
    else:
        kind, said = 'office:value-type="string"', escape(str(cell))
    return (
        f"<table:table-cell {kind}><text:p>{said}</text:p></table:table-cell>"
        if said
        else "<table:table-cell/>"
    )


def answer(key: str, how: Written) -> str:
    """What somebody answers who knows the table."""
    known = {
        "date_order": "month_first" if how.order == "month_first" else "day_first",
        "decimal_mark": how.mark,
        "duration_unit": "hours",
        "day_over_24_hours": "keep",
        "encoding": how.encoding,
    }
    return known[key]


def test_titles_over_few_rows_do_not_hide_the_sign_between_fields() -> None:
    data = "Hours of the site\n" * 5 + "Employee;Date;Hours\nSample One;2025-03-03;0,25\n"
    analysis = analyse(Kind.timesheet, "any.csv", data.encode(), KnownThings())
    assert read(analysis) == Counter([("Sample One", MONDAY, 1)])


@given(work=WORK, how=WRITTEN)
@settings(max_examples=100, deadline=None)
def test_any_table_comes_back_as_it_was_or_asks(work: dict[tuple[int, int], int], how: Written) -> None:
    people = ENCODINGS[how.encoding] if how.form == "text" else CENTRAL
    said = [(people[who], MONDAY + timedelta(days=day), size) for (who, day), size in sorted(work.items())]
    name, data = file_of(table_of(said, how), how)
    answers: dict[str, str] = {}
    if how.form == "text" and how.encoding == "iso8859-2":
        answers["encoding"] = how.encoding
    while True:
        analysis = analyse(Kind.timesheet, name, data, KnownThings(), answers)
        assert not analysis.is_refused, analysis.problems
        held = {decision.key for decision in analysis.open_decisions}
        if not held:
            break
        assert not held & set(answers), "asked again"
        assert not (read(analysis) - Counter(said)), "taken before the answer"
        answers |= {key: answer(key, how) for key in held}
    assert read(analysis) == Counter(said), (analysis.problems, answers)


def read(analysis: Analysis) -> Counter[Work]:
    return Counter(
        (entry.person, entry.worked_on, entry.seconds // 900)
        for entry in analysis.entries
        if isinstance(entry, TimesheetEntry)
    )

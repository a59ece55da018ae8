"""Grids of a month whose days are only numbers, and workbooks with a sheet for each person."""

from __future__ import annotations

from datetime import date

import pytest

from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import KnownThings
from importers.layout.months import Month, month_above, month_said
from importers.report import dry_run
from importers.sheets import Cell, CellKind, Row
from tests.importers.workbooks import from_sheets, to_csv

ALL = {"projects": "all"}


def days(hours: dict[int, str], *labels: str, last: int = 31) -> list[str]:
    return [*labels, *(hours.get(day, "") for day in range(1, last + 1)), ""]


def month(last: int = 31, *labels: str) -> list[str]:
    return [*(labels or ("Employee", "Task")), *(str(day) for day in range(1, last + 1)), "Total"]


def entries_of(analysis: Analysis) -> list[tuple[str, date, int]]:
    return [
        (entry.person, entry.worked_on, entry.seconds // 3600)
        for entry in analysis.entries
        if isinstance(entry, TimesheetEntry)
    ]


def test_the_month_stands_in_a_title() -> None:
    rows = [["Hours", "March 2025"], month(), days({3: "8", 31: "7"}, "Sample One", "Design")]
    analysis = analyse(Kind.timesheet, "march.csv", to_csv(rows), KnownThings(), ALL)
    assert entries_of(analysis) == [
        ("Sample One", date(2025, 3, 3), 8),
        ("Sample One", date(2025, 3, 31), 7),
    ]
    assert analysis.entries[1].source.cells["duration"] == ("AG3", "7")
    assert analysis.entries[1].source.cells["worked_on"] == ("AG2", "2025-03-31")


def test_without_a_title_the_month_is_asked_and_the_hours_are_counted() -> None:
    data = to_csv([month(30), days({3: "8"}, "Sample One", "Design", last=30)])
    asked = dry_run("hours_2025-03-31.csv", data)  # the day of the export says nothing
    assert (asked.outcome, asked.kind, asked.totals.hours) == ("needs_decision", "timesheet", "8.0000")
    assert (
        asked.decisions["month"].question
        == "The days are only numbers. Of which month are they (as 2025-03)?"
    )
    wrong = dry_run("h.csv", data, decisions={"month": "soon"})
    assert wrong.decisions["month"].how == "asked"
    answered = analyse(Kind.timesheet, "h.csv", data, KnownThings(), {**ALL, "month": "04/2025"})
    assert entries_of(answered) == [("Sample One", date(2025, 4, 3), 8)]


def test_hours_on_a_day_that_the_month_does_not_have_are_refused() -> None:
    rows = [["February 2025"], month(), days({27: "8", 30: "2"}, "Sample One", "Design")]
    analysis = analyse(Kind.timesheet, "feb.csv", to_csv(rows), KnownThings(), ALL)
    assert entries_of(analysis) == [("Sample One", date(2025, 2, 27), 8)]
    (problem,) = [p for p in analysis.problems if p.expected == "a date that exists"]
    assert (problem.row, problem.column, problem.found) == (3, "AF", "2025-02-30")


@pytest.mark.parametrize(("titled", "first"), [("April 2025", 3), ("March 2025", 3)])
def test_a_period_over_two_months_is_told_by_its_weekdays(titled: str, first: int) -> None:
    heads = ["Fri 28", "Sat 29", "Sun 30", "Mon 31", "Tue 1", "Wed 2", "Thu 3"]
    rows = [["Period", titled], ["Employee", *heads], ["Sample One", "8", "", "", "", "", "", "7"]]
    found = entries_of(analyse(Kind.timesheet, "p.csv", to_csv(rows), KnownThings(), ALL))
    assert [on for _, on, _ in found] == [date(2025, first, 28), date(2025, first + 1, 3)]


def test_a_title_that_the_weekdays_contradict_is_asked() -> None:
    rows = [["June 2025"], ["Employee", "Mon 3", "Tue 4", "Wed 5"], ["Sample One", "8", "8", "8"]]
    assert dry_run("p.csv", to_csv(rows)).decisions["month"].how == "asked"


def test_labels_may_stand_beside_weekdays_over_the_numbers() -> None:
    names = ["Sat", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri"]
    heads = ["Employee", *(names[day % 7] for day in range(31))]
    rows = [["03/2025"], heads, month()[1:-1], ["Sample One", "", "", "8"]]
    rows[2][0] = ""
    found = entries_of(analyse(Kind.timesheet, "m.csv", to_csv(rows), KnownThings(), ALL))
    assert found == [("Sample One", date(2025, 3, 3), 8)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Stundenzettel März 2025", Month(2025, 3)),
        ("Hours for Sept. 2025", Month(2025, 9)),
        ("2025-03", Month(2025, 3)),
        ("Mar '25", Month(2025, 3)),
        ("2025-03-14", None),
        ("14.03.2025", None),
        ("January 2025 to February 2025", None),
        ("Lot 2025", None),
    ],
)
def test_months_in_titles(text: str, said: Month | None) -> None:
    assert month_said(text) == said


def test_month_and_year_may_stand_apart_and_a_sheet_may_be_called_by_its_month() -> None:
    words = [Cell(0, CellKind.text, "Month"), Cell(1, CellKind.text, "March"), Cell(2, CellKind.text, "Year")]
    row = Row(1, (*words, Cell(3, CellKind.number, "2025")))
    assert month_above([row], "Sheet1") == Month(2025, 3)
    assert month_above([], "March 2025") == Month(2025, 3)
    assert month_above([], "export March 2025") is None


TABLE = [["Date", "Task", "Hours"], ["2025-03-03", "Design", "8"]]


def test_a_name_above_the_table_is_who_worked() -> None:
    data = from_sheets(
        {"A": [["Employee:", "Sample One"], [""], *TABLE], "B": [["Name: Sample Two"], *TABLE]}
    )
    analysis = analyse(Kind.timesheet, "people.xlsx", data, KnownThings(), ALL)
    assert entries_of(analysis) == [
        ("Sample One", date(2025, 3, 3), 8),
        ("Sample Two", date(2025, 3, 3), 8),
    ]
    assert [entry.source.cells["person"][0] for entry in analysis.entries] == ["B1", "A1"]
    assert not analysis.open_decisions


def test_the_upper_half_of_a_header_is_no_title() -> None:
    rows = [["Employee", "Hours"], ["", "Regular hours", "Date"], ["Sample One", "8", "2025-03-03"]]
    analysis = analyse(Kind.timesheet, "split.csv", to_csv(rows), KnownThings(), ALL)
    assert {who for who, _, _ in entries_of(analysis)} <= {"Sample One"}


def test_names_of_sheets_are_people_only_when_somebody_says_so() -> None:
    data = from_sheets({"Sample One": TABLE, "Sample Two": TABLE})
    asked = dry_run("people.xlsx", data)
    assert (asked.outcome, asked.kind, asked.totals.hours) == ("needs_decision", "timesheet", "16.0000")
    assert list(asked.decisions)[-1] == "sheet_names"
    given = analyse(Kind.timesheet, "p.xlsx", data, KnownThings(), {**ALL, "sheet_names": "people"})
    assert [who for who, _, _ in entries_of(given)] == ["Sample One", "Sample Two"]
    others = analyse(Kind.timesheet, "p.xlsx", data, KnownThings(), {**ALL, "sheet_names": "not_people"})
    assert [decision.key for decision in others.open_decisions] == ["value:person"]
    one = {**ALL, "sheet_names": "not_people", "value:person": "Sample Three"}
    assert {who for who, _, _ in entries_of(analyse(Kind.timesheet, "p.xlsx", data, KnownThings(), one))} == {
        "Sample Three"
    }


def test_a_month_on_a_sheet_for_each_person() -> None:
    sheets = {
        name: [["March 2025"], month(31, "Task"), days({3: "8"}, "Design")]
        for name in ("Sample One", "Sample Two")
    }
    given = {**ALL, "sheet_names": "people"}
    found = entries_of(analyse(Kind.timesheet, "m.xlsx", from_sheets(sheets), KnownThings(), given))
    assert found == [("Sample One", date(2025, 3, 3), 8), ("Sample Two", date(2025, 3, 3), 8)]

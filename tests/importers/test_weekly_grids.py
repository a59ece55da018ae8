"""Weekly grids: a column a day becomes a row a day, with the cell it stands in; sums are left out."""

from __future__ import annotations

from datetime import date

from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import KnownThings
from importers.report import dry_run
from tests.importers.workbooks import to_csv

GERMAN = (
    "Stundenzettel KW 11/2025;;;;;;\n"
    "Mitarbeiter;Projekt;Mo 10.03.;Di 11.03.;Mi 12.03.;Do 13.03.;Fr 14.03.;Summe\n"
    "Zoë Muster;Halle;7,5;-;2 h;;1:30;11\n"
    "Summe;;7,5;;2;;1,5;11\n"
).encode("cp1252")


def entries_of(analysis: Analysis) -> list[TimesheetEntry]:
    return [entry for entry in analysis.entries if isinstance(entry, TimesheetEntry)]


def test_dates_without_a_year_take_it_from_the_title_and_sums_are_no_rows() -> None:
    analysis = analyse(Kind.timesheet, "kw11.csv", GERMAN, KnownThings(), {"projects": "all"})
    entries = entries_of(analysis)
    assert [(e.worked_on, e.seconds) for e in entries] == [
        (date(2025, 3, 10), 27000),
        (date(2025, 3, 12), 7200),
        (date(2025, 3, 14), 5400),
    ]
    assert {(e.person, e.project) for e in entries} == {("Zoë Muster", "Halle")}
    assert entries[1].source.cells["duration"] == ("E3", "2 h")
    assert entries[1].source.cells["worked_on"] == ("E2", "2025-03-12")
    assert "row_total_differs" not in {p.code for p in analysis.problems}


def test_a_total_that_is_not_the_sum_of_its_days_is_reported() -> None:
    analysis = analyse(
        Kind.timesheet, "kw11.csv", GERMAN.replace(b";11\nSumme", b";12\nSumme"), KnownThings()
    )
    (problem,) = [p for p in analysis.problems if p.code == "row_total_differs"]
    assert (problem.row, problem.found, problem.expected) == (3, "12", "11.00, the sum of its days")


CREW = [
    ["Crew time card", "", "", "", "", "", "", "", "", ""],
    ["Job:", "24-017 Bridge", "", "", "", "", "", "", "", ""],
    ["Name", "Type", "3/9/2025", "3/10/2025", "3/11/2025", "3/12/2025", "3/13/2025", "Total"],
    ["Sample One", "ST", "", "8", "8", "", "", "16"],
    ["", "OT", "", "", "2", "", "", "2"],
    ["", "", "", "", "", "", "", ""],
    ["Sample Two", "ST", "", "", "8", "", "", "8"],
]


def test_merged_names_are_repeated_and_pairs_of_rows_are_classes_of_overtime() -> None:
    analysis = analyse(Kind.timesheet, "crew.csv", to_csv(CREW), KnownThings(), {"projects": "all"})
    assert [
        (e.person, e.worked_on.day, e.seconds // 3600, e.overtime, e.project) for e in entries_of(analysis)
    ] == [
        ("Sample One", 10, 8, None, "24-017 Bridge"),
        ("Sample One", 11, 8, None, "24-017 Bridge"),
        ("Sample One", 11, 2, "overtime", "24-017 Bridge"),
        ("Sample Two", 11, 8, None, "24-017 Bridge"),
    ]


def test_weekdays_take_their_dates_from_the_week_or_ask_for_it() -> None:
    rows = [
        ["Week ending:", "16/03/2025"],
        ["", ""],
        ["Employee", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        ["Sample One", "8", "", "", "", "", "", "4"],
    ]
    found = entries_of(analyse(Kind.timesheet, "week.csv", to_csv(rows), KnownThings()))
    assert [(e.worked_on, e.seconds // 3600) for e in found] == [
        (date(2025, 3, 10), 8),
        (date(2025, 3, 16), 4),
    ]
    asked = dry_run("week.csv", to_csv(rows[2:]))
    assert (asked.outcome, asked.kind, asked.imported, asked.totals.hours) == (
        "needs_decision",
        "timesheet",
        2,
        "12.0000",  # 8 + 4, counted while the week is open
    )
    answered = dry_run("week.csv", to_csv(rows[2:]), decisions={"week_ending": "2025-03-16"})
    assert (answered.outcome, answered.totals.hours) == ("ok", "12.0000")

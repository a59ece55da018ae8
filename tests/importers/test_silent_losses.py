"""Rows and units that a reading could get wrong without a word."""

from __future__ import annotations

from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.known import KnownThings


def _read(said: str, **answers: str) -> Analysis:
    named = {key.replace("__", ":"): value for key, value in answers.items()}
    return analyse(Kind.timesheet, "sheet.csv", said.encode(), KnownThings(), {"projects": "all", **named})


def test_work_with_a_total_station_is_no_total_and_totals_are_no_work() -> None:
    head = "Date,Person,Hours,Project,Task,Role,Billable,Notes\n"
    work = "2024-05-13,Ann,5,A,x,Eng,yes,Levels\n2024-05-14,Ann,4,,,,,Total station survey\n"
    sums = ",,9,,,,,Total\nTotal,,9,,,,,\n2024-05-31,,9,,,,,Total May\n,Total Ann,9,,,,,\n"
    found = _read(head + work + sums)
    assert found.rows_read == 2
    assert [(one.code, one.place.row) for one in found.problems if one.place.row == 3] == [
        ("value_missing", 3)  # no project: somebody mends it, and nothing is lost in silence
    ]


def test_a_column_of_days_is_never_taken_for_hours() -> None:
    said = "Date,Person,Days,Project,Notes\n2024-05-13,Ann,5,A,x\n2024-05-14,Ann,4,A,y\n"
    (asked,) = [one for one in _read(said, column__duration="Days").decisions if one.key == "duration_unit"]
    assert (asked.decided, asked.proposal) == (None, "days_8")

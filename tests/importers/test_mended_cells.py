"""A mended cell reads as if the file had it, and what the file says is never forgotten."""

from __future__ import annotations

from datetime import date

import pytest

from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.kinds.timesheet_entry import TimesheetEntry
from importers.known import KnownThings
from importers.mending import Mend
from importers.problems import Severity
from tests.importers.workbooks import from_rows

KNOWN = KnownThings(contract_external_id="T", project_names=frozenset({"Studies"}))
HEADER = ["Date", "Person", "Hours", "Project", "Notes"]
BAD = [
    HEADER,
    ["2024-02-19", "A. Engineer", "2.00", "Studies", "Survey"],
    ["2024-02-20", "A. Engineer", "two", "Studies", "Report"],
    ["2024-02-30", "", "1.5", "Studies", "=1+1"],
]
GOOD = [
    *BAD[:2],
    ["2024-02-20", "A. Engineer", "2", "Studies", "Report"],
    ["2024-02-29", "B. Engineer", "1.5", "Studies", "=1+1"],
]
MENDS = (
    Mend("june", 3, "C", "two", "2"),
    Mend("june", 4, "A", "2024-02-30", "2024-02-29"),
    Mend("june", 4, "B", "", "B. Engineer"),
)


def read_as(rows: list[list[str]], mends: tuple[Mend, ...] = ()) -> Analysis:
    text = "\n".join(",".join(row) for row in rows) + "\n"
    return analyse(Kind.timesheet, "june.csv", text.encode(), KNOWN, mends=mends)


def test_a_mended_file_says_what_a_file_without_the_mistakes_says() -> None:
    meant, mended = read_as(GOOD), read_as(BAD, MENDS)
    assert [one.content() for one in mended.entries] == [one.content() for one in meant.entries]
    assert [one.external_id for one in mended.entries] == [one.external_id for one in meant.entries]
    assert (mended.refused, meant.refused, read_as(BAD).refused) == (0, 0, 2)


def test_an_entry_remembers_its_cell_and_what_the_file_says_in_it() -> None:
    entries = read_as(BAD, MENDS).entries
    last = entries[-1]
    assert isinstance(last, TimesheetEntry)
    assert last.worked_on == date(2024, 2, 29)
    assert last.source.cells["worked_on"] == ("A4", "2024-02-29")
    assert last.source.mended == {"worked_on": "2024-02-30", "person": ""}
    assert entries[0].source.mended == {}
    emptied = read_as(GOOD, (Mend("june", 3, "E", "Report", ""),)).entries[1].source
    assert ("description" not in emptied.cells, emptied.mended) == (True, {"description": "Report"})


@pytest.mark.parametrize(
    "mend",
    [
        Mend("june", 9, "C", "two", "2"),
        Mend("july", 3, "C", "two", "2"),
        Mend("june", 3, "ZZ", "two", "2"),
        Mend("june", 3, "C", "three", "2"),
    ],
    ids=["no such row", "no such sheet", "no such column", "the cell says something else"],
)
def test_a_mend_of_a_cell_that_is_not_there_stays_out_and_is_named(mend: Mend) -> None:
    analysis = read_as(BAD, (mend,))
    assert analysis.refused == 2
    named = [one for one in analysis.problems if one.code == "mend_left_out"]
    assert [(one.sheet, one.row, one.column, one.rows) for one in named] == [
        (mend.sheet, mend.row, mend.column, 1)
    ]
    assert named[0].severity is Severity.information


def test_what_is_typed_into_a_workbook_is_taken_as_a_spreadsheet_takes_it() -> None:
    data = from_rows([HEADER, [date(2024, 2, 19), "A. Engineer", 7.5, "Studies", "Survey"], BAD[2]], "Week")
    mends = (Mend("Week", 3, "C", "two", "1234.5"), Mend("Week", 3, "E", "Report", "=SUM(A1)"))
    analysis = analyse(Kind.timesheet, "week.xlsx", data, KNOWN, mends=(Mend("Week", 3, "C", "two", "12.5"),))
    assert [one.content()["seconds"] for one in analysis.entries] == ["27000", "45000"]
    # 1,234.5 hours of a day are refused as such; text that looks like a formula is text.
    strange = analyse(Kind.timesheet, "week.xlsx", data, KNOWN, mends=mends)
    assert strange.to_mend.rows[-1].cells["E"] == "=SUM(A1)"


def test_rows_to_mend_are_those_with_something_wrong_and_those_mended() -> None:
    before = read_as(BAD).to_mend
    assert before.headers == {
        "june": tuple(zip("ABCDE", HEADER, strict=True)),
    }
    assert [(one.row, [wrong.column for wrong in one.problems]) for one in before.rows] == [
        (3, ["C"]),
        (4, ["A", "B"]),
    ]
    after = read_as(BAD, MENDS).to_mend
    assert [(one.row, one.problems, one.cells.get("C")) for one in after.rows] == [
        (3, (), "2"),
        (4, (), "1.5"),
    ]

"""The workbook that is handed back: as it stood, bad cells marked, nothing that runs or leads outside."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import Font, PatternFill

from importers.analysis import analyse
from importers.entries import Kind
from importers.handing_back import workbook
from importers.handing_back.remarks import Remark
from importers.handing_back.workbook import annotated
from importers.known import Imported, KnownThings
from importers.mending import Mend, mended
from importers.reading import read
from tests.importers.workbooks import from_rows

KNOWN = KnownThings(contract_external_id="T", project_names=frozenset({"Studies"}))
STRANGE = ["=1+1", "+1", "-1+2", "@SUM(A1)", "|cmd", "%0A", "#N/A", "007", "12345678901234567890", "1e5"]
FILE = (
    "Date,Person,Hours,Project,Notes\n"
    "2024-02-19,A. Engineer,2.00,Studies,=1+1\n"
    "\n"
    "2024-02-20,A. Engineer,two,Studies,007\n"
)


def handed_back(name: str, data: bytes, mends: tuple[Mend, ...] = ()) -> bytes:
    analysis = analyse(Kind.timesheet, name, data, KNOWN, mends=mends)
    return annotated(mended(read(name, data), mends), analysis.problems, data)


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


def said(name: str, data: bytes) -> list[tuple[str, int, list[tuple[int, str]]]]:
    return [
        (sheet.name, row.number, [(cell.column, cell.raw) for cell in row.cells])
        for sheet in read(name, data).sheets
        for row in sheet.rows
    ]


def test_bad_cells_are_marked_and_listed_with_links_and_all_else_is_as_it_stood() -> None:
    made = handed_back("week 7.csv", FILE.encode(), (Mend("week 7", 2, "C", "2.00", "3"),))
    book = opened(made)
    assert book.sheetnames == ["Problems", "week 7"]
    notes, sheet = book["Problems"], book["week 7"]
    listed = [
        (row[0].value, row[0].hyperlink.location, row[1].value, row[3].value) for row in notes.iter_rows(5)
    ]
    assert listed == [
        ("week 7 C4", "'week 7'!C4", "Row left out", "two"),
        ("week 7 C2", "'week 7'!C2", "Mended", "2.00"),
    ]
    bad, mend, good = sheet["C4"], sheet["C2"], sheet["E4"]
    assert "hours" in bad.comment.text
    assert bad.fill.start_color.rgb == "FFF4B6B6"
    assert (mend.value, mend.comment.text) == ("3", "Mended: the file says 2.00.")
    assert (good.value, good.data_type, good.comment, good.fill.fill_type) == ("007", "s", None, None)
    assert sheet["A3"].value is None
    # What is read of it again is what was read of the file, and the list of problems is no part of it.
    assert said("again.xlsx", made) == said("week 7.csv", FILE.replace("2.00", "3").encode())


def test_no_cell_is_a_formula_and_nothing_leads_outside() -> None:
    rows = ["Date,Person,Hours,Project,Notes"] + [f"2024-02-19,x,two,Studies,{each}" for each in STRANGE]
    made = handed_back("=cmd|'x'!A0.csv", "\n".join(rows).encode())
    book = opened(made)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert all(cell.row > 4 and cell.column == 7 for cell in cells if cell.data_type == "n")  # the counts
    risky = [cell for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]
    assert len(risky) >= 4
    assert all(cell.quotePrefix for cell in risky)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        names = archive.namelist()
        text = b"".join(archive.read(name) for name in names)
    assert b"<f>" not in text
    assert b"TargetMode" not in text
    assert b"<definedName " not in text
    assert not [name for name in names if "vba" in name or "external" in name]


def test_control_characters_of_a_file_are_told_and_never_written() -> None:
    said = Remark("blocks_row", "week", 4, "C", "Hours", "t\x07wo", "hours\x1b", "Say \x0b it.", 1)
    assert said.comment == "Row left out.\nFound: t\\x07wo\nExpected: hours\\x1b\nSay \\x0b it."
    assert replace(said, effect="mended").comment == "Mended: the file says t\\x07wo."


def test_numbers_and_dates_of_a_workbook_stay_what_they_were() -> None:
    rows: list[list[object]] = [
        ["Date", "Person", "Hours", "Project", "Notes"],
        [date(2024, 2, 19), "A. Engineer", 7.25, "Studies", True],
        [date(2024, 2, 20), "A. Engineer", "two", "Studies", 1331102],
    ]
    data = from_rows(rows, "Week/7"[:4])
    made = handed_back("week.xlsx", data)
    assert said("week.xlsx", made) == said("week.xlsx", data)
    assert opened(made)["Week"]["C2"].value == 7.25


def test_of_a_large_file_rows_without_problems_are_left_out_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "VALUES", 12)
    rows = ["Date,Person,Hours,Project"] + ["2024-02-19,A. Engineer,1,Studies"] * 5
    rows.append("2024-02-19,A. Engineer,two,Studies")
    book = opened(handed_back("large.csv", "\n".join(rows).encode()))
    assert [cell.value for cell in book["large"]["C"]] == ["Hours", "1", "1", None, None, None, "two"]
    assert "3 rows without a problem are left out" in str(book["Problems"]["A3"].value)


def test_mended_in_the_workbook_and_brought_in_again_only_what_is_new_comes_in() -> None:
    first = analyse(Kind.timesheet, "week.csv", FILE.encode(), KNOWN)
    book = opened(handed_back("week.csv", FILE.encode()))
    book["week"]["C4"].value = "2.5"
    out = io.BytesIO()
    book.save(out)
    imported = {
        one.external_id: Imported(content_key=one.content_key, content=one.content()) for one in first.entries
    }
    again = analyse(
        Kind.timesheet, "week.xlsx", out.getvalue(), KNOWN.model_copy(update={"imported": imported})
    )
    assert (len(first.entries), again.known, len(again.entries), again.refused) == (1, 1, 1, 0)
    assert again.entries[0].source.cells["duration"] == ("C4", "2.5")


def test_a_workbook_looks_as_it_did_and_what_runs_or_leads_outside_is_gone() -> None:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    sheet = book.create_sheet("Week 7")
    for row in (
        ["Date", "Person", "Hours", "Project", "Notes"],
        [date(2024, 2, 19), "A. Engineer", 7.5, "Studies", "=1+1"],
        [date(2024, 2, 20), "A. Engineer", "two", "Studies", '=HYPERLINK("http://localhost/","x")'],
    ):
        sheet.append(row)
    sheet["A1"].font = Font(bold=True, name="Georgia", color="FFFFFFFF")
    sheet["A1"].fill = PatternFill("solid", start_color="FF1F3864")
    sheet["A2"].number_format = "dd.mm.yyyy"
    sheet["C2"].number_format = '0.00 "h"'
    sheet["C3"].font = Font(italic=True, name="Georgia", color="FFFFFFFF")
    sheet.column_dimensions["B"].width = 33
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    book.save(out)
    again = opened(handed_back("week.xlsx", out.getvalue(), (Mend("Week 7", 2, "C", "7.5", "2024-02-19"),)))
    made = again["Week 7"]
    assert (made["A1"].font.b, made["A1"].font.name, made["A1"].fill.start_color.rgb) == (
        True, "Georgia", "FF1F3864",
    )  # fmt: skip
    assert (made["A2"].number_format, made["A2"].value.date()) == ("dd.mm.yyyy", date(2024, 2, 19))
    assert made["C2"].value.date() == date(2024, 2, 19)  # mended to a day: not shown as a number of hours
    assert (made["C3"].font.name, made["C3"].font.color.rgb) == ("Georgia", "FF000000")
    assert (made["C3"].font.i, made["C3"].fill.start_color.rgb) == (True, "FFF4B6B6")
    assert (made.column_dimensions["B"].width, made.freeze_panes) == (33, "A2")
    assert {cell.data_type for row in made.iter_rows() for cell in row} <= {"s", "n", "d"}

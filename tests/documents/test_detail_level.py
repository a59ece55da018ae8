"""A consulting invoice shows as much of its time as the client gets to see; its lines come to the same total.

By hand, at 212.125 and 145.50 an hour: half an hour is 106.06, an hour 212.13, two hours of the other 291.00;
821.32 in all. One person's two and a half hours are 530.32, although 2.5 × 212.125 is 530.31.
"""

import io
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from openpyxl import load_workbook

from contracts_app.documents.annex_sheet import DETAIL, workbook
from contracts_app.documents.fields.by_content import fields_of
from contracts_app.domain.billing.detail import DetailLevel, DetailTerms
from contracts_app.domain.time.time_and_materials import TimeEntry
from tests.documents import sample_invoices as sample
from tests.documents.spreadsheet import Spreadsheet

ANN, BEN = "Ines Halloran", "Piotr Wend"
WORKED = ((ANN, 4, 1800), (ANN, 4, 3600), (ANN, 5, 3600), (BEN, 5, 7200))


def invoice(level: str, backup: bool = False) -> sample.Content:
    claimed = [
        TimeEntry(
            id=uuid5(UUID(int=7), f"{number}"),
            line_id=sample.STUDY,
            work_date=date(2024, 3, day),
            person=person,
            seconds=seconds,
            description="Load calculations",
            position=number,
        )
        for number, (person, day, seconds) in enumerate(WORKED)
    ]
    known = sample.snapshot(claimed=claimed)
    return sample.content(known, detail=DetailTerms(level=DetailLevel(level), backup=backup))


def printed(content: sample.Content) -> list[list[tuple[str, str, str]]]:
    """Person, rate and amount of each line of each part of the annex that has time."""
    return [
        [(one["person"], one["rate"], one["amount"]) for one in part["entries"]]
        for part in fields_of(content)["annex"]
        if part["entries"]
    ]


EVERY = [
    (ANN, "212.125", "106.06"),
    (ANN, "212.125", "212.13"),
    (ANN, "212.125", "212.13"),
    (BEN, "145.50", "291.00"),
]
BY_LEVEL = {
    "entry": EVERY,
    "person_and_day": [(ANN, "212.125", "318.19"), (ANN, "212.125", "212.13"), (BEN, "145.50", "291.00")],
    "person": [(ANN, "212.125", "530.32"), (BEN, "145.50", "291.00")],
    "line": [("", "", "821.32")],
}


@pytest.mark.parametrize("level", BY_LEVEL)
def test_printed_lines_come_to_the_total(level: str) -> None:
    assert printed(invoice(level)) == [BY_LEVEL[level]]
    (part,) = [one for one in fields_of(invoice(level))["annex"] if one["entries"]]
    assert (part["now"], part["hours"]) == ("821.32", "4.50")


def test_a_backup_shows_every_entry_behind_them() -> None:
    assert printed(invoice("person", backup=True)) == [BY_LEVEL["person"], EVERY]
    assert printed(invoice("entry", backup=True)) == [EVERY]


@pytest.mark.parametrize("level", BY_LEVEL)
@pytest.mark.parametrize("backup", [False, True])
def test_the_workbook_shows_no_more_than_the_client_sees(level: str, backup: bool) -> None:
    data = workbook(invoice(level, backup))
    sheet = load_workbook(io.BytesIO(data))[DETAIL]
    amounts = [row[7].value for row in sheet.iter_rows() if row[2].value in (ANN, BEN)]
    shown = EVERY if backup or level == "entry" else [one for one in BY_LEVEL[level] if one[0]]
    assert len(amounts) == len(shown)
    assert ("Load calculations" in {row[4].value for row in sheet.iter_rows()}) == (
        backup or level == "entry"
    )
    spread = Spreadsheet(data)
    totals = [
        row[7].coordinate
        for row in sheet.iter_rows()
        if row[4].value == "Feasibility study and load calculations: this invoice"
    ]
    assert [spread.value(DETAIL, cell) for cell in totals] == [Decimal("821.32")]

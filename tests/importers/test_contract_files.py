"""Schedules of values, pay applications, budgets and bids as firms really have them.

Every figure is worked out by hand beside the rows that give it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from importers import reading
from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.examples import EXAMPLES
from importers.kinds.application_entry import PayApplicationLine
from importers.kinds.bid_tabulation import BidItem
from importers.kinds.budget_line import BudgetLine
from importers.kinds.schedule_of_values import ScheduleLine
from importers.known import KnownThings
from importers.recognising import recognised
from tests.importers.workbooks import from_rows, to_csv

NOTHING = KnownThings()


def read(kind: Kind, data: bytes, answers: Mapping[str, str] | None = None, name: str = "f.csv") -> Analysis:
    return analyse(kind, name, data, NOTHING, answers)


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


CONTINUATION: list[list[object]] = [
    ["CONTINUATION SHEET", None, None, None, None, None, None, None, None, None],
    ["A", "B", "C", "D", "E", "F", "G", None, "H", "I"],
    ["ITEM NO.", "DESCRIPTION OF WORK", "SCHEDULED VALUE", "WORK COMPLETED", None,
     "MATERIALS PRESENTLY STORED (NOT IN D OR E)", "TOTAL COMPLETED AND STORED TO DATE (D+E+F)",
     "% (G ÷ C)", "BALANCE TO FINISH (C - G)", "RETAINAGE (IF VARIABLE RATE)"],
    [None, None, None, "FROM PREVIOUS APPLICATION (D + E)", "THIS PERIOD"],
    [None, "DIVISION 01"],
    ["01 50 00", "Site set-up", 10000, 4000, 1000, None, 5000, 0.5, 5000, 500],
    [None, "DIVISION 03"],
    ["03 30 00", "Concrete", 30000, 6000, 3000, 2000, 11000, 0.3667, 19000, 1100],
    [None, "ORIGINAL CONTRACT SUBTOTAL", 40000, 10000, 4000, 2000],
    ["CO-001", "Credit: no railing", -1000, 0, -1000, None, -1000, 1, 0, -100],
    [None, "GRAND TOTALS", 39000, 10000, 3000, 2000, 15000, None, 24000, 1500],
]  # fmt: skip
FACE: list[list[object]] = [
    ["APPLICATION AND CERTIFICATE FOR PAYMENT"],
    ["APPLICATION NO:", None, None, 3],
    ["PERIOD TO:", None, None, date(2025, 3, 31)],
    ["1. ORIGINAL CONTRACT SUM", None, None, 40000],
    ["2. Net change by Change Orders", None, None, -1000],
    ["3. CONTRACT SUM TO DATE (Line 1 ± 2)", None, None, 39000],
    ["4. TOTAL COMPLETED & STORED TO DATE (Column G)", None, None, 15000],
    ["5. RETAINAGE (Column I)", None, None, 1500],
    ["6. TOTAL EARNED LESS RETAINAGE (Line 4 less Line 5)", None, None, 13500],
    ["7. LESS PREVIOUS CERTIFICATES FOR PAYMENT", None, None, 9000],
    ["8. CURRENT PAYMENT DUE", None, None, 4500],
    ["9. BALANCE TO FINISH, INCLUDING RETAINAGE (Line 3 less Line 6)", None, None, 25500],
]


def test_a_pay_application_of_two_sheets() -> None:
    """Headings and sums are no lines; what stands under the sum of the original contract changed it.

    39,000 = 10,000 + 30,000 - 1,000; G of the second line is 6,000 + 3,000 + 2,000.
    """
    analysis = read(Kind.pay_application, workbook(Face=FACE, Sheet=CONTINUATION), name="a.xlsx")
    lines = [e for e in analysis.entries if isinstance(e, PayApplicationLine)]
    assert (analysis.rows_read, analysis.totals_new.amount) == (3, "39000.00")
    assert [p.code for p in analysis.problems] == ["columns_ignored"]
    assert [
        (e.item_no, e.completed, e.stored, e.to_date, e.retainage_held, e.change_order) for e in lines
    ] == [
        ("01 50 00", Decimal(5000), 0, Decimal(5000), Decimal(500), False),
        ("03 30 00", Decimal(9000), Decimal(2000), Decimal(11000), Decimal(1100), False),
        ("CO-001", Decimal(-1000), 0, Decimal(-1000), Decimal(-100), True),
    ]
    assert {(e.application_number, e.period_to) for e in lines} == {(3, date(2025, 3, 31))}
    assert [e.heading for e in lines] == ["DIVISION 01", "DIVISION 03", "DIVISION 03"]


def test_a_face_that_differs_from_its_lines_is_asked_about() -> None:
    """Line 4 says 16,000 where the lines come to 15,000; line 6 and the lines after it are right."""
    face = [[16000 if cell == 15000 else cell for cell in row] for row in FACE]
    data = workbook(Face=face, Sheet=CONTINUATION)
    asked = read(Kind.pay_application, data, name="a.xlsx")
    (differs,) = [p for p in asked.problems if p.code == "face_differs"]
    assert (differs.found, differs.expected) == ("line 4: 16,000", "15,000, the sum of column G")
    assert (differs.sheet, differs.row, differs.column) == ("Face", 7, "D")
    assert [(d.key, d.proposal) for d in asked.open_decisions] == [("face_differs", "refuse")]
    assert (asked.waiting, len(asked.entries)) == (3, 0)
    taken = read(Kind.pay_application, data, {"face_differs": "lines"}, name="a.xlsx")
    assert len(taken.entries) == 3


def test_a_sum_that_its_lines_do_not_come_to_is_said() -> None:
    sheet = [
        [10001 if cell == 10000 and row[1] == "GRAND TOTALS" else cell for cell in row]
        for row in CONTINUATION
    ]
    analysis = read(Kind.pay_application, workbook(Sheet=sheet), name="a.xlsx")
    (said,) = [p for p in analysis.problems if p.code == "sum_differs"]
    assert (said.found, said.expected) == ("GRAND TOTALS: 10,001", "10,000, the sum of the lines above it")
    assert said.row == 11


def test_a_continuation_sheet_alone_as_text() -> None:
    data = to_csv([
        ["Item No", "Description of Work", "Scheduled Value", "Work Completed (Previous)",
         "Work Completed (This Period)", "Materials Presently Stored", "Total Completed & Stored to Date",
         "Percent Complete", "Retainage %", "Retainage (Total to Date)"],
        ["1", "Demolition & Prep", "28000", "12000", "8000", "0", "20000", "71.43%", "10%", "2000"],
        ["2", "Steel", "120000", "30000", "25000", "15000", "71000", "58.33%", "10%", "7000"],
    ])  # fmt: skip
    analysis = read(Kind.pay_application, data)
    (line,) = [e for e in analysis.entries if isinstance(e, PayApplicationLine)]
    assert (line.to_date, line.retainage_held) == (Decimal(20000), Decimal(2000))
    (wrong,) = [p for p in analysis.problems if p.code == "line_does_not_add_up"]
    assert (wrong.row, wrong.found, wrong.expected) == (3, "71000", "70,000, D + E + F")


def test_a_sheet_without_its_face_is_asked_which_application_it_is() -> None:
    """Only where it goes into a contract; an answer that is none counts as not given."""
    data = EXAMPLES[Kind.pay_application].replace("3,2025-03-31,", "").encode()
    data = data.replace(b"Application number,Period to,", b"")
    into = KnownThings(contract_external_id="C-1", line_names=frozenset())

    def read_into(answers: Mapping[str, str]) -> Analysis:
        return analyse(Kind.pay_application, "f.csv", data, into, answers)

    assert read(Kind.pay_application, data).open_decisions == ()
    assert [d.key for d in read_into({}).open_decisions] == ["application_number", "period_to"]
    partly = read_into({"application_number": "3", "period_to": "the end of May"})
    assert ([d.key for d in partly.open_decisions], partly.waiting) == (["period_to"], 2)
    answered = read_into({"application_number": "3", "period_to": "2025-03-31"})
    lines = [e for e in answered.entries if isinstance(e, PayApplicationLine)]
    assert {(e.application_number, e.period_to) for e in lines} == {(3, date(2025, 3, 31))}


def test_another_table_is_no_pay_application() -> None:
    analysis = read(Kind.pay_application, to_csv([["Item", "Description", "Amount"], ["1", "Site", "10"]]))
    assert analysis.is_refused
    assert [p.found for p in analysis.problems] == ["the columns of schedule_of_values"]
    analysis = read(Kind.pay_application, to_csv([["Item", "Scheduled value"], ["1", "10"]]))
    assert [p.code for p in analysis.problems] == ["no_continuation_sheet"]


BIDS: list[list[object]] = [
    ["BID TABULATION"],
    [None, None, None, None, "Engineer", None, "Northside Paving"],
    ["Item", "Description", "Qty", "Unit", "Unit Price", "Amount", "Unit Price", "Amount"],
    [1, "Paving", 100, "SY", 12.5, 1250, 11, 1100],
    [2, "Kerb", 40, "LF", 20, 800, 22.5, 900],
    [None, "TOTAL BASE BID", None, None, None, 2050, None, 2100],
]


def test_bids_ask_whose_prices_are_meant() -> None:
    """Nobody's by default. 1,100 + 900 = 2,000, and the sheet's total says 2,100."""
    data = from_rows(BIDS)
    asked = read(Kind.bid_tabulation, data, name="b.xlsx")
    (decision,) = asked.open_decisions
    assert [choice.value for choice in decision.choices] == ["Engineer", "Northside Paving", "none"]
    assert (decision.key, decision.proposal, asked.waiting) == ("bidder", "none", 2)
    assert asked.totals_read.amount is None
    chosen = read(Kind.bid_tabulation, data, {"bidder": "Northside Paving"}, name="b.xlsx")
    items = [e for e in chosen.entries if isinstance(e, BidItem)]
    assert [(e.item_no, e.unit_price, e.amount) for e in items] == [
        ("1", Decimal(11), Decimal(1100)),
        ("2", Decimal("22.5"), Decimal(900)),
    ]
    assert [(p.found, p.column) for p in chosen.problems if p.code == "total_differs"] == [
        ("2,100 for Northside Paving", "H")
    ]


BUDGET: list[list[object]] = [
    ["Job 24-022 – Budget by cost code"],
    ["Cost Code", "Description", "Original Budget", "Approved COs", "Revised Budget"],
    ["01 50 00", "Site", 1000, 50, 1050],
    ["03 30 00", "Concrete", 2000, 0, 2000],
    [51200, "Steel", 3000, 0, 3000],
    [211313, "Sprinklers", 4000, 0, 4000],
    ["22 11 16", "Piping", 5000, 0, 5000],
    [None, "TOTAL", 15000, 50, 15050],
]


def test_codes_that_became_numbers_are_asked_about() -> None:
    data = from_rows(BUDGET)
    asked = read(Kind.budget, data, name="b.xlsx")
    assert (asked.rows_read, asked.totals_read.amount) == (5, "15000.00")
    (decision,) = asked.open_decisions
    assert (decision.key, decision.rows) == ("damaged_codes", 2)
    assert "51200 becomes 05 12 00, 211313 becomes 21 13 13" in decision.question
    for answer, codes in (("mend", ["05 12 00", "21 13 13"]), ("keep", ["51200", "211313"]), ("refuse", [])):
        analysis = read(Kind.budget, data, {"damaged_codes": answer}, name="b.xlsx")
        lines = [e for e in analysis.entries if isinstance(e, BudgetLine)]
        assert [e.cost_code for e in lines if e.original in (3000, 4000)] == codes
        assert [e.external_id for e in lines] == [e.cost_code for e in lines]


def test_a_budget_line_that_does_not_add_up_is_refused() -> None:
    data = to_csv(
        [["Cost code", "Original budget", "Approved changes", "Revised budget"], ["1", "10", "5", "16"]]
    )
    (problem,) = read(Kind.budget, data).problems
    assert (problem.code, problem.expected) == (
        "budget_does_not_add_up",
        "15, original budget plus approved changes",
    )


def test_a_schedule_by_cost_code() -> None:
    """A code may stand on several lines, a description may be blank, a line without amount is reported."""
    data = to_csv([
        ["Cost Code", "Cost Type", "Description", "Amount"],
        ["01-5000", "L", "Site", "267514"],
        ["03-3000", "S", "", "40779"],
        ["01-5000", "L", "Site, phase 2", "1000"],
        ["01-5000", "L", "no amount", ""],
        ["", "", "", ""],
    ])  # fmt: skip
    analysis = read(Kind.schedule_of_values, data)
    lines = [e for e in analysis.entries if isinstance(e, ScheduleLine)]
    assert [(e.external_id, e.cost_code, e.description, e.scheduled_value) for e in lines] == [
        ("01-5000/L", "01-5000", "Site", Decimal(267514)),
        ("03-3000/S", "03-3000", None, Decimal(40779)),
        ("01-5000/L#2", "01-5000", "Site, phase 2", Decimal(1000)),
    ]
    (problem,) = analysis.problems
    assert (problem.code, problem.row, problem.column) == ("value_missing", 5, "D")


def test_item_numbers_that_are_no_whole_numbers_stay_text() -> None:
    data = to_csv(
        [["Item", "Work", "Value"], ["1.1", "Dig", "10"], ["02", "Fill", "20"], ["3", "Pave", "30"]]
    )
    lines = [e for e in read(Kind.schedule_of_values, data).entries if isinstance(e, ScheduleLine)]
    assert [(e.external_id, e.item_no, e.line_number) for e in lines] == [
        ("1.1", "1.1", None),
        ("02", "02", None),
        ("3", None, 3),
    ]


def test_a_change_order_log_of_another_spelling() -> None:
    data = to_csv([
        ["CO_Number", "WBS_ID", "Category", "Description", "Submitted_Date", "Approved_Date", "Status",
         "Cost_Impact_USD", "Schedule_Impact_Days"],
        ["CO-001", "1.2", "Design", "Piling – north", "2023-03-10", "2023-04-05", "Approved", "412000", "28"],
        ["CO-002", "1.7", "Scope", "Credit: planter", "2024-06-05", "", "Pending", "-6400", "0"],
    ])  # fmt: skip
    analysis = read(Kind.change_orders, data)
    assert (len(analysis.entries), analysis.totals_new.amount) == (2, "405600.00")
    assert analysis.open_decisions == ()


def test_opening_balances_of_one_day() -> None:
    rows = [
        ["Item number", "As of", "Last application number", "Work completed to date",
         "Materials presently stored", "Retainage held", "Paid to date"],
        ["1", "2025-03-31", "3", "5000", "0", "500", "4500"],
        ["2", "2025-03-31", "3", "9000", "2000", "1100", "4500"],
    ]  # fmt: skip
    analysis = read(Kind.opening_balances, to_csv(rows))
    assert (len(analysis.entries), analysis.totals_new.amount) == (2, "16000.00")
    # 5,000 - 500 + 9,000 + 2,000 - 1,100 - 4,500 - 4,500 = 5,400
    assert [(p.code, p.found) for p in analysis.problems] == [
        ("not_all_paid", "5,400 earned less retainage and not paid")
    ]
    rows[2][1] = "2025-04-30"
    assert [p.code for p in read(Kind.opening_balances, to_csv(rows)).problems if not p.rows] == [
        "several_cut_overs"
    ]


def test_milestones_and_rates() -> None:
    milestones = [
        ["Milestone", "Item", "Amount", "Due date"],
        ["Design 30%", "1", "1500", "2025-05-01"],
        ["Records handed over", "", "0", ""],
    ]
    analysis = read(Kind.milestones, to_csv(milestones))
    assert [getattr(e, "close_out", None) for e in analysis.entries] == [False, True]
    rates = [
        ["Employee", "Role", "Billing rate", "Effective from"],
        ["", "Engineer", "150", "2025-01-01"],
        ["", "Drafter", "-1", "2025-01-01"],
    ]
    analysis = read(Kind.rate_cards, to_csv(rates))
    assert (len(analysis.entries), [p.expected for p in analysis.problems]) == (1, ["a rate is not negative"])


G703 = (
    "Item No,Description of Work,Scheduled Value,Work Completed (Previous),Work Completed (This Period),"
    "Retainage (Total to Date)"
)
CO_LOG = "CO_Number,WBS_ID,Description,Submitted_Date,Approved_Date,Status,Cost_Impact_USD"


@pytest.mark.parametrize(
    ("header", "kind", "profile"),
    [
        ("Cost Code,Cost Type,Description,Amount", "schedule_of_values", "procore-sov-amount"),
        (
            "Cost Code,Cost Type,Description,Quantity,Unit of Measure,Unit Cost,Amount",
            "schedule_of_values",
            "procore-sov-unit",
        ),
        (G703, "pay_application", "g703-continuation"),
        ("Cost Code,Description,Original Budget,Approved COs,Revised Budget", "budget", "csi-budget"),
        (CO_LOG, "change_orders", "change-order-log-by-wbs"),
        ("Item No,Description of Work,Scheduled Value", "schedule_of_values", None),
    ],
)
def test_what_a_file_is_follows_from_its_header(header: str, kind: str, profile: str | None) -> None:
    row = ",".join("1" for _ in header.split(","))
    found = recognised(reading.read("f.csv", f"{header}\n{row}\n".encode()), NOTHING, {})
    assert (found.kind, found.profile.name if found.profile else None) == (kind, profile)


def test_the_workbook_of_an_application_has_a_profile_of_its_own() -> None:
    analysis = read(Kind.pay_application, workbook(Face=FACE, Sheet=CONTINUATION), name="a.xlsx")
    assert analysis.profile == "g702-g703"

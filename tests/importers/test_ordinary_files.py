"""Files as people have them: a schedule without ids, change orders with few columns, totals at the foot."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from importers.analysis import RULES, Analysis, analyse
from importers.entries import Kind
from importers.examples import EXAMPLES
from importers.kinds.change_orders import ChangeOrder
from importers.kinds.schedule_of_values import ScheduleLine
from importers.known import KnownThings
from importers.problems import Severity
from tests.importers.workbooks import from_rows, to_csv

KNOWN = KnownThings(contract_external_id="C-100", original_contract_sum=Decimal(100000))
SCHEDULE: list[list[str]] = [
    ["Item No", "Description of Work", "Scheduled Value"],
    ["1", "Site work", "20,000.00"], ["2", "Concrete", "50,000.50"], ["3", "Steel", "29,999.50"],
]  # fmt: skip


def test_a_schedule_of_three_columns_is_enough_and_the_item_number_is_the_id() -> None:
    analysis = analyse(Kind.schedule_of_values, "sov.csv", to_csv(SCHEDULE), KNOWN)
    assert not analysis.is_refused
    assert analysis.open_decisions == ()
    lines = [e for e in analysis.entries if isinstance(e, ScheduleLine)]
    assert [(e.external_id, e.line_number, e.scheduled_value) for e in lines] == [
        ("1", 1, Decimal("20000.00")), ("2", 2, Decimal("50000.50")), ("3", 3, Decimal("29999.50"))
    ]  # fmt: skip


MEASURED = ["Item", "Description of work", "Unit", "Quantity", "Unit price", "Scheduled value"]


def _measured(*rows: list[str]) -> Analysis:
    return analyse(Kind.schedule_of_values, "sov.csv", to_csv([MEASURED, *rows]), KNOWN)


def test_a_line_with_unit_quantity_and_price_is_paid_by_measure() -> None:
    """1,234.5 m3 at 40.512346 are 50,012.491137: 50,012.49. A unit and quantity without price: a lump sum."""
    analysis = _measured(
        ["1", "Excavation", "m3", "1234.5", "40.512346", "50012.49"],
        ["2", "Site work", "ls", "1", "", "49987.51"],
    )
    assert analysis.problems == ()
    excavation, site = [e for e in analysis.entries if isinstance(e, ScheduleLine)]
    assert (excavation.unit, excavation.estimated_quantity) == ("m3", Decimal("1234.5"))
    assert excavation.unit_price == Decimal("40.512346")
    assert (site.unit, site.estimated_quantity, site.unit_price) == (None, None, None)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (["m3", "1000", "20.00", "19999.99"], "does_not_multiply_out"),
        (["m3", "", "20.00", "20000.00"], "unit_price_alone"),
        (["", "1000", "20.00", "20000.00"], "unit_price_alone"),
        (["m3", "0", "20.00", "0.00"], "unit_price_wrong"),
        (["m3", "1000", "-20.00", "-20000.00"], "unit_price_wrong"),
        (["m3", "1000.12345", "20.00", "20002.47"], "unit_price_wrong"),
        (["cubic metres of loose ground", "1000", "20.00", "20000.00"], "unit_price_wrong"),
    ],
)
def test_a_unit_price_that_is_not_whole_is_refused_with_its_line(row: list[str], code: str) -> None:
    analysis = _measured(["1", "Excavation", *row])
    assert code in [problem.code for problem in analysis.problems]
    assert analysis.entries == ()


def test_a_schedule_imported_before_there_were_unit_prices_is_the_same_one() -> None:
    (line, *_) = analyse(Kind.schedule_of_values, "sov.csv", to_csv(SCHEDULE), KNOWN).entries
    assert set(line.content()) == {
        "external_id", "contract_external_id", "line_number", "description", "scheduled_value",
        "labour_share", "material_share",
    }  # fmt: skip


def test_an_id_of_its_own_stands_before_the_item_number() -> None:
    table = [["Line id", *SCHEDULE[0]], *([f"S-{row[0]}", *row] for row in SCHEDULE[1:])]
    analysis = analyse(Kind.schedule_of_values, "sov.csv", to_csv(table), KNOWN)
    assert [e.external_id for e in analysis.entries] == ["S-1", "S-2", "S-3"]


def test_a_total_below_three_columns_is_no_line() -> None:
    rows: list[list[object]] = [*(list[object](row) for row in SCHEDULE), [None, "Total", 100000]]
    analysis = analyse(Kind.schedule_of_values, "sov.xlsx", from_rows(rows, "Schedule"), KNOWN)
    assert (analysis.rows_read, len(analysis.entries), analysis.problems) == (3, 3, ())


def test_one_number_on_two_lines_is_refused() -> None:
    table = [*SCHEDULE, ["3", "Steel, second part", "10.00"]]
    analysis = analyse(Kind.schedule_of_values, "sov.csv", to_csv(table), KNOWN)
    assert "same_id_other_content" in [p.code for p in analysis.problems]


def test_change_orders_need_no_date_of_submission() -> None:
    table = [
        ["CO Number", "Description", "Amount", "Status", "Approved Date"],
        ["CO-1", "Extra footing", "5000", "Approved", "2025-08-20"], ["CO-2", "Paint", "2000", "Pending", ""],
    ]  # fmt: skip
    analysis = analyse(Kind.change_orders, "co.csv", to_csv(table), KNOWN)
    orders = [e for e in analysis.entries if isinstance(e, ChangeOrder)]
    assert [(o.external_id, o.submitted_on, o.executed_on) for o in orders] == [
        ("CO-1", None, date(2025, 8, 20)), ("CO-2", None, None)
    ]  # fmt: skip


def test_an_approved_change_order_without_any_date_is_refused_alone() -> None:
    table = [
        ["CO Number", "Description", "Amount", "Status"],
        ["CO-1", "Extra footing", "5000", "Approved"], ["CO-2", "Paint", "2000", "Pending"],
    ]  # fmt: skip
    analysis = analyse(Kind.change_orders, "co.csv", to_csv(table), KNOWN)
    assert (len(analysis.entries), analysis.refused, analysis.open_decisions) == (1, 1, ())
    (problem,) = analysis.problems
    assert (problem.code, problem.row) == ("no_date_at_all", 2)


def test_all_missing_columns_are_named_at_once_in_words() -> None:
    table = [["CO Number", "Comment", "Amount"], ["CO-1", "Extra footing", "1"]]
    analysis = analyse(Kind.change_orders, "co.csv", to_csv(table), KNOWN)
    (problem,) = analysis.problems
    assert problem.severity is Severity.blocks_file
    assert {"Description", "Status"} <= set(re.split(r"\W+", problem.expected))
    assert "_" not in problem.expected


def test_one_repeat_is_said_in_good_words() -> None:
    table = [*SCHEDULE[:-1], SCHEDULE[2]]
    analysis = analyse(Kind.schedule_of_values, "sov.csv", to_csv(table), KNOWN)
    question = next(d.question for d in analysis.decisions if d.key == "exact_repeats")
    assert question.startswith("1 row repeats an earlier row of this file exactly, its id included.")


def test_a_sum_that_is_wrong_is_written_as_money() -> None:
    table = [*SCHEDULE[:-1], ["3", "Steel", "29,999"]]
    analysis = analyse(Kind.schedule_of_values, "sov.csv", to_csv(table), KNOWN)
    assert [p.found for p in analysis.problems] == ["99,999.50 USD over 3 lines"]


def test_the_report_says_which_column_was_taken_for_what_and_shows_the_first_rows() -> None:
    analysis = analyse(Kind.schedule_of_values, "sov.csv", to_csv(SCHEDULE), KNOWN)
    taken = {one.label: (one.column, one.header) for one in analysis.columns}
    assert taken["Item number"] == ("A", "Item No")
    assert taken["Scheduled value"] == ("C", "Scheduled Value")
    assert taken["Line id"] == (None, None)
    assert [(row.row, row.cells) for row in analysis.preview] == [
        (2, ("1", "Site work", "20,000.00")), (3, ("2", "Concrete", "50,000.50")),
        (4, ("3", "Steel", "29,999.50"))
    ]  # fmt: skip


@pytest.mark.parametrize("kind", Kind)
def test_the_example_of_every_kind_can_be_read(kind: Kind) -> None:
    analysis = analyse(
        kind, "example.csv", EXAMPLES[kind].encode(), KnownThings(contract_external_id="C-100")
    )
    assert [p for p in analysis.problems if p.severity in (Severity.blocks_file, Severity.blocks_row)] == []
    assert analysis.rows_read > 0
    assert analysis.refused == 0
    needed = {c.label for c in RULES[kind].columns if c.required and not (c.instead or c.either)}
    assert needed <= {one.label for one in analysis.columns if one.column}

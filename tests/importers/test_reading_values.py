"""Columns, dates, numbers, hours: read where certain, asked where open, refused where wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importers import values
from importers.analysis import RULES, Analysis, analyse
from importers.entries import Kind
from importers.kinds.deliveries import Delivery
from importers.kinds.labour_log import LabourEntry
from importers.known import KnownThings
from importers.problems import Severity
from importers.sheets import Cell, CellKind
from importers.values import Conventions, DateOrder, DecimalMark, Flaw
from tests.importers.workbooks import from_rows, to_csv

POINT = Conventions()
COMMA = Conventions(DateOrder.day_first, DecimalMark.comma)


def cell(raw: str, kind: CellKind = CellKind.text) -> Cell:
    return Cell(0, kind, raw)


@pytest.mark.parametrize(
    ("raw", "conventions", "expected"),
    [
        ("8", POINT, "8"),
        (" 1,234.50 ", POINT, "1234.50"),
        ("$1,234.50", POINT, "1234.50"),
        ("-$5.10", POINT, "-5.10"),
        ("(1,000.00)", POINT, "-1000.00"),
        ("1.234,50", COMMA, "1234.50"),
        ("7,5", COMMA, "7.5"),
        ("\u22123", POINT, "-3"),
    ],
)
def test_numbers(raw: str, conventions: Conventions, expected: str) -> None:
    assert values.number(cell(raw), conventions) == Decimal(expected)


@pytest.mark.parametrize(
    "raw",
    [
        "NaN",
        "Infinity",
        "1e999999",
        "1e5",
        "١٢",
        "1_000",
        "",
        "--1",
        "1.2.3",
        "12,34",
        "0x10",
        "=1+1",
        "9" * 14,
        "7,5",
    ],
)
def test_what_is_no_number(raw: str) -> None:
    assert isinstance(values.number(cell(raw), POINT), Flaw)


@pytest.mark.parametrize(
    ("raw", "kind", "expected"),
    [
        ("8", CellKind.text, 28800),
        ("7.5", CellKind.number, 27000),
        ("1:30", CellKind.text, 5400),
        ("07:30:15", CellKind.text, 27015),
        ("07:30:00", CellKind.time, 27000),
        ("93600", CellKind.duration, 93600),
        ("7h 30m", CellKind.text, 27000),
        ("35m", CellKind.text, 2100),
        ("0.1", CellKind.text, 360),
    ],
)
def test_hours_become_whole_seconds(raw: str, kind: CellKind, expected: int) -> None:
    assert values.seconds(cell(raw, kind), POINT) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("2025-03-10", date(2025, 3, 10)),
        ("2025-3-1 14:33", date(2025, 3, 1)),
        ("3/4/2025", date(2025, 3, 4)),
        ("10.3.25", date(2025, 3, 10)),
        ("10-Mar-25", date(2025, 3, 10)),
        ("Mar 10, 2025", date(2025, 3, 10)),
    ],
)
def test_dates(raw: str, expected: date) -> None:
    assert values.day(cell(raw), POINT) == expected


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("2025-02-30", "no_such_date"),
        ("02/30/2025", "no_such_date"),
        ("0000-00-00", "date_out_of_range"),
        ("1899-12-30", "date_out_of_range"),
        ("9999-12-31", "date_out_of_range"),
        ("45726", "not_a_date"),
        ("20250310", "not_a_date"),
        ("2025-W11-1", "not_a_date"),
        ("soon", "not_a_date"),
    ],
)
def test_impossible_dates(raw: str, code: str) -> None:
    found = values.day(cell(raw), POINT)
    assert isinstance(found, Flaw)
    assert found.code == code


HEADER = ["Log ID", "Date", "Employee", "SOV line", "Hours", "Rate"]
KNOWN = KnownThings(contract_external_id="C-1", workers=frozenset({"W1"}))


def log(*rows: tuple[str, str, str], **decisions: str) -> Analysis:
    """A labour log of (date, hours, rate)."""
    table = [HEADER, *([f"L{i}", day, "W1", "S1", hours, rate] for i, (day, hours, rate) in enumerate(rows))]
    return analyse(Kind.labour_log, "log.csv", to_csv(table), KNOWN, decisions)


def days(analysis: Analysis) -> list[date]:
    return [e.worked_on for e in analysis.entries if isinstance(e, LabourEntry)]


def test_one_telling_date_decides_for_the_file() -> None:
    assert days(log(("3/4/2025", "8", "1"), ("13/4/2025", "8", "1"))) == [date(2025, 4, 3), date(2025, 4, 13)]


def test_dates_that_leave_the_order_open_are_one_decision() -> None:
    rows = (("3/4/2025", "8", "1"), ("5/6/2025", "8", "1"), ("2025-01-02", "8", "1"), ("7/7/2025", "8", "1"))
    open_ = log(*rows)
    assert days(open_) == [date(2025, 1, 2), date(2025, 7, 7)]
    assert [(d.key, d.rows) for d in open_.decisions] == [("date_order", 2)]
    assert open_.waiting == 2
    assert days(log(*rows, date_order="day_first"))[:2] == [date(2025, 4, 3), date(2025, 6, 5)]


def test_a_date_against_the_file_s_order_is_a_bad_row() -> None:
    analysis = log(*[(f"{d}/4/2025", "8", "1") for d in range(13, 20)], ("4/25/2025", "8", "1"))
    assert [(p.code, p.row) for p in analysis.problems] == [("no_such_date", 9)]
    assert len(analysis.entries) == 7


def test_the_decimal_mark_is_found_from_the_whole_file() -> None:
    comma = log(("2025-01-02", "7,5", "1.234,50"), ("2025-01-03", "8", "52,00"))
    assert [e.seconds for e in comma.entries if isinstance(e, LabourEntry)] == [27000, 28800]
    open_ = log(("2025-01-02", "8", "1,234"), ("2025-01-03", "8", "52"))
    assert [(d.key, d.rows) for d in open_.decisions] == [("decimal_mark", 1)]
    assert (len(open_.entries), open_.waiting) == (1, 1)
    closed = log(("2025-01-02", "8", "1,234"), ("2025-01-03", "8", "52"), decimal_mark=".")
    assert [e.hourly_rate for e in closed.entries if isinstance(e, LabourEntry)] == [1234, 52]


def test_one_comma_in_a_file_of_points_is_a_bad_row() -> None:
    analysis = log(*[("2025-01-02", "8.0", "52.00")] * 3, ("2025-01-03", "8,5", "52.00"))
    assert [(p.code, p.row, p.column, p.found) for p in analysis.problems] == [("not_hours", 5, "E", "8,5")]


def test_hours_that_no_day_has_are_refused() -> None:
    analysis = log(("2025-01-02", "25", "1"), ("2025-01-03", "-8", "1"), ("2025-01-04", "", "1"))
    assert [(p.code, p.row) for p in analysis.problems] == [
        ("over_24_hours", 2),
        ("negative_hours", 3),
        ("value_missing", 4),
    ]


def test_more_than_a_day_in_several_rows_is_one_decision() -> None:
    rows = (("2025-01-02", "16", "1"), ("2025-01-02", "10", "1"), ("2025-01-03", "8", "1"))
    assert [(d.key, d.rows) for d in log(*rows).decisions] == [("day_over_24_hours", 2)]
    assert len(log(*rows, day_over_24_hours="keep").entries) == 3
    assert log(*rows, day_over_24_hours="refuse").refused == 2


def test_an_unknown_header_is_asked_for_and_its_answer_used() -> None:
    table = [["Log ID", "Date", "Who", "SOV line", "Hours"], ["L1", "2025-01-02", "W1", "S1", "8"]]
    asked = analyse(Kind.labour_log, "log.csv", to_csv(table), KNOWN)
    (decision,) = asked.decisions
    assert (decision.key, [c.value for c in decision.choices]) == ("column:worker", ["Who"])
    assert (asked.rows_read, asked.waiting) == (1, 1)
    answered = analyse(Kind.labour_log, "log.csv", to_csv(table), KNOWN, {"column:worker": "Who"})
    assert len(answered.entries) == 1
    assert [d.decided for d in answered.decisions] == ["Who"]


def test_a_missing_column_refuses_the_file_and_says_what_was_found() -> None:
    table = [["Log ID", "Date", "Employee", "Hours"], ["L1", "2025-01-02", "W1", "8"]]
    analysis = analyse(Kind.labour_log, "log.csv", to_csv(table), KNOWN)
    (problem,) = analysis.problems
    assert (problem.severity, problem.found) == (Severity.blocks_file, "Log ID, Date, Employee, Hours")
    assert "SOV line" in problem.expected
    assert analysis.is_refused


def test_two_columns_of_one_name_ask_which_is_meant() -> None:
    table = [[*HEADER, "Hours"], ["L1", "2025-01-02", "W1", "S1", "8", "1", "9"]]
    analysis = analyse(Kind.labour_log, "log.csv", to_csv(table), KNOWN)
    assert "column_doubled" in {p.code for p in analysis.problems}
    assert (analysis.waiting, analysis.entries) == (1, ())
    (asked,) = analysis.open_decisions
    assert [choice.value for choice in asked.choices] == ["Hours", "Hours (2)"]


def test_titles_totals_and_blank_rows_are_no_data() -> None:
    rows: list[list[object]] = [
        ["Labour log, January"], [], list(HEADER), ["L1", date(2025, 1, 2), "W1", "S1", 8, 1], [],
        ["Total", None, None, None, 8],
    ]  # fmt: skip
    analysis = analyse(Kind.labour_log, "log.xlsx", from_rows(rows, "January"), KNOWN)
    assert (analysis.rows_read, len(analysis.entries), analysis.problems) == (1, 1, ())
    assert analysis.entries[0].source.sheet == "January"
    assert analysis.entries[0].source.cells["worked_on"] == ("B4", "2025-01-02")


def test_text_that_looks_like_a_formula_stays_text() -> None:
    table = [
        ["delivery_id", "date", "sov_line_id", "item", "qty", "unit", "unit_cost", "total", "po", "vendor"],
        ["D1", "2025-01-02", "S1", "=HYPERLINK(1)", "1", "EA", "2", "2", "007", "@SUM(1)"],
    ]
    (entry,) = analyse(Kind.deliveries, "d.csv", to_csv(table), KNOWN).entries
    assert isinstance(entry, Delivery)
    assert (entry.description, entry.vendor, entry.po_number) == ("=HYPERLINK(1)", "@SUM(1)", "007")


@pytest.mark.parametrize(("total", "code"), [("2.001", "amount_too_fine"), ("NaN", "not_a_number")])
def test_amounts_below_the_cent_are_refused(total: str, code: str) -> None:
    table = [
        ["delivery_id", "date", "sov_line_id", "item", "qty", "unit", "unit_cost", "total", "po", "vendor"],
        ["D1", "2025-01-02", "S1", "Pipe", "1", "EA", "2.00", total, "PO-1", "Sample Vendor"],
    ]
    analysis = analyse(Kind.deliveries, "d.csv", to_csv(table), KNOWN)
    assert [(p.code, p.column) for p in analysis.problems] == [(code, "H")]


def accounted(analysis: Analysis) -> bool:
    parts = len(analysis.entries) + analysis.known + analysis.repeats + analysis.refused + analysis.waiting
    return parts + analysis.ignored == analysis.rows_read


@given(
    st.sampled_from(list(RULES)), st.one_of(st.binary(max_size=400), st.text(max_size=300).map(str.encode))
)
@settings(max_examples=250, deadline=None)
def test_arbitrary_bytes_never_raise(kind: Kind, data: bytes) -> None:
    analysis = analyse(kind, "any.csv", data, KNOWN)
    assert analysis.problems
    assert accounted(analysis)


TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
    st.sampled_from(
        ["8", "7,5", "1.234", "3/4/2025", "2025-01-02", "13/1/25", "W1", "Approved", "['a']", "[[", "-1"]
    ),
)


@pytest.mark.parametrize("kind", list(RULES))
@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_arbitrary_cells_never_raise_and_every_row_is_accounted_for(kind: Kind, data: st.DataObject) -> None:
    header = [column.names[0] for column in RULES[kind].columns]
    body = data.draw(st.lists(st.lists(TEXTS, min_size=len(header), max_size=len(header)), max_size=6))
    analysis = analyse(kind, "any.csv", to_csv([header, *body]), KnownThings())
    assert accounted(analysis)
    answers = {
        d.key: data.draw(st.sampled_from([c.value for c in d.choices] or ["anything"]))
        for d in analysis.decisions
    }
    decided = analyse(kind, "any.csv", to_csv([header, *body]), KnownThings(), answers)
    assert accounted(decided)
    assert decided.model_dump_json()

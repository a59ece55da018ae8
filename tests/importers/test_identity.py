"""Re-import: the same rows in any order, under other headers or in another format change nothing."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.analysis import Analysis, analyse
from importers.entries import Kind, canonical
from importers.known import KnownThings
from importers.problems import Severity
from tests.importers.conftest import FILES, as_proposed, sample, stored
from tests.importers.workbooks import from_rows, rows_of, to_csv

RENAMED = {
    "project_id": "Job number",
    "log_id": "Entry ID",
    "date": "Work date",
    "employee_id": "Worker no.",
    "role": "Trade",
    "sov_line_id": "SOV Line",
    "hours_st": "Straight time hours",
    "hours_ot": "Overtime hours",
    "hourly_rate": "Pay rate",
    "burden_multiplier": "Burden",
    "work_area": "Area",
    "cost_code": "Phase",
}

Row = list[str]


def same(rows: list[Row]) -> bytes:
    return to_csv(rows)


def shuffled(rows: list[Row]) -> bytes:
    body = rows[1:]
    random.Random(7).shuffle(body)
    return to_csv([rows[0], *body])


def columns_shuffled(rows: list[Row]) -> bytes:
    order = list(range(len(rows[0])))
    random.Random(7).shuffle(order)
    return to_csv([[row[i] for i in order] for row in rows])


def renamed(rows: list[Row]) -> bytes:
    return to_csv([[RENAMED.get(h, h) for h in rows[0]], *rows[1:]])


def semicolons(rows: list[Row]) -> bytes:
    return "\r\n".join(";".join(f'"{c.replace(chr(34), chr(34) * 2)}"' for c in row) for row in rows).encode(
        "utf-16"
    )


def workbook_of_text(rows: list[Row]) -> bytes:
    return from_rows(rows)


def workbook_typed(rows: list[Row]) -> bytes:
    """As a spreadsheet program saves an opened CSV: numbers and dates typed, ids that look like numbers
    mangled."""

    def typed(text: str) -> object:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return datetime.combine(date.fromisoformat(text), datetime.min.time())
        try:
            number = float(text)
        except ValueError:
            return text
        if number in {float("inf"), float("-inf")}:
            return text
        return int(number) if number.is_integer() else number

    return from_rows([["Labour of the project"], [], rows[0], *([typed(c) for c in row] for row in rows[1:])])


VARIANTS = [same, shuffled, columns_shuffled, semicolons, workbook_of_text, workbook_typed]


@pytest.mark.parametrize("kind", list(FILES))
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_rows_again_give_nothing_new(
    kind: Kind, variant: Callable[[list[Row]], bytes], known: KnownThings, imports: Mapping[Kind, Analysis]
) -> None:
    first = imports[kind]
    again = analyse(kind, "again", variant(rows_of(sample(kind))), stored(known, first))
    assert (len(again.entries), again.known) == (0, len(first.entries))
    assert again.repeats == first.repeats
    assert (again.refused, again.waiting, again.decisions) == (0, 0, ())


def test_renamed_columns_give_nothing_new(known: KnownThings, imports: Mapping[Kind, Analysis]) -> None:
    first = imports[Kind.labour_log]
    data = renamed(rows_of(sample(Kind.labour_log)))
    again = analyse(Kind.labour_log, "renamed.csv", data, stored(known, first))
    assert (len(again.entries), again.known, again.repeats, again.refused) == (0, 2285, 125, 0)


def test_ids_that_a_spreadsheet_turned_into_numbers_are_recognised(
    known: KnownThings, imports: Mapping[Kind, Analysis]
) -> None:
    first = imports[Kind.labour_log]
    data = workbook_typed(rows_of(sample(Kind.labour_log)))
    again = analyse(Kind.labour_log, "saved.xlsx", data, stored(known, first))
    mangled = next(p for p in again.problems if p.code == "ids_turned_into_numbers")
    assert mangled.rows > 3
    assert mangled.severity is Severity.information


def test_an_id_of_equal_number_but_other_content_is_another_entry(known: KnownThings) -> None:
    rows = rows_of(sample(Kind.labour_log))[:3]
    rows[1][1] = "0100"
    first = as_proposed(Kind.labour_log, to_csv(rows), known)
    rows[1][1], rows[1][6] = "100", "5"
    again = as_proposed(Kind.labour_log, to_csv(rows), stored(known, first))
    assert [e.external_id for e in again.entries] == ["100"]


def test_changed_content_for_a_known_id_is_refused_with_its_differences(
    known: KnownThings, imports: Mapping[Kind, Analysis]
) -> None:
    first = imports[Kind.labour_log]
    rows = rows_of(sample(Kind.labour_log))
    rows[1][6] = "9.5"
    again = analyse(Kind.labour_log, "log.csv", to_csv(rows), stored(known, first))
    (problem,) = [p for p in again.problems if p.severity is Severity.blocks_row]
    assert (problem.code, problem.row, problem.column) == ("changed_since_import", 2, "B")
    assert problem.found == "22e6b39a: straight hours 8.00 → 9.50"
    assert (len(again.entries), again.known, again.refused) == (0, 2284, 1)


def test_one_id_with_two_contents_blocks_both_rows(known: KnownThings) -> None:
    rows = rows_of(sample(Kind.deliveries))
    rows[5][1] = rows[4][1]
    analysis = as_proposed(Kind.deliveries, to_csv(rows), known)
    (problem,) = [p for p in analysis.problems if p.severity is Severity.blocks_row]
    assert (problem.code, problem.row, problem.rows) == ("same_id_other_content", 6, 2)
    assert "rows 5, 6" in problem.found
    assert (len(analysis.entries), analysis.refused) == (43, 2)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4))
@settings(max_examples=100, deadline=None)
def test_a_number_has_one_spelling(number: Decimal) -> None:
    assert canonical(number) == canonical(number.normalize()) == canonical(number + Decimal("0.000000"))
    assert "E" not in canonical(number)

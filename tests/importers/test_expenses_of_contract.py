"""Which rows of an expense report a contract can take, and what is asked about them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from importers.analysis import Analysis, analyse
from importers.entries import Kind
from importers.known import KnownThings

HEAD = (
    "Date,Employee,Merchant,Category,Amount,Tax,Currency,Original Amount,Original Currency,Project,SOV line\n"
)
GOOD = "2024-03-04,Anna Example,Rail,travel,60.00,,USD,,,Design,\n"
KNOWN: dict[str, Any] = {
    "contract_external_id": "Design",
    "sov_lines": {"X-1": Decimal(100), "X-2": Decimal(200)},
    "numbers_of_lines": {"X-1": "1", "X-2": "2"},
    "lines_for_costs": (("2", "At cost"), ("1", "Lump sum")),
    "today": date(2024, 3, 31),
    "contract_date": date(2024, 3, 1),
}


def read(rows: str, known: KnownThings | None = None, **answers: str) -> Analysis:
    into = KnownThings(**KNOWN) if known is None else known
    return analyse(Kind.expenses, "e.csv", (HEAD + rows).encode(), into, answers)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2024-03-04,Anna Example,Rail,travel,-6.00,,USD,,,Design,", "refund"),
        ("2024-03-04,Anna Example,Rail,travel,6.00,7.00,USD,,,Design,", "tax_above_amount"),
        ("2024-03-04,Anna Example,Rail,travel,6.00,,EUR,,,Design,", "other_currency"),
        ("2024-03-04,Anna Example,Rail,travel,6.00,,USD,6.00,EUR,Design,", "not_converted"),
        ("2024-04-04,Anna Example,Rail,travel,6.00,,USD,,,Design,", "day_in_future"),
        ("2024-02-04,Anna Example,Rail,travel,6.00,,USD,,,Design,", "before_contract"),
        ("2024-03-04,Anna Example,Rail,travel,6.00,,USD,,,Design,77", "unknown_sov_line"),
    ],
)
def test_a_row_that_the_contract_cannot_take_is_refused_by_itself(row: str, code: str) -> None:
    analysis = read(GOOD + row + "\n", expense_line="1")
    assert (len(analysis.entries), analysis.refused) == (1, 1)
    assert [one.code for one in analysis.problems if one.severity == "blocks_row"] == [code]


def test_the_line_is_the_rows_own_or_asked_for_and_rows_of_other_projects_are_left() -> None:
    rows = GOOD + "2024-03-05,Anna Example,Rail,travel,7.00,2.00,USD,,,Design,X-1\n"
    rows += "2024-03-05,Anna Example,Rail,travel,7.00,,USD,,,Another,1\n"
    asked = read(rows)
    assert [(one.key, one.proposal, one.rows) for one in asked.open_decisions] == [
        ("expense_line", "2", 1),
        ("expense_tax", "cost", 1),
    ]
    decided = read(rows, expense_line="2", expense_tax="recovered")
    said = [one.model_dump(include={"item_no", "booked_as", "tax_recovered"}) for one in decided.entries]
    assert said == [
        {"item_no": "2", "booked_as": "travel", "tax_recovered": Decimal(0)},
        {"item_no": "1", "booked_as": "travel", "tax_recovered": Decimal("2.00")},
    ]
    assert (decided.ignored, decided.refused) == (1, 0)
    # What was decided is no part of what the row says: it is the same row in a file that is only read.
    assert {one.content_key for one in decided.entries} < {
        one.content_key for one in read(rows, KnownThings(contract_external_id="Design")).entries
    }


def test_a_report_that_an_earlier_system_billed_is_kept_whole_where_a_person_says_so() -> None:
    def told(analysis: Analysis) -> list[int | None]:
        return [one.rows for one in analysis.problems if one.code == "billed_elsewhere"]

    unsaid = read(GOOD, expense_line="1")
    every = read(GOOD, expense_line="1", billed_elsewhere="all")
    assert (told(unsaid), told(every)) == ([], [1])
    assert [one.content_key for one in every.entries] == [one.content_key for one in unsaid.entries]

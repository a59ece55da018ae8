"""`contracts calc wip`, `wip-schedule` and `unbilled-age`."""

from decimal import Decimal
from typing import Any

from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, cases, rows

PAGE = "SPEC-work-in-progress.md"


def position(row: Row, number: str = "C-1") -> dict[str, Any]:
    return {
        "number": number,
        "original_sum": row["Price"],
        "costs": {"to_date": row["Cost to date"], "to_complete": row["To complete"], "wasted": row["Wasted"]},
        "billed": "0",
    }


@cases(PAGE, "Loss contracts")
def test_wip(ask: Ask, row: Row) -> None:
    question = {"position": position(row), "as_of": "2025-06-30", "currency": "USD"}
    status, answer, _ = ask("wip", question=question)
    figures = [Decimal(answer[name]) for name in ("earned", "provision", "gross_profit")]
    assert (status, figures) == (0, [Decimal(row[name]) for name in ("Earned", "Provision", "Gross profit")])


def test_wip_schedule(ask: Ask) -> None:
    table = rows(PAGE, "Loss contracts")
    jobs = [{"position": position(row, f"C-{number}")} for number, row in enumerate(table)]
    question = {"jobs": jobs, "as_of": "2025-06-30", "currency": "USD"}
    status, answer, _ = ask("wip-schedule", question=question)
    assert (status, len(answer["rows"])) == (0, len(table))
    assert Decimal(answer["totals"]["provision"]) == sum(Decimal(row["Provision"]) for row in table)
    assert "net" not in answer["totals"]
    status, _, said = ask("wip-schedule", question={**question, "jobs": jobs[:1] * 2})
    assert (status, said) == (1, "A contract stands in the schedule twice.\n")


def test_unbilled_age(ask: Ask) -> None:
    items = [{"worked_on": "2026-06-30", "amount": "1.00"}, {"worked_on": "2026-05-30", "amount": "2.00"}]
    status, answer, _ = ask("unbilled-age", question={"items": items, "as_of": "2026-06-30"})
    assert (status, answer["later"]) == (0, "0")
    assert [column["amount"] for column in answer["columns"]] == ["1.00", "2.00", "0", "0"]
    assert answer["columns"][1] == {"from_days": 31, "to_days": 60, "amount": "2.00"}


def test_what_cannot_be_measured_is_said(ask: Ask) -> None:
    row = rows(PAGE, "Loss contracts")[0]
    measured = {**position(row), "measure": {"by": "units", "done": "3", "whole": "2"}}
    status, _, said = ask("wip", question={"position": measured, "as_of": "2025-06-30", "currency": "USD"})
    assert status == 1
    assert "raise the estimate of the whole first" in said

"""Progress, what is earned, over- and underbilling, losses and the price: SPEC-work-in-progress."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from contracts_app.domain.billing.schedule_of_values import ChangeOrder, ChangeOrderState
from contracts_app.domain.refusals import Refused
from contracts_app.domain.reports.unbilled_age import LIMITS, Unbilled, by_age
from contracts_app.domain.reports.work_in_progress import (
    Costs,
    MilestonesAchieved,
    Position,
    Quantities,
    Standing,
    Surveyed,
    UnpricedChange,
    WorkInProgress,
    work_in_progress,
)
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-work-in-progress.md"
ON = date(2025, 6, 30)
CENT = Decimal("0.01")


def position(row: Row, **more: Any) -> Position:
    """A contract from the columns that tables share; a column that is not there is nothing."""
    return Position(
        number="C-1",
        original_sum=Decimal(row["Price"]),
        costs=Costs(
            to_date=Decimal(row["Cost to date"]),
            to_complete=Decimal(row["To complete"]),
            uninstalled=Decimal(row.get("Uninstalled", "0")),
            wasted=Decimal(row.get("Wasted", "0")),
        ),
        billed=Decimal(row.get("Billed", "0")),
        retainage_held=Decimal(row.get("Held", "0")),
        **more,
    )


def figures(row: Row, **more: Any) -> WorkInProgress:
    return work_in_progress(position(row, **more), ON, "USD")


def complete(cell: str) -> Decimal | None:
    return None if cell == "-" else Decimal(cell)


@cases(PAGE, "Cost to cost")
def test_cost_to_cost(row: Row) -> None:
    now = figures(row)
    assert now.complete == complete(row["Complete"])
    assert (now.earned, now.gross_profit) == (Decimal(row["Earned"]), Decimal(row["Gross profit"]))
    assert now.earned.as_tuple().exponent == -2
    assert now.provision == 0
    assert now.estimated_cost == Decimal(row["Cost to date"]) + Decimal(row["To complete"])
    assert now.estimated_gross_profit == Decimal(row["Price"]) - now.estimated_cost
    assert now.backlog == Decimal(row["Price"]) - now.earned


@cases(PAGE, "Over- and underbilled")
def test_over_and_underbilled(row: Row) -> None:
    now = figures(row)
    assert (now.earned, now.standing) == (Decimal(row["Earned"]), Standing(row["Standing"]))
    amount = Decimal(row["Amount"])
    assert now.underbilled == (amount if now.standing is Standing.underbilled else 0)
    assert now.overbilled == (amount if now.standing is Standing.overbilled else 0)
    assert (now.billed, now.retainage_held) == (Decimal(row["Billed"]), Decimal(row["Held"]))


@cases(PAGE, "Loss contracts")
def test_loss_contracts(row: Row) -> None:
    now = figures(row)
    assert now.earned == Decimal(row["Earned"])
    assert now.cost_to_date - now.earned == Decimal(row["Lost so far"])
    assert (now.provision, now.gross_profit) == (Decimal(row["Provision"]), Decimal(row["Gross profit"]))


def measure(row: Row) -> Mapping[str, object]:
    by, done = row["Measure"], row["Done"]
    if by == "physical":
        return {"by": by, "complete": done}
    if by != "milestones":
        return {"by": by, "done": done, "whole": row["Whole"]}
    weights = [(each.rstrip("+"), each.endswith("+")) for each in listed(done)]
    return {"by": by, "milestones": [{"weight": weight, "achieved": done} for weight, done in weights]}


@cases(PAGE, "Other measures")
def test_other_measures(row: Row) -> None:
    now = figures(row, measure=measure(row))
    assert now.complete == complete(row["Complete"])
    assert (now.earned, now.gross_profit) == (Decimal(row["Earned"]), Decimal(row["Gross profit"]))


def order(number: int, cell: str) -> ChangeOrder:
    amount, word = cell.split()
    executed = word[0].isdigit()
    return ChangeOrder(
        number=f"CO-{number}",
        title="Change",
        amount=Decimal(amount),
        state=ChangeOrderState.executed if executed else ChangeOrderState(word),
        executed_on=date.fromisoformat(word) if executed else None,
    )


@cases(PAGE, "The price")
def test_the_price(row: Row) -> None:
    unpriced = [
        UnpricedChange(
            number="claim",
            estimated=amount,
            enforceable=row["Enforceable"] == "yes",
            constrained_to=Decimal(row["Constrained to"]),
        )
        for amount in amounts(row["Unpriced"])
    ]
    now = work_in_progress(
        Position(
            number="C-1",
            original_sum=Decimal(row["Original"]),
            change_orders=tuple(order(n, cell) for n, cell in enumerate(listed(row["Change orders"]))),
            unpriced=tuple(unpriced),
            costs=Costs(to_date=Decimal(1), to_complete=Decimal(1)),
            billed=Decimal(0),
        ),
        ON,
        "USD",
    )
    assert (now.price, now.pending) == (Decimal(row["Price"]), Decimal(row["Pending"]))
    assert now.original_sum + now.change_orders + now.unpriced == now.price
    assert now.earned == (now.price / 2).quantize(CENT)


@cases(PAGE, "Unbilled work by age")
def test_unbilled_by_age(row: Row) -> None:
    items = []
    for cell in listed(row["Work"]):
        day, amount = cell.split()
        items.append(Unbilled(worked_on=date.fromisoformat(day), amount=Decimal(amount)))
    limits = [int(limit) for limit in listed(row["Limits"])]
    columns, later = by_age(items, date(2026, 6, 30), limits)
    assert [column.amount for column in columns] == amounts(row["Columns"])
    assert [(column.from_days, column.to_days) for column in columns] == list(
        zip([0, *(limit + 1 for limit in limits)], [*limits, None], strict=True)
    )
    assert later == Decimal(row["Later"])


@pytest.mark.parametrize("limits", [(30, 30), (30, 20), (-1,)])
def test_limits_rise_from_zero(limits: tuple[int, ...]) -> None:
    with pytest.raises(Refused) as refused:
        by_age([], ON, limits)
    assert refused.value.code == "limits_do_not_rise"


@pytest.mark.parametrize(
    ("model", "given", "said"),
    [
        (Costs, {"to_date": "-0.01", "to_complete": "1"}, "not below zero"),
        (Costs, {"to_date": "1", "to_complete": "-0.01"}, "not below zero"),
        (
            Costs,
            {"to_date": "10", "to_complete": "1", "uninstalled": "6", "wasted": "4.01"},
            "parts of the cost",
        ),
        (Quantities, {"by": "units", "done": "2.01", "whole": "2"}, "raise the estimate of the whole"),
        (Quantities, {"by": "labour_hours", "done": "-1", "whole": "2"}, "not below zero"),
        (Surveyed, {"by": "physical", "complete": "1.01"}, "fraction from 0 to 1"),
        (
            UnpricedChange,
            {"number": "1", "estimated": "5", "enforceable": True, "constrained_to": "5.01"},
            "at most the estimate",
        ),
        (
            UnpricedChange,
            {"number": "1", "estimated": "-5", "enforceable": True, "constrained_to": "0.01"},
            "counts in full",
        ),
        (MilestonesAchieved, {"by": "milestones", "milestones": []}, "at least 1 item"),
    ],
)
def test_what_cannot_be(model: Any, given: Mapping[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        model.model_validate(given)


def test_what_nobody_says_is_nothing() -> None:
    given = {"number": "A", "original_sum": "9", "costs": {"to_date": "1", "to_complete": "1"}, "billed": "0"}
    plain = Position.model_validate(given)
    assert plain.retainage_held == plain.costs.uninstalled == plain.costs.wasted == 0
    assert by_age([], ON) == by_age([], ON, (30, 60, 90))
    assert LIMITS == (30, 60, 90)


def test_what_is_at_its_limit_can_be() -> None:
    whole = Costs.model_validate({"to_date": "10", "to_complete": "0", "uninstalled": "6", "wasted": "4"})
    assert whole.estimated_total == 10
    assert Quantities.model_validate({"by": "units", "done": "2", "whole": "2"}).done == 2
    assert Surveyed.model_validate({"by": "physical", "complete": "1"}).complete == 1


def test_a_contract_sum_below_zero_is_refused() -> None:
    row = {"Price": "100", "Cost to date": "1", "To complete": "1"}
    for amount, refuses in (("-100", False), ("-100.01", True)):
        changed = position(row, change_orders=(order(1, f"{amount} 2025-01-01"),))
        if refuses:
            with pytest.raises(Refused) as refused:
                work_in_progress(changed, ON, "USD")
            assert refused.value.code == "contract_sum_negative"
        else:
            assert work_in_progress(changed, ON, "USD").price == 0


@pytest.mark.parametrize(
    "column", ["Price", "Cost to date", "To complete", "Uninstalled", "Wasted", "Billed", "Held"]
)
def test_an_amount_keeps_to_the_currency(column: str) -> None:
    row = {"Price": "100", "Cost to date": "9", "To complete": "1", column: "1.001"}
    with pytest.raises(Refused) as refused:
        figures(row)
    assert refused.value.code == "too_many_decimals"
    work_in_progress(position(row), ON, "KWD")


def test_changes_keep_to_the_currency() -> None:
    row = {"Price": "100", "Cost to date": "9", "To complete": "1"}
    change = {"number": "1", "estimated": "5", "enforceable": True}
    for more in (
        {"change_orders": (order(1, "0.001 rejected"),)},
        {"unpriced": (change | {"estimated": "5.001"},)},
        {"unpriced": (change | {"constrained_to": "4.001"},)},
    ):
        with pytest.raises(Refused) as refused:
            figures(row, **more)
        assert refused.value.code == "too_many_decimals"

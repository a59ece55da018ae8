"""What is found of expenses when they are held against a contract's policy."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts_app.domain.expenses.expenses import Expense
from contracts_app.domain.expenses.policy import PolicyRule, check, cost_of
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.currency import ExchangeRate
from tests.domain.agreements import identity

DAY = date(2024, 3, 4)
RULES = (
    PolicyRule(category="travel", effective_from=DAY, receipt_above=Decimal(75), at_most=Decimal(150)),
    PolicyRule(category="gifts", effective_from=DAY, billable=False, receipt_above=Decimal(0)),
)


def spent(number: int, amount: str, category: str = "travel", **more: Any) -> Expense:
    said = {"on": DAY, "person": "Anna Example", "currency": "USD", **more}
    return Expense(
        id=identity(f"expense {number}"),
        line_id=identity("line"),
        category=category,
        amount=Decimal(amount),
        **said,
    )


@pytest.mark.parametrize(
    ("expense", "codes"),
    [
        (spent(1, "75.00"), []),
        (spent(1, "75.01"), ["receipt_missing!"]),
        (spent(1, "80.00", tax_recovered=Decimal(10)), ["receipt_missing!"]),  # what was spent counts
        (spent(1, "80.00", receipt="a file"), []),
        (spent(1, "80.00", billable=False), []),
        (spent(1, "150.00", receipt="a file"), []),
        (spent(1, "150.01", receipt="a file"), ["above_usual"]),
        (spent(1, "10.00", "gifts"), ["client_does_not_pay"]),
        (spent(1, "10.00", "gifts", billable=False), []),
        (spent(1, "10.00", "meals"), ["no_expense_rule!"]),
        (spent(1, "10.00", on=date(2024, 3, 3)), ["no_expense_rule!"]),
        (
            spent(
                1,
                "70.00",
                currency="EUR",
                exchange=ExchangeRate(of="EUR", to="USD", rate=Decimal("1.1"), on=DAY, source="a bank"),
            ),
            ["receipt_missing!"],  # 77.00
        ),
        (
            spent(
                1,
                "70.00",
                currency="EUR",
                tax_recovered=Decimal(10),
                exchange=ExchangeRate(of="EUR", to="USD", rate=Decimal("1.1"), on=DAY, source="a bank"),
            ),
            ["receipt_missing!"],  # 77.00 was spent, of which 66.00 is the cost
        ),
    ],
)
def test_what_is_found(expense: Expense, codes: list[str]) -> None:
    found = check([expense], RULES, "USD")[expense.id]
    assert [f"{each.code}{'!' if each.blocks else ''}" for each in found] == codes
    assert all(each.expense_id == expense.id for each in found)


def test_an_adjusting_entry_needs_no_receipt_of_its_own() -> None:
    first = spent(1, "200.00", receipt="a file")
    back = spent(2, "-100.00", corrects=first.id)
    assert check([first, back], RULES, "USD")[back.id] == ()


def test_the_same_receipt_blocks_and_what_looks_alike_is_pointed_out() -> None:
    first = spent(1, "50.00", receipt="a file", vendor="Sample Hotel")
    same = spent(2, "60.00", receipt="a file")
    alike = spent(3, "50.00", receipt="another", vendor="sample  hotel")
    found = check([first, same, alike], RULES, "USD")
    assert found[first.id] == ()
    assert [(each.code, each.blocks) for each in found[same.id]] == [("duplicate", True)]
    assert [(each.code, each.blocks) for each in found[alike.id]] == [("looks_like_another", False)]
    assert "Anna Example, 2024-03-04, 50.00 USD" in found[same.id][0].sentence
    assert "take one of them back" in found[same.id][0].sentence
    assert "see that it is not the same" in found[alike.id][0].sentence


def test_cost_is_net_of_tax_and_says_why_it_is_not_billed() -> None:
    hotel = spent(1, "200.00", tax_recovered=Decimal(20))
    cost = cost_of(hotel, (), RULES, "USD")
    assert (cost.amount, cost.not_billable) == (Decimal(180), "")
    assert cost_of(hotel, (), RULES, "USD", "Ours").not_billable == "Ours"
    gift = cost_of(spent(2, "9.00", "gifts"), (), RULES, "USD")
    assert (gift.amount, gift.not_billable) == (Decimal(9), "The contract does not pay gifts.")
    back = spent(3, "-50.00", tax_recovered=Decimal(-5), corrects=hotel.id)
    assert cost_of(back, [hotel], RULES, "USD").amount == Decimal(-45)
    with pytest.raises(Refused) as refused:
        cost_of(spent(4, "-200.01", corrects=hotel.id), [hotel], RULES, "USD")
    assert refused.value.code == "corrected_below_zero"

"""Expenses against the worked numbers of docs/SPEC-expenses.md."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.expenses.expenses import (
    Expense,
    ExpenseBefore,
    ExpenseCap,
    ExpenseRule,
    ExpensesBilled,
    NotBilled,
    bill_expenses,
    priced,
    rule_of,
)
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.purchasing.duplicates import duplicate_receipts
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.currency import ExchangeRate
from tests.domain.agreements import decimals, identity
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-expenses.md"
DAY = date(2024, 5, 6)


def _expense(number: int, amount: str | Decimal, **more: Any) -> Expense:
    given: dict[str, Any] = {
        "id": identity(f"expense {number}"),
        "line_id": identity("line 1"),
        "on": DAY,
        "person": "Sample Person",
        "category": "travel",
        "currency": "USD",
        "amount": amount,
        **more,
    }
    return Expense(**given)


def _rule(markup: str = "0", **more: Any) -> ExpenseRule:
    return ExpenseRule(markup=Decimal(markup), effective_from=date(2024, 1, 1), **more)


def _bill(
    expenses: Sequence[Expense],
    rules: Sequence[ExpenseRule],
    caps: Sequence[ExpenseCap] = (),
    before: Sequence[ExpenseBefore] = (),
) -> ExpensesBilled:
    return bill_expenses(expenses, before, rules, caps, "USD")


@cases(PAGE, "Billed")
def test_billed(ask: Ask, row: Row) -> None:
    expense = _expense(
        1,
        row["Amount"],
        tax_recovered=row["Tax recovered"],
        receipt="aa11" if row["Receipt"] == "yes" else None,
        billable=row["Billable"] == "yes",
    )
    above = None if row["Receipt above"] == "-" else Decimal(row["Receipt above"])
    rules = [_rule(row["Markup"], receipt_above=above)]
    found = _bill([expense], rules)
    (line,) = found.expenses
    assert (line.cost, line.markup) == (Decimal(row["Cost"]), Decimal(row["Marked up"]))
    assert line.amount == line.earned == line.billed_to_date == found.amount == Decimal(row["Billed"])
    assert (line.not_billed or "-", line.over_cap) == (row["Why not"], ZERO)
    assert line.markup_rate == (ZERO if line.not_billed else Decimal(row["Markup"]))
    question = {
        "expenses": [expense.model_dump(mode="json")],
        "rules": [each.model_dump(mode="json") for each in rules],
        "currency": "USD",
    }
    status, answer, _ = ask("expense", question=question)
    assert (status, answer) == (0, {"billed": found.model_dump(mode="json"), "duplicates": []})


def test_what_the_contracts_rule_does_not_bill_is_shown_at_its_cost() -> None:
    (line,) = _bill([_expense(1, "40.00")], [_rule("0.10", billable=False)]).expenses
    assert (line.cost, line.markup, line.amount) == decimals(40, 0, 0)
    assert line.not_billed is NotBilled.not_billable


def test_a_rule_that_names_no_markup_passes_the_cost_on() -> None:
    plain = ExpenseRule(effective_from=date(2024, 1, 1))
    assert _bill([_expense(1, "40.00")], [plain]).amount == 40


def test_an_adjusting_entry_of_the_same_day_follows_what_it_adjusts() -> None:
    # The later id belongs to the expense, so that only the rule can put it first.
    first, second = sorted((identity("expense 1"), identity("expense 2")))
    spent = _expense(1, "40").model_copy(update={"id": second})
    refund = _expense(2, "-10").model_copy(update={"id": first, "corrects": second})
    assert [line.amount for line in _bill([refund, spent], [_rule()]).expenses] == [40, -10]


RULES = [
    _rule("0.05", category="travel", effective_to=date(2024, 7, 1)),
    ExpenseRule(category="travel", markup=Decimal("0.08"), effective_from=date(2024, 7, 1)),
    ExpenseRule(markup=Decimal("0.10"), effective_from=date(2024, 3, 1)),
]


@cases(PAGE, "Rule of a category on a day")
def test_the_rule_of_a_category_on_a_day(row: Row) -> None:
    wanted = (row["Category"], date.fromisoformat(row["On"]))
    if row["Markup"] == "no_expense_rule":
        with pytest.raises(Refused) as refused:
            rule_of(RULES, *wanted)
        assert (refused.value.code, refused.value.status) == ("no_expense_rule", 422)
    else:
        assert rule_of(RULES[::-1], *wanted).markup == Decimal(row["Markup"])


@cases(PAGE, "Foreign receipts")
def test_foreign_receipts(row: Row) -> None:
    rate = None
    if row["Rate"] != "-":
        rate = ExchangeRate(
            of=row["Currency"],
            to="USD",
            rate=Decimal(row["Rate"]),
            on=date.fromisoformat(row["Rate of"]),
            source="Central bank",
        )
    expense = _expense(
        1, row["Amount"], currency=row["Currency"], on=date.fromisoformat(row["On"]), exchange=rate
    )
    if row["Cost"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            priced([expense], [_rule()], "USD")
        assert f"refused {refused.value.code}" == row["Cost"]
    else:
        assert priced([expense], [_rule()], "USD")[0].cost == Decimal(row["Cost"])


@pytest.mark.parametrize(("of", "to"), [("GBP", "USD"), ("EUR", "GBP"), ("USD", "EUR")])
def test_a_rate_of_other_currencies_is_refused(of: str, to: str) -> None:
    rate = ExchangeRate(of=of, to=to, rate=Decimal(1), on=DAY, source="Central bank")
    with pytest.raises(Refused) as refused:
        priced([_expense(1, "1", currency="EUR", exchange=rate)], [_rule()], "USD")
    assert refused.value.code == "rate_of_other_currencies"


@cases(PAGE, "Adjusting entries")
def test_adjusting_entries(row: Row) -> None:
    rate = None
    if row["Exchange rate"] != "-":
        rate = ExchangeRate(
            of="EUR", to="USD", rate=Decimal(row["Exchange rate"]), on=DAY, source="Central bank"
        )
    entries = [
        _expense(
            number,
            amount,
            currency="EUR" if rate else "USD",
            exchange=rate if number == 1 else None,
            on=DAY + timedelta(days=number),
            receipt="aa11" if row["Receipt"] == "yes" else None,
            corrects=identity("expense 1") if number > 1 else None,
        )
        for number, amount in enumerate(amounts(row["Entries"]), 1)
    ]
    entries = [entry.model_copy(update={"on": DAY}) if entry.corrects is None else entry for entry in entries]
    rules = [_rule(row["Markup"], receipt_above=Decimal(0))]
    if row["Earned"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            priced(entries, rules, "USD")
        assert f"refused {refused.value.code}" == row["Earned"]
    else:
        earned = {line.id: line.earned for line in priced(entries[::-1], rules, "USD")}
        assert [earned[entry.id] for entry in entries] == amounts(row["Earned"])


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("corrects_nothing", {"corrects": identity("expense 9")}),
        ("corrects_nothing", {"corrects": identity("expense 2")}),
        ("correction_differs", {"category": "lodging"}),
        ("correction_differs", {"currency": "EUR"}),
        ("correction_differs", {"trip": "Another trip"}),
        ("correction_differs", {"line_id": identity("line 2")}),
    ],
)
def test_an_adjusting_entry_is_of_the_kind_of_what_it_adjusts(code: str, more: dict[str, Any]) -> None:
    first = _expense(1, "100")
    second = _expense(2, "-10", corrects=first.id)
    third = _expense(3, "-10", **{"corrects": first.id, **more})
    with pytest.raises(Refused) as refused:
        priced([first, second, third], [_rule()], "USD")
    assert refused.value.code == code


def test_recovered_tax_is_within_what_was_spent() -> None:
    for tax, code in (("100.01", "corrected_below_zero"), ("-0.01", "correction_without_link")):
        with pytest.raises(Refused) as refused:
            priced([_expense(1, "100", tax_recovered=tax)], [_rule()], "USD")
        assert refused.value.code == code
    refund = _expense(2, "-100", tax_recovered="-20", corrects=identity("expense 1"))
    lines = priced([_expense(1, "100", tax_recovered="20"), refund], [_rule("0.1")], "USD")
    assert [line.earned for line in lines] == [88, -88]


def test_an_expense_is_given_once_and_one_that_was_billed_is_given() -> None:
    with pytest.raises(Refused) as refused:
        priced([_expense(1, "1"), _expense(1, "2")], [_rule()], "USD")
    assert refused.value.code == "expense_twice"
    with pytest.raises(Refused) as refused:
        _bill([_expense(1, "1")], [_rule()], before=[ExpenseBefore(id=identity("x"), amount=Decimal(1))])
    assert refused.value.code == "expense_missing"


@pytest.mark.parametrize("more", [{"amount": "10", "currency": "JPY"}, {"amount": "1.001"}])
def test_figures_are_at_the_unit_of_their_currency(more: dict[str, str]) -> None:
    spent = {"amount": "1.00", **more}
    if spent["amount"] == "10":
        spent["tax_recovered"] = "0.50"
    with pytest.raises(Refused) as refused:
        priced([_expense(1, **spent)], [_rule()], "USD")
    assert refused.value.code == "too_many_decimals"


def test_two_rules_of_a_category_do_not_cover_the_same_day() -> None:
    assert _bill([], RULES).amount == ZERO
    overlapping = ExpenseRule(category="travel", effective_from=date(2024, 6, 30))
    for rules in ([RULES[0], overlapping], [overlapping, RULES[1]]):
        with pytest.raises(Refused) as refused:
            _bill([], rules)
        assert refused.value.code == "terms_overlap"
    with pytest.raises(ValidationError, match="ends after it begins"):
        _rule(effective_to=date(2024, 1, 1))


def _spent(cell: str) -> list[Expense]:
    found = []
    for number, part in enumerate(listed(cell), 1):
        trip, category, amount, *adjusts = part.split()
        found.append(
            _expense(
                number,
                amount,
                trip=trip,
                category=category,
                on=DAY + timedelta(days=number),
                corrects=identity(f"expense {adjusts[1]}") if adjusts else None,
            )
        )
    return found


def _caps(cell: str) -> list[ExpenseCap]:
    found = []
    for part in listed(cell):
        *named, amount = part.split()
        trip = next((word for word in named if word.isupper()), None)
        category = next((word for word in named if not word.isupper() and word != "all"), None)
        found.append(ExpenseCap(amount=Decimal(amount), trip=trip, category=category))
    return found


@cases(PAGE, "Caps")
def test_caps(row: Row) -> None:
    expenses = _spent(row["Expenses"])
    before = [
        ExpenseBefore(id=expense.id, amount=amount)
        for expense, amount in zip(expenses, amounts(row["Billed before"]), strict=True)
        if amount
    ]
    found = _bill(expenses[::-1], [_rule()], _caps(row["Caps"]), before)
    assert [line.id for line in found.expenses] == [expense.id for expense in expenses]
    assert [line.amount for line in found.expenses] == amounts(row["Billed now"])
    assert [line.over_cap for line in found.expenses] == amounts(row["Over the cap"])
    assert found.amount == total(amounts(row["Billed now"]))
    assert found.over_cap == total(amounts(row["Over the cap"]))


def test_an_expense_handed_in_late_does_not_take_the_place_of_one_that_is_billed() -> None:
    billed = _expense(1, "60", trip="A")
    late = _expense(2, "50", trip="A", on=DAY - timedelta(days=3))
    caps = [ExpenseCap(amount=Decimal(80), trip="A")]
    found = _bill([billed, late], [_rule()], caps, [ExpenseBefore(id=billed.id, amount=Decimal(60))])
    assert {line.id: line.amount for line in found.expenses} == {late.id: 20, billed.id: 0}
    first_time = _bill([billed, late], [_rule()], caps)
    assert {line.id: line.amount for line in first_time.expenses} == {late.id: 50, billed.id: 30}


def test_what_is_not_billed_takes_no_room_under_a_cap() -> None:
    own = _expense(1, "60", billable=False)
    found = _bill([own, _expense(2, "60")], [_rule("0.5")], [ExpenseCap(amount=Decimal(85))])
    assert [line.amount for line in found.expenses if line.id != own.id] == [85]  # markup counts: 90 earned
    assert found.over_cap == 5


def _receipt(number: int, cell: str) -> Expense:
    file, vendor, on, currency, amount = (part.strip() for part in cell.split(","))
    return _expense(
        number,
        amount,
        vendor="" if vendor == "-" else vendor,
        on=date.fromisoformat(on),
        currency=currency,
        receipt=None if file == "-" else file,
    )


@cases(PAGE, "Duplicate receipts")
def test_duplicate_receipts(row: Row) -> None:
    expenses = [_receipt(1, row["First"]), _receipt(2, row["Then"])]
    found = duplicate_receipts(expenses)
    assert [each.because for each in found] == listed(row["Found"])
    for each in found:
        assert (each.id, each.of) == (expenses[1].id, expenses[0].id)
        assert each.certain is (row["Found"] == "receipt")
    adjusting = expenses[1].model_copy(update={"corrects": expenses[0].id})
    assert duplicate_receipts([expenses[0], adjusting]) == ()


def test_a_receipt_handed_in_again_is_shown_and_not_billed(ask: Ask) -> None:
    first = _expense(1, "40.00", receipt="aa11")
    again = _expense(2, "40.00", receipt="aa11", person="Another Sample", on=DAY + timedelta(days=1))
    refund = _expense(3, "-10.00", corrects=again.id, on=DAY + timedelta(days=2))
    alike = _expense(4, "40.00", receipt="bb22", vendor="Sample Diner", on=DAY + timedelta(days=3))
    twin = _expense(5, "40.00", receipt="cc33", vendor="Sample Diner", on=DAY + timedelta(days=3))
    expenses = [first, again, refund, alike, twin]
    question = {
        "expenses": [each.model_dump(mode="json") for each in expenses],
        "rules": [_rule("0.10").model_dump(mode="json")],
        "currency": "USD",
    }
    status, answer, _ = ask("expense", question=question)
    lines = {line["id"]: line for line in answer["billed"]["expenses"]}
    assert (status, len(answer["duplicates"])) == (0, 2)
    assert [lines[str(each.id)]["not_billed"] for each in expenses] == [
        None,
        "duplicate",
        "duplicate",
        None,
        None,
    ]
    assert Decimal(answer["billed"]["amount"]) == 132
    # One that was billed before it was found out comes back whole.
    before = [ExpenseBefore(id=again.id, amount=Decimal("44.00"))]
    found = bill_expenses([first, again], before, [_rule("0.10")], [], "USD", {again.id})
    assert [line.amount for line in found.expenses] == [44, -44]


_cents = st.integers(0, 20_000).map(lambda cents: Decimal(cents).scaleb(-2))
_trips = st.none() | st.sampled_from(["A", "B"])
_categories = st.sampled_from(["meals", "lodging"])
_cap = st.builds(ExpenseCap, amount=_cents, trip=_trips, category=st.none() | _categories)


@st.composite
def _claims(draw: st.DrawFn) -> list[list[Expense]]:
    """Expenses and adjusting entries as they are handed in, invoice after invoice."""
    rounds: list[list[Expense]] = []
    number = 0
    known: dict[int, Decimal] = {}
    first: dict[int, Expense] = {}
    for _ in range(draw(st.integers(1, 4))):
        handed = []
        for _ in range(draw(st.integers(0, 4))):
            number += 1
            on = DAY + timedelta(days=draw(st.integers(0, 30)))
            if draw(st.booleans()) and known:
                which = draw(st.sampled_from(sorted(known)))
                original = first[which]
                back = min(known[which], draw(_cents))
                known[which] = less(known[which], back)
                handed.append(
                    original.model_copy(
                        update={
                            "id": identity(f"expense {number}"),
                            "amount": -back if back else ZERO,
                            "corrects": original.id,
                            "on": on,
                        }
                    )
                )
            else:
                expense = _expense(
                    number,
                    draw(_cents),
                    trip=draw(_trips),
                    category=draw(_categories),
                    on=on,
                    billable=draw(st.sampled_from([True, True, True, False])),
                    receipt=draw(st.sampled_from(["aa11", None])),
                )
                known[number], first[number] = expense.amount, expense
                handed.append(expense)
        rounds.append(handed)
    return rounds


@given(_claims(), st.lists(_cap, max_size=3), st.sampled_from(["0", "0.05", "0.333"]))
def test_nothing_is_billed_twice_above_what_was_earned_or_above_a_cap(
    rounds: list[list[Expense]], caps: list[ExpenseCap], markup: str
) -> None:
    rules = [_rule(markup, receipt_above=Decimal(50))]
    so_far: list[Expense] = []
    billed: dict[Any, Decimal] = {}
    for handed in rounds:
        so_far += handed
        before = [ExpenseBefore(id=key, amount=amount) for key, amount in billed.items()]
        found = _bill(so_far, rules, caps, before)
        for line in found.expenses:
            billed[line.id] = total((billed.get(line.id, ZERO), line.amount))
            assert billed[line.id] == line.billed_to_date
            assert total((line.billed_to_date, line.over_cap)) == line.earned
            assert total((line.cost, line.markup)) == line.earned or line.not_billed
            assert line.not_billed is None or line.earned == ZERO
            assert ZERO <= line.billed_to_date <= line.earned or line.earned < ZERO
        for cap in caps:
            under = [expense.id for expense in so_far if cap.covers(expense)]
            assert total(billed[key] for key in under) <= cap.amount
        assert ZERO <= total(billed.values()) <= total(line.earned for line in found.expenses)
        again = _bill(so_far, rules, caps, [ExpenseBefore(id=k, amount=a) for k, a in billed.items()])
        assert again.amount == ZERO


@given(st.lists(_cents, min_size=1, max_size=6), st.sampled_from(["0.05", "0.333"]), st.data())
def test_what_is_given_back_whole_leaves_nothing(
    parts: list[Decimal], markup: str, data: st.DataObject
) -> None:
    rate = ExchangeRate(
        of="EUR",
        to="USD",
        rate=Decimal(data.draw(st.integers(1, 30_000))).scaleb(-4),
        on=DAY,
        source="Central bank",
    )
    spent = _expense(1, total(parts), currency="EUR", exchange=rate)
    refunds = [
        _expense(n, -part if part else ZERO, currency="EUR", corrects=spent.id)
        for n, part in enumerate(parts, 2)
    ]
    lines = priced([spent, *refunds], [_rule(markup)], "USD")
    assert total(line.earned for line in lines) == ZERO
    assert total(line.cost for line in lines) == ZERO

"""Change orders: states, price and place, against the worked numbers of docs/SPEC-change-orders.md."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain import money
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, ChangeOrderState, in_force, summarise
from contracts_app.domain.changes.change_pricing import (
    ChangeItem,
    ChangePricing,
    Column,
    ProfitOn,
    column_of,
    completion_day,
    enters_with,
    price,
)
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import CHANGE_ORDER, possible, require
from tests.domain.agreements import claims, executed, snapshot, sov, terms
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-change-orders.md"
COMMANDS = {
    "Priced": "price_change_order",
    "Submitted": "submit_change_order",
    "Executed": "execute_change_order",
    "Rejected": "reject_change_order",
    "Void": "void_change_order",
}


@cases(PAGE, "States")
def test_states(row: Row) -> None:
    state = row["From"]
    for column, command in COMMANDS.items():
        if row[column] == "-":
            with pytest.raises(Refused) as refused:
                require(CHANGE_ORDER, command, state, "change order 7")
            assert refused.value.code == "not_in_this_state"
        else:
            assert require(CHANGE_ORDER, command, state, "change order 7") == (row[column],)
    assert set(possible(CHANGE_ORDER, state)) == {
        command for column, command in COMMANDS.items() if row[column] != "-"
    }


def test_the_table_knows_every_state_and_command() -> None:
    assert set(CHANGE_ORDER) == set(COMMANDS.values())
    known = {state for rows in CHANGE_ORDER.values() for state in rows}
    reached = {target for rows in CHANGE_ORDER.values() for targets in rows.values() for target in targets}
    assert known | reached == set(ChangeOrderState)


def _items(cell: str, *, deducts: bool) -> tuple[ChangeItem, ...]:
    return tuple(
        ChangeItem(
            what="Work",
            amount=Decimal(part.removesuffix(" T")),
            deducts=deducts,
            with_profit=part.endswith(" T"),
        )
        for part in listed(cell)
    )


def _pricing(row: Row) -> ChangePricing:
    return ChangePricing(
        items=(*_items(row["Additions"], deducts=False), *_items(row["Deductions"], deducts=True)),
        profit=Decimal(row["Profit rate"]),
        profit_on=ProfitOn(row["Profit on"]),
    )


@cases(PAGE, "Price")
def test_price(row: Row) -> None:
    pricing = _pricing(row)
    priced = price(pricing, "USD")
    assert (priced.profit, priced.amount) == (Decimal(row["Profit"]), Decimal(row["Amount"]))
    assert priced.column is Column(row["Column"])
    assert priced.additions == money.total(i.amount for i in pricing.items if not i.deducts)
    assert priced.deductions == money.total(i.amount for i in pricing.items if i.deducts)
    # The summary of an application shows the same amount in the same column.
    summary = summarise([executed("1", priced.amount, date(2024, 3, 1))], None)
    in_column = {
        Column.additions: summary.additions_this_period,
        Column.deductions: summary.deductions_this_period,
        Column.none: Decimal(0),
    }
    assert in_column[priced.column] == priced.amount.copy_abs()
    assert summary.net == priced.amount


def test_profit_on_everything_is_agreed_unless_said_otherwise() -> None:
    assert ChangePricing(items=()).profit_on is ProfitOn.everything


def test_an_item_is_at_the_currencys_scale() -> None:
    pricing = ChangePricing(items=(ChangeItem(what="x", amount=Decimal("0.5")),))
    assert price(pricing, "USD").amount == Decimal("0.5")
    with pytest.raises(Refused) as refused:
        price(pricing, "JPY")
    assert refused.value.code == "too_many_decimals"


@cases(PAGE, "Contract sum and day of completion")
def test_contract_sum_and_day_of_completion(row: Row) -> None:
    orders = [
        executed(str(number), amount, date(2024, 3, 1))
        for number, amount in enumerate(amounts(row["Change orders"]))
    ]
    lines = [
        sov(1, row["Original sum"]),
        *(sov(f"CO {order.number}", order.amount, order=order.number) for order in orders),
    ]
    drawn = drafting.draft(
        snapshot(terms(row["Original sum"]), lines, claims({}), change_orders=tuple(orders))
    )
    assert drawn.line3 == Decimal(row["Sum to date"])
    days = [int(part) for part in listed(row["Days"])]
    assert completion_day(date.fromisoformat(row["Completion"]), days) == date.fromisoformat(row["Moved to"])


@cases(PAGE, "After the cut-off")
def test_after_the_cut_off(row: Row) -> None:
    order = ChangeOrder(
        number="1",
        title="x",
        amount=Decimal(5000),
        state=ChangeOrderState(row["State"]),
        executed_on=None if row["Executed on"] == "-" else date.fromisoformat(row["Executed on"]),
    )
    ends = [date(2026, 4, 30), date(2026, 3, 31)]
    cell = row["First billed in the period to"]
    found = enters_with(order, ends)
    assert found == (None if cell == "-" else date.fromisoformat(cell))
    # An application counts it from then on, at the amount that was signed for.
    for end in sorted(ends):
        counted = in_force([order], end)
        assert [each.amount for each in counted] == ([Decimal(5000)] if found and end >= found else [])


def test_a_change_order_without_its_day_is_not_billed() -> None:
    order = executed("1", 5, date(2026, 3, 1)).model_copy(update={"executed_on": None})
    assert enters_with(order, [date(2026, 3, 31)]) is None


def test_calc_change_order(ask: Ask) -> None:
    question = {
        "pricing": {
            "items": [
                {"what": "Labour and materials", "amount": "15000"},
                {"what": "Overhead", "amount": "2250"},
                {"what": "Labour and materials saved", "amount": "18000", "deducts": True},
                {"what": "Overhead saved", "amount": "2400", "deducts": True},
            ],
            "profit": "0.20",
            "days": -3,
        },
        "completion": "2026-05-13",
        "currency": "USD",
    }
    status, answer, _ = ask("change-order", question=question)
    assert status == 0
    assert answer == {
        "priced": {
            "additions": "17250",
            "deductions": "20400",
            "profit": "-630.00",
            "amount": "-3780.00",
            "column": "deductions",
            "days": -3,
        },
        "completion": "2026-05-10",
    }
    assert ask("change-order", question={**question, "completion": None})[1]["completion"] is None


def test_calc_change_order_period(ask: Ask) -> None:
    question = {
        "change_order": executed("1", 5, date(2026, 4, 1)).model_dump(mode="json"),
        "period_ends": ["2026-03-31", "2026-04-30"],
    }
    assert ask("change-order-period", question=question)[:2] == (0, {"period_to": "2026-04-30"})


_cents = st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_items_of_any_kind = st.lists(
    st.builds(
        lambda amount, deducts, marked: ChangeItem(
            what="x", amount=amount, deducts=deducts, with_profit=marked
        ),
        _cents,
        st.booleans(),
        st.booleans(),
    ),
    max_size=6,
).map(tuple)
_rate = st.sampled_from([Decimal(text) for text in ("0", "0.10", "0.2", "0.0333", "1")])


@given(_items_of_any_kind, _rate, st.sampled_from(ProfitOn))
def test_a_price_adds_up_and_a_rule_of_profit_favours_whom_it_says(
    items: tuple[ChangeItem, ...], rate: Decimal, profit_on: ProfitOn
) -> None:
    priced = price(ChangePricing(items=items, profit=rate, profit_on=profit_on), "USD")
    assert priced.amount == money.total((priced.additions, money.opposite(priced.deductions), priced.profit))
    assert priced.column is column_of(priced.amount)
    by_rule = {
        rule: price(ChangePricing(items=items, profit=rate, profit_on=rule), "USD").amount
        for rule in ProfitOn
    }
    assert by_rule[ProfitOn.everything] <= by_rule[ProfitOn.net_increase] <= by_rule[ProfitOn.additions]


@given(_items_of_any_kind, _rate)
def test_a_change_taken_back_comes_to_the_opposite(items: tuple[ChangeItem, ...], rate: Decimal) -> None:
    turned = tuple(item.model_copy(update={"deducts": not item.deducts}) for item in items)
    forth = price(ChangePricing(items=items, profit=rate), "USD")
    back = price(ChangePricing(items=turned, profit=rate), "USD")
    assert money.total((forth.amount, back.amount)) == 0

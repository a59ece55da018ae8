"""Costs passed on against the worked numbers of docs/SPEC-commitments.md: matched, marked up, once."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import ValidationError

from contracts_app.domain import money
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.purchasing import bill_match
from contracts_app.domain.purchasing.commitments import (
    MatchLevel,
    Receipt,
    VendorBill,
    VendorCredit,
    net_of_credits,
)
from contracts_app.domain.purchasing.pass_through import (
    CostLine,
    MarkupRate,
    PassedBefore,
    PassThrough,
    cost_lines,
    markup_rate,
    pass_through,
)
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import decimals, identity
from tests.domain.asking import Ask
from tests.domain.commitments_written import DAY, bill, billed, commitment, credited, line, received
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-commitments.md"


def _at(rate: str) -> list[MarkupRate]:
    return [MarkupRate(rate=Decimal(rate), effective_from=DAY)]


def _cost(amount: str | Decimal, number: int = 1, *, is_fee: bool = False) -> CostLine:
    return CostLine(
        id=identity(f"billed {number}"),
        line_id=identity("line 1"),
        category="material",
        dated=DAY,
        cost=Decimal(amount),
        is_fee=is_fee,
    )


def _passed(so_far: Sequence[PassThrough]) -> list[PassedBefore]:
    """What invoices passed on, as the next one reads it."""
    lines = [each for invoice in so_far for each in invoice.lines]
    return [
        PassedBefore(
            id=key,
            line_id=next(each.line_id for each in lines if each.id == key),
            cost=total(each.cost for each in lines if each.id == key),
            markup=total(each.markup for each in lines if each.id == key),
        )
        for key in dict.fromkeys(each.id for each in lines)
    ]


@cases(PAGE, "Markup")
def test_markup(ask: Ask, row: Row) -> None:
    cost = _cost(row["Cost"], is_fee=row["Fee"] == "yes")
    found = pass_through([cost], [], _at(row["Rate"]), "USD")
    (passed,) = found.lines
    assert (passed.markup, passed.amount) == (Decimal(row["Markup"]), Decimal(row["Amount"]))
    assert (passed.cost, passed.cost_to_date, passed.markup_to_date) == (cost.cost, cost.cost, passed.markup)
    assert (found.cost, found.markup, found.amount) == (passed.cost, passed.markup, passed.amount)
    question = {
        "lines": [cost.model_dump(mode="json")],
        "rates": [rate.model_dump(mode="json") for rate in _at(row["Rate"])],
        "currency": "USD",
    }
    assert ask("pass-through", question=question)[:2] == (0, found.model_dump(mode="json"))


RATES = [
    MarkupRate(category="subcontract", rate=Decimal("0.10"), effective_from=date(2024, 1, 1)),
    MarkupRate(
        category="material",
        rate=Decimal("0.15"),
        effective_from=date(2024, 1, 1),
        effective_to=date(2024, 7, 1),
    ),
    MarkupRate(category="material", rate=Decimal("0.12"), effective_from=date(2024, 7, 1)),
    MarkupRate(rate=Decimal("0.05"), effective_from=date(2024, 3, 1)),
]


@cases(PAGE, "Rate of a category on a day")
def test_the_rate_of_a_category_on_a_day(row: Row) -> None:
    wanted = (row["Category"], date.fromisoformat(row["Dated"]))
    if row["Rate"] == "no_markup_rate":
        with pytest.raises(Refused) as refused:
            markup_rate(RATES, *wanted)
        assert refused.value.code == "no_markup_rate"
    else:
        assert markup_rate(RATES, *wanted) == Decimal(row["Rate"])
        assert markup_rate(RATES[::-1], *wanted) == Decimal(row["Rate"])


@cases(PAGE, "Passed on to date")
def test_passed_on_to_date(row: Row) -> None:
    invoices: list[PassThrough] = []
    for cell in listed(row["Matched"]):
        lines = [] if cell == "gone" else [_cost(cell)]
        invoices.append(pass_through(lines, _passed(invoices), _at(row["Rate"]), "USD"))
    assert [invoice.cost for invoice in invoices] == amounts(row["Cost"])
    assert [invoice.markup for invoice in invoices] == amounts(row["Markup"])
    for invoice in invoices:
        assert invoice.amount == total((invoice.cost, invoice.markup))
        assert bool(invoice.lines) is (invoice.cost != ZERO or invoice.markup != ZERO)


@cases(PAGE, "Tax that is not recovered")
def test_tax_that_is_not_recovered_is_cost(row: Row) -> None:
    quantity, price = row["Billed"].split(" @ ")
    order = commitment([line(1, "100", price)])
    bills = [bill(1, billed(1, quantity, price, tax=row["Tax"]))]
    matches = bill_match.match(order, [received(1, row["Received"])], [], bills)
    (cost,) = cost_lines(order, bills, [], matches)
    assert cost.cost == Decimal(row["Cost"])
    assert (cost.id, cost.line_id, cost.category) == (identity("billed 1"), identity("line 1"), "material")
    assert (cost.dated, cost.is_fee) == (bills[0].dated, False)


def test_tax_is_credited_with_its_line() -> None:
    order = commitment([line(1, "100", "10")])
    bills = [bill(1, billed(1, "100", "10", tax="80"))]
    for memos, cost in (
        ([credited(1, 1, "100", "1000", "80")], 0),
        ([credited(1, 1, "50", "500", "40")], 540),
        ([credited(1, 1, "50", "500")], 580),
    ):
        matches = bill_match.match(order, [received(1, "100")], [], bills, memos)
        assert [each.cost for each in cost_lines(order, bills, memos, matches)] == [cost]


def test_only_lines_of_the_clients_contract_are_costs_of_it() -> None:
    own = line(2, "100", "10").model_copy(update={"sov_line_id": None})
    fee = line(3, "100", "10").model_copy(update={"is_fee": True, "description": "Management fee"})
    order = commitment([line(1, "100", "10"), own, fee], MatchLevel.two_way)
    bills = [bill(1, *(billed(n, "1", "10", n if n < 4 else None) for n in (1, 2, 3, 4)))]
    costs = cost_lines(order, bills, [], bill_match.match(order, [], [], bills))
    assert [(each.id, each.is_fee) for each in costs] == [
        (identity("billed 1"), False),
        (identity("billed 3"), True),
    ]
    assert costs[1].description == "Management fee"


def test_a_line_that_moved_while_part_of_it_is_billed_is_refused() -> None:
    elsewhere = PassedBefore(
        id=identity("billed 1"), line_id=identity("line 2"), cost=Decimal(1), markup=Decimal(0)
    )
    with pytest.raises(Refused) as refused:
        pass_through([_cost("10")], [elsewhere], _at("0.1"), "USD")
    assert refused.value.code == "billed_elsewhere"


def test_a_line_is_passed_on_once() -> None:
    before = PassedBefore(id=identity("billed 1"), line_id=identity("line 1"), cost=Decimal(1), markup=ZERO)
    for lines, passed in (([_cost("10")] * 2, []), ([], [before] * 2)):
        with pytest.raises(Refused) as refused:
            pass_through(lines, passed, _at("0.1"), "USD")
        assert refused.value.code == "passed_on_twice"


def test_a_cost_is_at_the_unit_of_its_currency() -> None:
    with pytest.raises(Refused) as refused:
        pass_through([_cost("10.001")], [], _at("0.1"), "USD")
    assert refused.value.code == "too_many_decimals"


def test_a_bill_that_was_withdrawn_is_taken_back_whole() -> None:
    before = PassedBefore(
        id=identity("billed 1"), line_id=identity("line 1"), cost=Decimal("10.00"), markup=Decimal("2.00")
    )
    (back,) = pass_through([], [before], _at("0.2"), "USD").lines
    assert (back.rate, back.cost_to_date, back.markup_to_date) == decimals(0, 0, 0)
    assert (back.cost, back.markup, back.amount) == decimals(-10, -2, -12)


def test_nothing_to_pass_on_is_written_at_the_currencys_scale() -> None:
    found = pass_through([], [], [], "USD").model_dump(mode="json")
    assert found == {"lines": [], "cost": "0.00", "markup": "0.00", "amount": "0.00"}


def test_a_change_of_the_markup_alone_is_a_line() -> None:
    before = PassedBefore(
        id=identity("billed 1"), line_id=identity("line 1"), cost=Decimal("10.00"), markup=Decimal("2.00")
    )
    found = pass_through([_cost("10.00")], [before], _at("0.1"), "USD")
    assert (found.cost, found.markup, found.amount) == decimals(0, -1, -1)


def test_two_markups_of_a_category_do_not_cover_the_same_day() -> None:
    open_end = MarkupRate(category="material", rate=Decimal("0.2"), effective_from=date(2024, 6, 30))
    for rates in ([RATES[1], open_end], [open_end, RATES[2]]):
        with pytest.raises(Refused) as refused:
            pass_through([], [], rates, "USD")
        assert refused.value.code == "terms_overlap"
    assert pass_through([], [], RATES, "USD").amount == ZERO
    with pytest.raises(ValidationError, match="ends after it begins"):
        MarkupRate(rate=Decimal(0), effective_from=DAY, effective_to=DAY)
    with pytest.raises(ValidationError, match="not negative"):
        MarkupRate(rate=Decimal("-0.1"), effective_from=DAY)


class PassingOn(RuleBasedStateMachine):
    """An order under way: bills, receipts, returns, credits and drafts in any order. Whatever the order, what
    invoices passed on of each vendor's line is its matched cost and that cost's markup, once."""

    rate = Decimal("0.075")

    @initialize(
        level=st.sampled_from(MatchLevel), prices=st.lists(st.integers(1, 9999), min_size=1, max_size=3)
    )
    def order(self, level: MatchLevel, prices: list[int]) -> None:
        level = MatchLevel.three_way if level is MatchLevel.four_way else level
        self.ordered = commitment(
            [line(n, "40", f"{Decimal(price).scaleb(-3):f}") for n, price in enumerate(prices, 1)], level
        )
        self.receipts: list[Receipt] = []
        self.bills: list[VendorBill] = []
        self.memos: list[VendorCredit] = []
        self.invoices: list[PassThrough] = []

    @rule(number=st.integers(1, 3), quantity=st.integers(-5, 20))
    def receive(self, number: int, quantity: int) -> None:
        lines = self.ordered.lines
        chosen = lines[(number - 1) % len(lines)]
        there = total(each.quantity for each in self.receipts if each.line_id == chosen.id)
        if total((there, Decimal(quantity))) >= ZERO:
            nth = len(self.receipts)
            self.receipts.append(received(int(chosen.item_no), Decimal(quantity), nth))

    @rule(number=st.integers(1, 3), quantity=st.integers(1, 300), over=st.integers(-3, 3))
    def bill(self, number: int, quantity: int, over: int) -> None:
        chosen = self.ordered.lines[(number - 1) % len(self.ordered.lines)]
        price = max(total((chosen.unit_price, Decimal(over).scaleb(-2))), ZERO)
        key = len(self.bills) + 1
        self.bills.append(
            bill(key, billed(key, f"{Decimal(quantity).scaleb(-1):f}", f"{price:f}", int(chosen.item_no)))
        )

    @precondition(lambda self: self.bills)
    @rule(which=st.integers(0, 99), share=st.sampled_from(["0", "0.5", "1"]), cents=st.integers(1, 5000))
    def credit(self, which: int, share: str, cents: int) -> None:
        chosen = self.bills[which % len(self.bills)]
        net = net_of_credits([chosen], [c for c in self.memos if self._of(c, chosen)], "USD")
        (left,) = net.values()
        amount = left.amount if share == "1" else min(left.amount, Decimal(cents).scaleb(-2))
        if amount > ZERO:
            number = self.bills.index(chosen) + 1
            back = money.multiply(left.quantity, Decimal(share))
            self.memos.append(credited(len(self.memos), number, f"{back:f}", f"{amount:f}"))

    @staticmethod
    def _of(credit: VendorCredit, chosen: VendorBill) -> bool:
        return credit.lines[0].bill_line_id == chosen.lines[0].id

    def costs(self) -> tuple[CostLine, ...]:
        matches = bill_match.match(self.ordered, self.receipts, [], self.bills, self.memos)
        return cost_lines(self.ordered, self.bills, self.memos, matches)

    @rule()
    def draft(self) -> None:
        rates = [MarkupRate(rate=self.rate, effective_from=DAY)]
        self.invoices.append(pass_through(self.costs(), _passed(self.invoices), rates, "USD"))
        by_now = {each.id: each for each in _passed(self.invoices)}
        for cost in self.costs():
            passed = by_now.get(cost.id)
            so_far = (passed.cost, passed.markup) if passed else (ZERO, ZERO)
            assert so_far == (cost.cost, money.round_to(money.multiply(cost.cost, self.rate), "USD"))
            assert so_far[0] <= self.billed()[cost.id]
        again = pass_through(self.costs(), _passed(self.invoices), rates, "USD")
        assert (again.lines, again.amount) == ((), ZERO)

    def billed(self) -> dict[UUID, Decimal]:
        return {each.lines[0].id: each.amount("USD") for each in self.bills}

    @invariant()
    def never_above_what_was_billed(self) -> None:
        if not getattr(self, "invoices", None):
            return
        bills = self.billed()
        for passed in _passed(self.invoices):
            assert ZERO <= passed.cost <= bills[passed.id]
            assert ZERO <= passed.markup <= money.round_to(money.multiply(bills[passed.id], self.rate), "USD")


TestPassingOn = PassingOn.TestCase
TestPassingOn.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)

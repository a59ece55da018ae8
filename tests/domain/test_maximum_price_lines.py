"""What the lines of a schedule bill under a guaranteed maximum price, and what cannot be agreed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from contracts_app.domain.billing.cost_lines import claimable_costs
from contracts_app.domain.billing.maximum_price import billed, portions_of, require_portions
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.cost_plus.explained import explained
from contracts_app.domain.cost_plus.forecast import forecast
from contracts_app.domain.cost_plus.guaranteed_maximum import Limit
from contracts_app.domain.cost_plus.ledger import JobCost, LineCosts
from contracts_app.domain.cost_plus.maximum_billed import MaximumBilled
from contracts_app.domain.cost_plus.terms import CostPlusTerms, MaximumPriceTerms
from contracts_app.domain.refusals import Refused

END = date(2026, 3, 31)


def line(item: int, share: str, *, not_to_exceed: bool = False, **terms: Any) -> SovLine:
    return SovLine.model_validate(
        {
            "id": UUID(int=item),
            "item_no": str(item),
            "position": item,
            "description": f"Line {item}",
            "scheduled_value": share,
            "basis": "cost_plus",
            "not_to_exceed": not_to_exceed,
            "cost_plus": terms,
        }
    )


WORK, ALLOWANCE, CONTINGENCY, FEE = (
    line(1, "800.00"),
    line(2, "100.00", portion="allowance"),
    line(3, "100.00", portion="contingency"),
    line(9, "50.00", is_fee=True),
)
SCHEDULE = (WORK, ALLOWANCE, CONTINGENCY, FEE)
MAXIMUM = Decimal("1050.00")
FIVE = MaximumPriceTerms.model_validate(
    {"fee": {"kind": "percent", "rate": "0.05"}, "savings": {"contractor_share": "0.50"}}
)


def cost(on: SovLine, gross: str, number: int = 0, **more: Any) -> JobCost:
    said = {"category": "material", "description": "Cost", "incurred_on": END, **more}
    return JobCost.model_validate(
        {"id": UUID(int=on.id.int * 100 + number), "line_id": on.id, "gross": gross, **said}
    )


def bill(
    *costs: JobCost,
    terms: MaximumPriceTerms = FIVE,
    schedule: Sequence[SovLine] = SCHEDULE,
    certified: Mapping[UUID, Decimal] | None = None,
    complete: Mapping[SovLine, str] | None = None,
    done: bool = False,
    maximum: Decimal = MAXIMUM,
) -> tuple[dict[str, str], MaximumBilled, tuple[LineCosts, ...]]:
    said = {
        one.id: Entry(line_id=one.id, fraction_to_date=Decimal(part))
        for one, part in (complete or {}).items()
    }
    lines, stands = billed(
        schedule, terms, maximum, costs, (), certified or {}, said, "USD", END, work_completed=done
    )
    items = {one.id: one.item_no for one in schedule}
    return {items[each.line_id]: f"{each.amount:.2f}" for each in lines}, stands, lines


def test_an_overrun_is_absorbed_and_stands_on_the_lines_in_proportion() -> None:
    # Cost 1,100.00 and fee 55.00 against 1,050.00: at the end 105.00 are absorbed, and the lines stand at
    # 1,050 of 1,155, which is 10/11: 909.09, 90.91 and 50.00.
    amounts, stands, lines = bill(cost(WORK, "1000.00"), cost(ALLOWANCE, "100.00"), done=True)
    assert amounts == {"1": "909.09", "2": "90.91", "3": "0.00", "9": "50.00"}
    assert stands.progress.limit is Limit.maximum_price
    assert stands.progress.absorbed == Decimal("105.00")
    assert stands.progress.says == (
        "Cost and fee of 1,155.00 USD pass the guaranteed maximum price of 1,050.00 USD: "
        "105.00 USD are absorbed."
    )
    assert stands.accounting is not None
    assert [stands.accounting.savings, stands.accounting.to_contractor] == [0, 0]
    assert explained(lines, stands, "USD")[FEE.id] == "Fee to date 55.00 USD"


def test_savings_come_with_the_fee_and_an_allowance_left_is_the_clients() -> None:
    # 600 + 60 + 5 % = 693; 357 are saved, 40 of it left of the allowance; half of 317 is 158.50.
    amounts, stands, lines = bill(cost(WORK, "600.00"), cost(ALLOWANCE, "60.00"), done=True)
    assert amounts == {"1": "600.00", "2": "60.00", "3": "0.00", "9": "191.50"}
    assert stands.accounting is not None
    assert (stands.accounting.savings, stands.accounting.to_owner) == (Decimal("357.00"), Decimal("198.50"))
    assert explained(lines, stands, "USD")[FEE.id] == "Fee to date 33.00 USD, share of savings 158.50 USD"


def test_what_was_certified_is_taken_off_line_by_line() -> None:
    said = {WORK.id: Decimal("300.00"), FEE.id: Decimal("15.00")}
    amounts, _, _ = bill(cost(WORK, "400.00"), certified=said, complete={WORK: "0.5"})
    assert amounts == {"1": "100.00", "2": "0.00", "3": "0.00", "9": "5.00"}


def test_a_fixed_fee_follows_the_cost_expected_or_the_work_complete() -> None:
    by_cost = MaximumPriceTerms.model_validate(
        {"fee": {"kind": "fixed", "amount": "50.00"}, "expected_cost": "1000.00"}
    )
    amounts, _, _ = bill(cost(WORK, "400.00"), terms=by_cost, complete={WORK: "1"})
    assert amounts["9"] == "20.00"  # 400 of 1,000 of 50.00
    by_work = MaximumPriceTerms.model_validate(
        {"fee": {"kind": "fixed", "amount": "50.00", "billed_by": "completion"}}
    )
    # Half of 900.00 (contingency is no work): half of the fee, although the work has cost more than it is.
    amounts, _, _ = bill(cost(WORK, "700.00"), terms=by_work, complete={WORK: "0.5", ALLOWANCE: "0.5"})
    assert amounts["9"] == "25.00"


def test_a_deduction_is_complete_once_it_is_agreed() -> None:
    less = line(4, "-100.00")
    (portion,) = portions_of([less], {}, {})
    assert portion.completed == 1
    # 800 - 100 done with the fee on 600 of cost: cost and fee, 630.00, is less and earned.
    amounts, stands, _ = bill(cost(WORK, "600.00"), schedule=(*SCHEDULE, less), complete={WORK: "1"})
    assert stands.progress.completed_work == Decimal("730.00")
    assert (amounts["1"], amounts["4"], amounts["9"]) == ("600.00", "0.00", "30.00")


@pytest.mark.parametrize(
    ("schedule", "terms", "code"),
    [
        ((WORK,), FIVE, "no_fee_line"),
        ((WORK, FEE, line(8, "1.00", is_fee=True)), FIVE, "no_fee_line"),
        ((line(1, "1.00", not_to_exceed=True), FEE), FIVE, "not_a_portion"),
        ((line(1, "1.00", fee={"kind": "percent", "rate": "0.01"}), FEE), FIVE, "fee_of_a_portion"),
        ((WORK, FEE), None, "no_maximum_price"),
        ((CONTINGENCY,), None, "no_maximum_price"),
    ],
)
def test_a_schedule_that_is_no_maximum_price_is_refused(
    schedule: Sequence[SovLine], terms: MaximumPriceTerms | None, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        require_portions(schedule, terms)
    assert refused.value.code == code


def test_work_is_complete_to_between_nothing_and_all() -> None:
    with pytest.raises(Refused) as refused:
        bill(complete={WORK: "1.5"})
    assert refused.value.code == "completion_out_of_range"


def test_terms_that_contradict_themselves_are_refused() -> None:
    for terms in (
        {"fee": {"kind": "fixed", "amount": "5.00"}},  # no cost expected
        {"fee": {"kind": "percent", "rate": "0.05", "by_category": [{"category": "paper", "rate": "0.1"}]}},
        {"is_fee": True, "allowable": ["labour"]},
        {"allowable": ["labour", "labour"]},
    ):
        with pytest.raises(ValidationError):
            CostPlusTerms.model_validate(terms)


def test_costs_after_the_period_or_not_allowed_are_not_claimed() -> None:
    only_labour = line(5, "100.00", allowable=["labour"])
    offered = (
        cost(only_labour, "1.00", 1),
        cost(only_labour, "2.00", 2, category="labour"),
        cost(only_labour, "3.00", 3, category="labour", incurred_on=date(2026, 4, 1)),
    )
    assert [one.gross for one in claimable_costs([only_labour, FEE], offered, END)] == [2]


@pytest.mark.parametrize(
    ("work", "complete", "at_completion", "fee", "saving"),
    [
        # 400 for half: 800 in all; the allowance has not begun: 100; contingency is not spent. 5 % of 900.
        ("400.00", "0.5", "900.00", "45.00", "105.00"),
        ("0", "0", "900.00", "45.00", "105.00"),  # nothing has begun
        ("800.00", "0.5", "1700.00", "85.00", "-735.00"),  # twice as dear as agreed: an overrun
        ("700.00", "1", "800.00", "40.00", "210.00"),
    ],
)
def test_the_saving_expected(work: str, complete: str, at_completion: str, fee: str, saving: str) -> None:
    said = {WORK.id: Entry(line_id=WORK.id, fraction_to_date=Decimal(complete))}
    portions = portions_of(SCHEDULE, {WORK.id: Decimal(work)}, said)
    so_far = Decimal(work) * Decimal("0.05")
    found = forecast(portions, {"material": Decimal(work)}, FIVE, so_far, MAXIMUM, "USD")
    assert (found.cost_at_completion, found.fee_at_completion, found.saving) == (
        Decimal(at_completion),
        Decimal(fee),
        Decimal(saving),
    )
    assert [found.contingency_left, found.allowances_left] == [100, 100]
    assert found.left == MAXIMUM - Decimal(work) - so_far


def test_a_fee_of_another_kind_is_expected_at_its_cost_at_completion() -> None:
    sliding = MaximumPriceTerms.model_validate(
        {"fee": {"kind": "sliding", "rate": "0.05", "target_cost": "900.00"}, "expected_cost": "900.00"}
    )
    found = forecast(portions_of(SCHEDULE, {}, {}), {}, sliding, Decimal(0), MAXIMUM, "USD")
    assert found.fee_at_completion == Decimal("45.00")  # 5 % of (1,800 - 900)

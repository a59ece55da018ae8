"""What is billed of costs that were written up or down, corrected or split, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.cost_plus.cost_plus import CostBefore
from contracts_app.domain.cost_plus.fees import PercentFee
from contracts_app.domain.cost_plus.ledger import JobCost, bill_line, given_back, in_order
from contracts_app.domain.cost_plus.parts import Part, parts_of, shares
from contracts_app.domain.cost_plus.terms import CostCategory, CostPlusTerms
from contracts_app.domain.money import less, total
from tests.domain.agreements import decimals, snapshot, sov, terms

ONE = UUID(int=1)


def cost(gross: str, tax: str = "0", fee: str = "0", billed: str | None = None) -> JobCost:
    return JobCost(
        id=ONE,
        line_id=ONE,
        incurred_on=date(2024, 3, 1),
        category=CostCategory.material,
        description="Timber",
        gross=Decimal(gross),
        recoverable_tax=Decimal(tax),
        fee_within=Decimal(fee),
        billed=None if billed is None else Decimal(billed),
    )


@pytest.mark.parametrize(
    ("known", "amount", "bearing"),
    [
        (cost("1200", "200", "100"), "1000", "900"),
        (
            cost("1200", "200", "100", "800"),
            "800",
            "700",
        ),  # the fee within bears none, however little is billed
        (cost("1200", "200", "100", "60"), "60", "0"),
        (cost("1200", "200", "100", "0"), "0", "0"),
        (cost("1200", "200", "100", "1500"), "1500", "900"),  # above the cost nothing bears a fee
        (cost("-1200", "-200", "-100", "-800"), "-800", "-700"),
        (cost("-1200", "-200", "-100", "-60"), "-60", "0"),
        (cost("-1200", "-200", "-100", "-1500"), "-1500", "-900"),
    ],
)
def test_what_is_billed_and_what_of_it_bears_a_fee(known: JobCost, amount: str, bearing: str) -> None:
    entry = known.as_entry()
    assert (known.amount, entry.amount, entry.fee_bearing) == (
        Decimal(amount),
        Decimal(amount),
        Decimal(bearing),
    )
    assert known.cost in (Decimal(1000), Decimal(-1000))
    assert known.as_recorded().as_entry().amount == known.cost


@pytest.mark.parametrize(
    ("family", "amount", "back"),
    [
        ([cost("1000")], "-100", None),
        ([cost("1000", billed="800")], "-100", "0"),  # 900 were spent, 800 are billed
        ([cost("1000", billed="800")], "-300", "-100"),  # 700 were spent and are billed
        ([cost("1000", billed="800")], "-1000", "-800"),
        ([cost("1000", billed="0")], "-1000", "0"),
        ([cost("1000", billed="800"), cost("-300", billed="-100")], "-50", "-50"),
        ([cost("1000", billed="800")], "50", None),  # a further cost is billed
        ([cost("1000", billed="1200")], "-100", "-120"),  # 1,200 × 900 ÷ 1,000 = 1,080 stay
        ([cost("1000", billed="1200"), cost("-100", billed="-120")], "-300", "-360"),  # 1,080 × 600 ÷ 900
        ([cost("1000", billed="1200")], "-1000", "-1200"),  # the vendor credits all
        ([cost("1000", billed="1200"), cost("-100", billed="-120")], "-900", "-1080"),
        ([cost("300", billed="400")], "-100", "-133.33"),  # 400 × 200 ÷ 300 = 266.67 stay
        ([cost("1000", billed="1200")], "-1050", "-1250"),  # the vendor owes 50 besides
        ([cost("1000"), cost("-1000", billed="-800")], "-50", "-250"),  # 200 too many are billed by now
        ([cost("1000", billed="1200")], "50", None),
        ([cost("-1000", billed="-800")], "300", "100"),
        ([cost("-1000", billed="-1200")], "1000", "1200"),
    ],
)
def test_of_a_written_cost_what_is_billed_is_given_back(
    family: list[JobCost], amount: str, back: str | None
) -> None:
    found = given_back(family, Decimal(amount), "USD")
    # What is as spent needs no amount of its own.
    assert (Decimal(amount) if found is None else found) == Decimal(amount if back is None else back)


CENTS = st.integers(1, 10**7).map(lambda cents: Decimal(cents) / 100)


@given(st.lists(CENTS, min_size=2, max_size=20), st.data())
def test_parts_come_to_the_whole_and_bear_no_more_than_they_are(
    amounts: list[Decimal], data: st.DataObject
) -> None:
    gross = total(amounts)
    tax = Decimal(data.draw(st.integers(0, int(gross * 100)))) / 100
    fee = Decimal(data.draw(st.integers(0, int((gross - tax) * 100)))) / 100
    sign = data.draw(st.sampled_from((1, -1)))
    whole = Part(gross=sign * gross, recoverable_tax=sign * tax, fee_within=sign * fee)
    parts = parts_of(whole, [sign * one for one in amounts], "USD")
    assert total(part.gross for part in parts) == whole.gross
    assert total(part.recoverable_tax for part in parts) == whole.recoverable_tax
    assert total(part.fee_within for part in parts) == whole.fee_within
    for part in parts:
        assert 0 <= sign * part.recoverable_tax <= sign * part.gross
        assert 0 <= sign * part.fee_within <= sign * less(part.gross, part.recoverable_tax)


def test_shares_of_nothing_stand_on_the_first() -> None:
    assert shares(Decimal("5.00"), [Decimal(0), Decimal(0)], "USD") == (Decimal("5.00"), Decimal(0))
    assert shares(Decimal("0.10"), [Decimal(1)] * 3, "USD") == tuple(map(Decimal, ("0.03", "0.04", "0.03")))


def test_costs_stand_on_papers_by_category_day_and_what_they_were() -> None:
    later = cost("1").model_copy(update={"incurred_on": date(2024, 3, 2), "description": "Beams"})
    first, second = (cost("1").model_copy(update={"id": UUID(int=n), "description": "Steel"}) for n in (1, 2))
    wages = later.model_copy(update={"category": CostCategory.labour})
    timber = cost("1")
    assert list(CostCategory).index(CostCategory.labour) < list(CostCategory).index(CostCategory.material)
    assert in_order([later, timber, second, first, wages]) == (wages, first, second, timber, later)


def test_a_line_at_cost_bills_cost_and_fee_less_what_was_certified() -> None:
    """1,000 and a fee of 10 %, of which 400 are certified; under a limit of 900 the other 200 wait."""
    agreed = CostPlusTerms(fee=PercentFee(rate=Decimal("0.10")))
    asked: dict[str, Any] = {"period_to": date(2024, 3, 31), "certified": Decimal(400)}
    free = bill_line(ONE, agreed, [cost("1000")], CostBefore(), "USD", **asked)
    assert (free.cost, free.fee, free.over, free.amount) == decimals(1000, 100, 0, 700)
    capped = bill_line(ONE, agreed, [cost("1000")], CostBefore(), "USD", **asked, cap=Decimal(900))
    assert (capped.cost, capped.fee, capped.over, capped.amount) == decimals(1000, 100, 200, 500)


def test_an_application_bills_the_costs_of_its_period_with_their_fee() -> None:
    """1,000 and 10 %; what was incurred in April waits."""
    by_cost = {"basis": Basis.cost_plus, "cost_plus": CostPlusTerms(fee=PercentFee(rate=Decimal("0.10")))}
    line = sov(1, "5000").model_copy(update=by_cost)
    march = cost("1000").model_copy(update={"line_id": line.id})
    april = march.model_copy(update={"id": UUID(int=2), "incurred_on": date(2024, 4, 1)})
    drawn = snapshot(
        terms("5000", work="0"),
        [line],
        (Entry(line_id=line.id),),
        period_to=date(2024, 3, 31),
        costs=(march, april),
    )
    assert draft(drawn).line8 == 1100

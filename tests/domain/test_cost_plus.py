"""Cost plus and its fees against the worked numbers of docs/SPEC-cost-plus.md."""

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from contracts_app import law
from contracts_app.domain import money
from contracts_app.domain.changes.extra_work import FeeOnMaterials
from contracts_app.domain.cost_plus import fees
from contracts_app.domain.cost_plus.cost_plus import (
    CategoryToDate,
    CostBefore,
    CostBilled,
    CostEntry,
    CostSource,
    bill,
    require_adjusting,
)
from contracts_app.domain.cost_plus.fees import (
    CostStanding,
    Fee,
    FeeReserveLimit,
    FeeTerms,
    fee_to_date,
    reserve_limits,
    total_fee,
)
from contracts_app.domain.law import Provision, Verified, in_force
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import Given, decimals, identity
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-cost-plus.md"
LINE = identity("line 1")
MARCH = date(2026, 3, 31)
_numbers = count(1)


def cost(gross: Given, category: str = "work", **more: Any) -> CostEntry:
    """A cost of labour, dated within March 2026."""
    number = next(_numbers)
    return CostEntry(
        id=more.pop("id", identity(f"cost {number}")),
        incurred_on=more.pop("on", date(2026, 3, 10)),
        category=category,
        source=more.pop("source", CostSource.labour),
        reference=more.pop("reference", f"payroll {number}"),
        gross=Decimal(gross),
        **more,
    )


def agreed(reserve: dict[str, Any] | None = None, **fee: Any) -> FeeTerms:
    """Terms of a fee from plain values."""
    return FeeTerms.model_validate({"fee": fee, "reserve": reserve})


FIVE_PERCENT = agreed(kind="percent", rate="0.05")


def billed(
    terms: FeeTerms, entries: list[CostEntry], before: CostBefore | None = None, **more: Any
) -> CostBilled:
    return bill(LINE, terms, entries, before or CostBefore(), "USD", period_to=MARCH, **more)


@cases(PAGE, "Costs billed")
def test_costs_billed(row: Row) -> None:
    entry = cost(
        row["Gross"],
        recoverable_tax=Decimal(row["Recoverable tax"]),
        fee_within=Decimal(row["Fee within"]),
        on=date.fromisoformat(row["Day"]),
        allowable=row["State"] != "not allowable",
        reason="Fine of the harbour master." if row["State"] == "not allowable" else "",
        payable=row["State"] != "not payable",
    )
    answer = billed(FIVE_PERCENT, [entry])
    if row["Billed"] == "left out":
        assert (answer.entries, answer.categories) == ((), ())
        assert (answer.cost, answer.amount) == decimals(0, 0)
        assert [each.entry_id for each in answer.left_out] == [entry.id]
        assert answer.left_out[0].why.endswith(".")
    else:
        assert answer.left_out == ()
        assert answer.cost == Decimal(row["Billed"])
        assert answer.categories == (
            CategoryToDate(
                category="work", cost=Decimal(row["Billed"]), fee_bearing=Decimal(row["Bears a fee"])
            ),
        )


def test_each_cost_left_out_says_why() -> None:
    answer = billed(
        FIVE_PERCENT,
        [
            cost(1, allowable=False, reason=" A fine. "),
            cost(2, payable=False),
            cost(3, on=date(2026, 4, 1)),
            cost(4, allowable=False, payable=False, reason="Entertainment"),
            cost(5),
        ],
    )
    assert [each.why for each in answer.left_out] == [
        "Not allowable: A fine.",
        "Neither paid nor payable in the ordinary course yet.",
        "Incurred after 2026-03-31: it belongs to the next period.",
        "Not allowable: Entertainment",
    ]
    assert answer.cost == 5


@cases(PAGE, "Percent of cost")
def test_percent_of_cost(row: Row) -> None:
    terms = agreed(
        kind="percent",
        rate=row["Rate"],
        by_category=[
            dict(zip(("category", "rate"), own.split(), strict=True)) for own in listed(row["Own rates"])
        ],
    )
    entries = [cost(part.split()[1], part.split()[0]) for part in listed(row["Cost"])]
    answer = billed(terms, entries)
    assert (answer.fee, answer.amount) == decimals(row["Fee"], row["Cost and fee"])
    assert answer.fee_to_date.earned == answer.fee_to_date.billable == answer.fee
    assert answer.fee_to_date.reserved == 0


@cases(PAGE, "Fee to date less fee billed before")
def test_fee_to_date_less_fee_billed_before(row: Row) -> None:
    before = CostBefore()
    charged = []
    for amount in amounts(row["Cost"]):
        answer = billed(FIVE_PERCENT, [cost(amount)], before)
        charged.append(answer.fee)
        assert answer.amount == money.total((answer.cost, answer.fee))
        before = answer.as_before()
    assert charged == amounts(row["Fee"])
    assert before.cost == money.total(amounts(row["Cost"]))
    assert before.fee == money.total(charged)


def _standing(row: Row) -> CostStanding:
    expected, completed = row["Expected"], row["Complete"]
    return CostStanding(
        cost=Decimal(row["Cost"]),
        expected_cost=Decimal(expected) if expected else None,
        completed=Decimal(completed) if completed else None,
    )


@cases(PAGE, "Fixed fee")
def test_fixed_fee(row: Row) -> None:
    terms = agreed(kind="fixed", amount=row["Fee"], billed_by=row["Billed by"])
    if row["Earned"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            fee_to_date(terms, _standing(row), "USD")
        assert f"refused {refused.value.code}" == row["Earned"]
        assert refused.value.status == 422
    else:
        earned = Decimal(row["Earned"])
        assert fee_to_date(terms, _standing(row), "USD") == fees.FeeToDate(
            earned=earned, reserved=Decimal(0), billable=earned
        )


def _at_the_end(terms: FeeTerms, row: Row) -> None:
    final = Decimal(row["Cost"])
    earned = fee_to_date(terms, CostStanding(cost=final, expected_cost=final), "USD").earned
    assert (earned, money.total((final, earned))) == decimals(row["Fee"], row["Cost and fee"])


@cases(PAGE, "Sliding fee")
def test_sliding_fee(row: Row) -> None:
    _at_the_end(agreed(kind="sliding", rate=row["Rate"], target_cost=row["Target cost"]), row)


@cases(PAGE, "Incentive fee")
def test_incentive_fee(row: Row) -> None:
    fields = ("Target cost", "Target fee", "Share under", "Share over")
    named: dict[str, Any] = {name.lower().replace(" ", "_"): row[name] for name in fields}
    terms = agreed(kind="incentive", minimum_fee=row["Minimum"], maximum_fee=row["Maximum"], **named)
    _at_the_end(terms, row)


@cases(PAGE, "Fee before the end")
def test_fee_before_the_end(row: Row) -> None:
    kind, *_ = words = row["Kind"].split()
    by = words[-1]
    if kind == "sliding":
        terms = agreed(kind=kind, rate=words[1], target_cost=words[3], billed_by=by)
    elif kind == "incentive":
        terms = agreed(
            kind=kind,
            target_fee=words[1],
            target_cost=words[3],
            share_under="0.20",
            share_over="0.50",
            minimum_fee="0",
            maximum_fee="1000",
            billed_by=by,
        )
    else:
        terms = agreed(kind=kind, base=words[1], awarded=words[3], pool=words[5], billed_by=by)
    assert fee_to_date(terms, _standing(row), "USD").earned == Decimal(row["Earned"])


@cases(PAGE, "Reserve")
def test_reserve(row: Row) -> None:
    terms = agreed(
        {
            "of_fee": row["Of fee"],
            "at_most": row["At most"] or None,
            "held": row["Held"],
            "released": row["Released"],
        },
        kind="fixed",
        amount=row["Fee"],
    )
    standing = CostStanding(cost=Decimal(row["Earned"]), expected_cost=Decimal(row["Fee"]))
    assert fee_to_date(terms, standing, "USD") == fees.FeeToDate(
        earned=Decimal(row["Earned"]), reserved=Decimal(row["Reserved"]), billable=Decimal(row["Billable"])
    )


def _kind(kind: str, fee: str) -> dict[str, Any]:
    if kind == "percent":
        return {"kind": kind, "rate": "0.05"}
    if kind == "fixed":
        return {"kind": kind, "amount": fee}
    shares = {"share_under": "0.5", "share_over": "0.5", "minimum_fee": "0"}
    return {"kind": kind, "target_cost": "1", "target_fee": fee, "maximum_fee": fee, **shares}


@cases(PAGE, "Reserve and law")
def test_reserve_and_law(row: Row) -> None:
    terms = agreed(
        {"of_fee": row["Of fee"], "at_most": row["At most"] or None, "released": row["Released"]},
        **_kind(row["Kind"], row["Fee"]),
    )
    rows = in_force(law.table("fee_reserve", FeeReserveLimit), "US", date.fromisoformat(row["Contract date"]))
    told = reserve_limits(terms, Decimal(row["Fee"]), rows, "USD")
    assert len(told) == bool(row["Beyond the law"])
    for part in listed(row["Beyond the law"]):
        assert part in told[0]
    assert reserve_limits(terms, Decimal(row["Fee"]), rows, "CAD") == ()
    assert reserve_limits(terms.model_copy(update={"reserve": None}), Decimal(row["Fee"]), rows, "USD") == ()


@pytest.mark.parametrize("name", ["fee_reserve", "fee_on_materials"])
def test_the_rows_of_law_say_where_they_were_read(name: str) -> None:
    model: type[Provision] = FeeReserveLimit if name == "fee_reserve" else FeeOnMaterials
    for row in law.table(name, model):
        assert row.source.startswith("https://www.acquisition.gov/far/52.")
        assert row.citation.split("(")[0].removeprefix("FAR ") == row.source.rsplit("/", 1)[1]
        assert (row.jurisdiction, row.as_of) == ("US", date(2026, 11, 22))
        # The clause on materials names the month of its edition only: its first day is not certain.
        assert row.verified is (Verified.source if name == "fee_reserve" else Verified.secondary)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "percent", "rate": "1.01"}, "fraction from 0 to 1"),
        ({"kind": "percent", "rate": "-0.01"}, "fraction from 0 to 1"),
        (
            {"kind": "percent", "rate": "0", "by_category": [{"category": "a", "rate": "0"}] * 2},
            "has one rate",
        ),
        ({"kind": "fixed", "amount": "-1"}, "not below zero"),
        ({"kind": "award", "base": "0", "pool": "10", "awarded": "10.01"}, "than the pool holds"),
        ({"kind": "nonsense"}, "does not match any of the expected tags"),
    ],
)
def test_fees_that_cannot_be(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TypeAdapter(Fee).validate_python(wrong)


@pytest.mark.parametrize(("target", "wrong"), [("9.99", True), ("10", False), ("20", False), ("20.01", True)])
def test_a_target_fee_lies_between_its_limits(target: str, wrong: bool) -> None:
    given_fee: dict[str, Any] = {
        "kind": "incentive",
        "target_cost": "1",
        "target_fee": target,
        "share_under": "0",
        "share_over": "0",
        "minimum_fee": "10",
        "maximum_fee": "20",
    }
    if wrong:
        with pytest.raises(ValidationError, match="between the minimum and the maximum"):
            agreed(**given_fee)
    else:
        assert agreed(**given_fee).fee.kind == "incentive"


def test_all_of_the_pool_may_be_awarded() -> None:
    terms = agreed(kind="award", base="0", pool="10", awarded="10")
    standing = CostStanding(expected_cost=Decimal(1))
    assert fee_to_date(terms, standing, "USD").earned == 10
    assert total_fee(terms.fee, standing) == 10
    nothing_yet = agreed(kind="award", base="0", pool="10")
    assert fee_to_date(nothing_yet, standing, "USD").earned == 0


def test_a_percentage_has_no_last_payments() -> None:
    with pytest.raises(ValidationError, match="no last payments"):
        agreed({"of_fee": "0.1", "held": "last_payments"}, kind="percent", rate="0.05")
    assert agreed({"of_fee": "0.1", "held": "each_payment"}, kind="percent", rate="0.05").reserve
    assert agreed({"of_fee": "0.1", "held": "last_payments"}, kind="fixed", amount="5").reserve


def test_nothing_is_reserved_of_a_fee_that_is_taken_back() -> None:
    terms = agreed({"of_fee": "0.15"}, kind="percent", rate="0.10")
    answer = billed(terms, [cost(-100)])
    assert answer.fee_to_date == fees.FeeToDate(
        earned=Decimal(-10), reserved=Decimal(0), billable=Decimal(-10)
    )
    assert answer.amount == -110


def test_the_reserve_of_a_percentage_is_billed_less() -> None:
    terms = agreed({"of_fee": "0.15"}, kind="percent", rate="0.10")
    answer = billed(terms, [cost(1000)])
    assert (answer.fee_to_date.earned, answer.fee_to_date.reserved) == decimals(100, 15)
    assert (answer.fee, answer.amount, answer.as_before().fee) == decimals(85, 1085, 85)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"allowable": False}, "says why"),
        ({"allowable": False, "reason": "  "}, "says why"),
        ({"recoverable_tax": Decimal("100.01")}, "recoverable tax is part"),
        ({"recoverable_tax": Decimal("-0.01")}, "recoverable tax is part"),
        ({"recoverable_tax": Decimal(60), "fee_within": Decimal("40.01")}, "fee within a cost is part"),
        ({"fee_within": Decimal("-0.01")}, "fee within a cost is part"),
        ({"id": LINE, "corrects": LINE}, "does not correct itself"),
    ],
)
def test_costs_that_cannot_be(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        cost(100, **wrong)


def test_the_whole_cost_may_be_tax_or_fee() -> None:
    assert cost(100, recoverable_tax=Decimal(60), fee_within=Decimal(40)).fee_bearing == 0
    assert cost(-100, recoverable_tax=Decimal(-60), fee_within=Decimal(-40)).fee_bearing == 0


def test_what_stands_there_twice_is_refused() -> None:
    vendor = {"source": CostSource.vendor, "reference": "Bill 7, line 1"}
    same = identity("the same")
    for entries in (
        [cost(1, **vendor), cost(2, **vendor)],
        [cost(1, id=same), cost(2, id=same)],
    ):
        with pytest.raises(Refused) as refused:
            billed(FIVE_PERCENT, entries)
        assert refused.value.code == "cost_twice"
    first = cost(10, **vendor)
    corrected = [first, cost(-4, corrects=first.id, **vendor), cost(-1, corrects=first.id, **vendor)]
    assert billed(FIVE_PERCENT, corrected).cost == 5
    assert billed(FIVE_PERCENT, [cost(1, reference="week 9"), cost(2, reference="week 9")]).cost == 3


@pytest.mark.parametrize("field", ["gross", "recoverable_tax", "fee_within"])
def test_amounts_are_at_the_currencys_scale(field: str) -> None:
    values: dict[str, Any] = {"gross": Decimal(2), field: Decimal("1.001")}
    with pytest.raises(Refused) as refused:
        billed(FIVE_PERCENT, [cost(values.pop("gross"), **values)])
    assert refused.value.code == "too_many_decimals"


@pytest.mark.parametrize(
    ("original", "adjustments", "code"),
    [
        ("100", ["-40", "-60"], ""),
        ("100", ["-40", "-60.01"], "corrected_past_zero"),
        ("100", ["50"], ""),
        ("-100", ["40", "60"], ""),
        ("-100", ["100.01"], "corrected_past_zero"),
        ("0", ["5"], ""),
        ("0", ["-5"], "corrected_past_zero"),
        ("100", [], ""),
    ],
)
def test_an_adjustment_takes_back_no_more_than_was_entered(
    original: str, adjustments: list[str], code: str
) -> None:
    first = cost(original)
    entries = [cost(amount, corrects=first.id) for amount in adjustments]
    if not code:
        require_adjusting(first, entries, "USD")
        return
    with pytest.raises(Refused) as refused:
        require_adjusting(first, entries, "USD")
    assert refused.value.code == code


def test_an_adjustment_names_its_entry_and_keeps_its_category() -> None:
    first = cost(100)
    for other in (cost(-1, corrects=LINE), cost(-1), cost(-1, "material", corrects=first.id)):
        with pytest.raises(Refused) as refused:
            require_adjusting(first, [other], "USD")
        assert refused.value.code == "not_an_adjustment"


def test_the_fee_of_earlier_categories_counts() -> None:
    before = CostBefore(
        categories=(CategoryToDate(category="labour", cost=Decimal(90), fee_bearing=Decimal(80)),),
        fee=Decimal(4),
    )
    answer = billed(FIVE_PERCENT, [cost(10, "labour"), cost(20, "material")], before)
    assert [(each.category, each.cost, each.fee_bearing) for each in answer.categories] == [
        ("labour", Decimal(100), Decimal(90)),
        ("material", Decimal(20), Decimal(20)),
    ]
    assert (answer.cost, answer.fee, answer.amount) == decimals(30, "1.5", "31.5")
    assert before.cost == 90
    assert answer.to_date == Decimal("125.5")  # 120 and 5 % of the 110 that bear a fee


def test_a_fee_in_yen_has_no_decimals() -> None:
    answer = bill(LINE, FIVE_PERCENT, [cost(12345)], CostBefore(), "JPY", period_to=MARCH)
    assert (str(answer.fee), str(answer.amount)) == ("617", "12962")


def test_calc_cost_plus(ask: Ask) -> None:
    question = {
        "line_id": str(LINE),
        "terms": {
            "fee": {"kind": "fixed", "amount": "970000"},
            "reserve": {"of_fee": "0.15"},
        },
        "entries": [cost(19500000).model_dump(mode="json")],
        "before": {"categories": [], "fee": "100000.00"},
        "period_to": "2026-03-31",
        "expected_cost": "19500000",
        "currency": "USD",
        "jurisdiction": "US",
        "contract_date": "2026-01-05",
    }
    status, answer, _ = ask("cost-plus", question=question)
    assert status == 0
    assert answer["billed"]["fee_to_date"] == {
        "earned": "970000.00",
        "reserved": "145500.00",
        "billable": "824500.00",
    }
    assert (answer["billed"]["fee"], answer["billed"]["amount"]) == ("724500.00", "20224500.00")
    assert ["100,000.00 USD" in said for said in answer["beyond_law"]] == [True]
    for missing in ("jurisdiction", "contract_date"):
        rest = {key: value for key, value in question.items() if key != missing}
        assert ask("cost-plus", question=rest)[1]["beyond_law"] == []
    assert ask("cost-plus", question={**question, "expected_cost": None})[0] == 1


_cents = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_positive = st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_rate = st.sampled_from([Decimal(text) for text in ("0", "0.05", "0.0333", "0.125", "1")])
_fees = st.one_of(
    st.builds(lambda rate: {"kind": "percent", "rate": rate}, _rate),
    st.builds(lambda amount: {"kind": "fixed", "amount": amount}, _positive),
    st.builds(lambda rate, cost: {"kind": "sliding", "rate": rate, "target_cost": cost}, _rate, _positive),
    st.builds(
        lambda cost, fee, rate: {
            "kind": "incentive",
            "target_cost": cost,
            "target_fee": fee,
            "share_under": rate,
            "share_over": rate,
            "minimum_fee": Decimal(-5),
            "maximum_fee": fee + 100,
        },
        _positive,
        _positive,
        _rate,
    ),
)
_reserves = st.none() | st.builds(
    lambda rate, most, released: {"of_fee": rate, "at_most": most, "released": released},
    _rate,
    st.none() | _positive,
    _rate,
)


@given(
    _fees, _reserves, st.lists(st.lists(st.tuples(_cents, st.sampled_from("abc")), max_size=4), max_size=6)
)
def test_the_fee_telescopes(
    fee: dict[str, Any], reserve: dict[str, Any] | None, periods: list[list[tuple[Decimal, str]]]
) -> None:
    terms = agreed(reserve, **fee)
    expected = Decimal(1_000_000)
    before, charged = CostBefore(), []
    for period in periods:
        answer = billed(terms, [cost(*each) for each in period], before, expected_cost=expected)
        assert answer.amount == money.total((answer.cost, answer.fee))
        assert answer.fee_to_date.earned == money.total(
            (answer.fee_to_date.billable, answer.fee_to_date.reserved)
        )
        charged.append(answer.fee)
        before = answer.as_before()
    once = billed(terms, [cost(*each) for period in periods for each in period], expected_cost=expected)
    assert money.total(charged) == (once.fee if periods else 0)
    assert before.cost == once.cost


@given(_fees, _reserves, _positive)
def test_the_reserve_keeps_to_its_limits(
    fee: dict[str, Any], reserve: dict[str, Any] | None, spent: Decimal
) -> None:
    terms = agreed(reserve, **fee)
    standing = CostStanding(fee_bearing={"work": spent}, cost=spent, expected_cost=spent + 1)
    to_date = fee_to_date(terms, standing, "USD")
    assert to_date.reserved >= 0
    assert money.is_at_scale(to_date.reserved, "USD")
    if reserve is None:
        assert to_date.reserved == 0
    elif to_date.earned > 0:
        assert to_date.reserved <= to_date.earned
        assert reserve["at_most"] is None or to_date.reserved <= reserve["at_most"]


@given(_positive, _positive, _positive)
def test_a_fixed_fee_is_never_passed(amount: Decimal, spent: Decimal, expected: Decimal) -> None:
    terms = agreed(kind="fixed", amount=amount)
    earned = fee_to_date(terms, CostStanding(cost=spent, expected_cost=expected + 1), "USD").earned
    assert 0 <= earned <= amount
    if spent >= expected + 1:
        assert earned == amount


def test_it_is_said_what_was_taken_back_of_a_cost() -> None:
    original = cost(100, reference="Bill 7")
    back = [cost(amount, corrects=original.id) for amount in ("-40", "-60.01")]
    with pytest.raises(Refused) as refused:
        require_adjusting(original, back, "USD")
    assert refused.value.sentence.startswith(
        "Bill 7 is 100.00 USD, and what corrects it comes to -100.01 USD:"
    )

"""Guaranteed maximum price and savings against the worked numbers of docs/SPEC-cost-plus.md."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain import money
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, ChangeOrderState, in_force
from contracts_app.domain.changes.sov_revision import Move, Revision
from contracts_app.domain.cost_plus.cost_plus import CostBefore, bill
from contracts_app.domain.cost_plus.forecast import at_completion
from contracts_app.domain.cost_plus.guaranteed_maximum import (
    GmpBilled,
    Lesser,
    Limit,
    Portion,
    PortionKind,
    maximum_price,
    progress,
    require_allocated,
    spread,
    tracked,
    transfer,
)
from contracts_app.domain.cost_plus.savings import (
    FinalAccounting,
    SavingsTerms,
    final_accounting,
    unused_allowances,
)
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import Given, decimals, executed, identity
from tests.domain.asking import Ask
from tests.domain.test_cost_plus import FIVE_PERCENT, cost
from tests.domain.worked_tables import Row, amounts, cases, listed, rows

PAGE = "SPEC-cost-plus.md"
FINAL_COST = Decimal(-6000)


def portion(item: str, share: Given, completed: Given = 0, spent: Given = 0, kind: str = "work") -> Portion:
    return Portion(
        id=identity(f"portion {item}"),
        item_no=item,
        kind=PortionKind(kind),
        share=Decimal(share),
        completed=Decimal(completed),
        cost=Decimal(spent),
    )


def moves(*changes: tuple[str, Given], number: str = "R-1", on: date = date(2026, 3, 20)) -> Revision:
    return Revision(
        number=number,
        effective_on=on,
        reason="Site work cost more than its share",
        moves=tuple(
            Move(line_id=identity(f"portion {item}"), amount=Decimal(amount)) for item, amount in changes
        ),
    )


def _portions(cell: str) -> list[Portion]:
    found = []
    for number, part in enumerate(listed(cell)):
        worth, spent = part.split(" : ")
        share, completed = worth.split(" × ")
        found.append(portion(str(number), share, completed, spent))
    return found


@cases(PAGE, "Progress under a maximum price")
def test_progress(row: Row) -> None:
    answer = progress(
        _portions(row["Portions"]),
        Decimal(row["Fee"]),
        Decimal(row["Maximum"]),
        "USD",
        lesser={"whole": Lesser.of_the_whole, "portion": Lesser.of_each_portion}[row["Compared"]],
        retained=Decimal(row["Retained"]),
        shortfall=Decimal(row["Shortfall"]),
        before=Decimal(row["Before"]),
    )
    named = ("Completed work", "Earned", "Waiting", "Absorbed", "Due")
    assert tuple(getattr(answer, name.lower().replace(" ", "_")) for name in named) == decimals(
        *(row[name] for name in named)
    )
    assert answer.limit is Limit(row["Limit"])
    assert answer.maximum == Decimal(row["Maximum"])
    assert answer.to_date == money.total((answer.due, Decimal(row["Before"])))
    assert bool(answer.says) == (answer.absorbed > 0)


@cases(PAGE, "Spread over the portions")
def test_the_amount_earned_is_spread_over_the_portions(row: Row) -> None:
    portions, fee = _portions(row["Portions"]), Decimal(row["Fee"])
    billed = progress(portions, fee, Decimal(row["Maximum"]), "USD")
    answer = spread(portions, fee, billed, "USD")
    assert [each.earned for each in answer.portions] == amounts(row["On portions"])
    assert [each.portion_id for each in answer.portions] == [each.id for each in portions]
    assert answer.fee == Decimal(row["On fee"])


def test_each_portion_stands_at_the_lesser_where_so_agreed() -> None:
    work = [portion("1", 100, 1, 80), portion("2", 100, "0.5", 70)]
    billed = progress(work, Decimal(0), Decimal(200), "USD", lesser=Lesser.of_each_portion)
    answer = spread(work, Decimal(0), billed, "USD", lesser=Lesser.of_each_portion)
    assert [each.earned for each in answer.portions] == [80, 50]


def test_a_fee_by_percent_complete_does_not_follow_cost() -> None:
    work = [portion("1", 100000, "0.5", 60000)]
    answer = progress(work, Decimal(3000), Decimal(105000), "USD", fee_follows_cost=False)
    assert (answer.completed_work, answer.earned) == decimals(53000, 53000)


def test_completed_work_without_cost_bears_the_fee_as_it_is() -> None:
    deducted = [portion("1", -100, 1, 0)]
    assert progress(deducted, Decimal(7), Decimal(1000), "USD").completed_work == -93


def test_nothing_is_taken_off_unless_it_is_given() -> None:
    untouched = Portion(id=identity("x"), item_no="x", share=Decimal(100))
    assert (untouched.completed, untouched.cost, untouched.kind) == (*decimals(0, 0), PortionKind.work)
    answer = progress([portion("1", 100, 1, 100)], Decimal(5), Decimal(200), "USD")
    assert (answer.retained, answer.shortfall, answer.due) == decimals(0, 0, 105)


def test_what_is_absorbed_is_said() -> None:
    answer = progress([portion("1", 100000, 1, 110000)], Decimal(5500), Decimal(105000), "USD")
    assert answer.says == (
        "Cost and fee of 115,500.00 USD pass the guaranteed maximum price of 105,000.00 USD: "
        "10,500.00 USD are absorbed."
    )


@pytest.mark.parametrize("wrong", ["retained", "shortfall"])
def test_what_is_taken_off_is_not_below_zero(wrong: str) -> None:
    taken: dict[str, Any] = {wrong: Decimal("-0.01")}
    with pytest.raises(Refused) as refused:
        progress([], Decimal(0), Decimal(0), "USD", **taken)
    assert refused.value.code == "below_zero"


CENT_PARTS = Decimal("0.001")


@pytest.mark.parametrize("wrong", ["fee", "maximum", "retained", "shortfall", "before", "cost"])
def test_an_application_is_at_the_currencys_scale(wrong: str) -> None:
    named = ("retained", "shortfall", "before", "fee", "maximum", "cost")
    figures: dict[str, Any] = dict.fromkeys(named, Decimal(1))
    figures[wrong] = CENT_PARTS
    work = [portion("1", 100, 1, figures.pop("cost"))]
    with pytest.raises(Refused) as refused:
        progress(work, figures.pop("fee"), figures.pop("maximum"), "USD", **figures)
    assert refused.value.code == "too_many_decimals"


@pytest.mark.parametrize("wrong", ["cost", "fee", "maximum", "allowances_left", "before"])
def test_final_accounting_is_at_the_currencys_scale(wrong: str) -> None:
    agreed = dict.fromkeys(("cost", "fee", "maximum", "allowances_left", "before"), Decimal(1))
    agreed[wrong] = CENT_PARTS
    with pytest.raises(Refused) as refused:
        final_accounting(
            terms=SavingsTerms(contractor_share=Decimal("0.5")),
            currency="USD",
            work_completed=True,
            **agreed,
        )
    assert refused.value.code == "too_many_decimals"


def test_contingency_is_spent_where_it_is_moved() -> None:
    for wrong in ({"completed": "0.1"}, {"spent": 1}):
        with pytest.raises(ValidationError, match="contingency is moved"):
            portion("5", 60000, kind="contingency", **wrong)
    assert portion("5", 60000, kind="contingency").share == 60000


CANOPY = executed("1", "105000", date(2026, 3, 12))
LESS_FINISHES = executed("2", "-21000", date(2026, 5, 6))
ORDERS = (CANOPY, LESS_FINISHES)
TRANSFER = moves(("5", -10000), ("1", 10000))


def _agreed() -> list[Portion]:
    """The portions of the whole contract, the change orders' too."""
    base = [
        portion(row["Item"].split()[0], row["Share"], kind=row["Kind"])
        for row in rows(PAGE, "A whole contract", "Item")
        if row["Kind"] != "fee"
    ]
    return [*base, portion("6", 100000), portion("7", -20000)]


def _at(row: Row) -> tuple[list[Portion], Decimal]:
    """The portions with their progress in an application, before transfers, and the maximum price."""
    done = {part.split(" : ")[0]: part.split(" : ")[1:] for part in listed(row["Work"])}
    period_to = date.fromisoformat(row["Period to"])
    executed_by_then = {"6": CANOPY, "7": LESS_FINISHES}
    found = []
    for each in _agreed():
        order = executed_by_then.get(each.item_no)
        if order is not None and not in_force([order], period_to):
            continue
        completed, spent = done.get(each.item_no, ("0", "0"))
        found.append(each.model_copy(update={"completed": Decimal(completed), "cost": Decimal(spent)}))
    return found, maximum_price(Decimal(1050000), in_force(ORDERS, period_to))


def _bill_whole_contract() -> list[tuple[Row, GmpBilled, Sequence[Portion]]]:
    asked, before, applications = Decimal(0), CostBefore(), []
    for row in rows(PAGE, "A whole contract", "App"):
        period_to = date.fromisoformat(row["Period to"])
        portions, maximum = _at(row)
        standing: Sequence[Portion] = portions
        if TRANSFER.effective_on <= period_to:
            standing = transfer(portions, TRANSFER, "USD")
        fee_share = 50000 + 5000 * (period_to >= date(2026, 3, 12)) - 1000 * (period_to >= date(2026, 5, 6))
        require_allocated(maximum, standing, Decimal(fee_share), "USD")
        spent = money.total(each.cost for each in standing)
        billed = bill(
            identity("line 1"),
            FIVE_PERCENT,
            [cost(money.less(spent, before.cost), on=period_to)],
            before,
            "USD",
            period_to=period_to,
        )
        before = billed.as_before()
        answer = progress(
            standing,
            before.fee,
            maximum,
            "USD",
            retained=money.round_to(Decimal(row["Retained"]), "USD"),
            shortfall=Decimal(row["Shortfall"]),
            before=asked,
        )
        assert before.fee == Decimal(row["Fee"])
        asked = answer.to_date
        applications.append((row, answer, standing))
    return applications


def test_a_whole_contract() -> None:
    applications = _bill_whole_contract()
    for row, answer, _ in applications:
        named = ("Maximum", "Completed work", "Cost and fee", "Earned", "Due")
        assert tuple(getattr(answer, name.lower().replace(" ", "_")) for name in named) == decimals(
            *(row[name] for name in named)
        ), row["App"]
        assert answer.limit is Limit(row["Limit"])
        assert answer.retained == money.multiply(answer.earned, Decimal("0.10"))
    last = rows(PAGE, "Final accounting")[0]
    asked = money.total(answer.due for _, answer, _ in applications)
    assert asked == Decimal(last["Before"])
    assert money.total((asked, Decimal(last["Due"]))) == Decimal(last["Contract sum"])
    spent = money.total((FINAL_COST, *(each.cost for each in applications[-1][2])))
    assert spent == Decimal(last["Cost"])
    assert money.multiply(spent, Decimal("0.05")) == Decimal(last["Fee"])
    assert unused_allowances(applications[-1][2]) == Decimal(last["Allowances left"])


@cases(PAGE, "A whole contract", "Left after application 5")
def test_allowances_and_contingency_are_tracked(row: Row) -> None:
    standing = _bill_whole_contract()[-1][2]
    found = {each.item_no: each for each in tracked(standing, [TRANSFER])}
    assert set(found) == {"4", "5"}
    each = found[row["Left after application 5"].split()[0]]
    assert (each.agreed, each.moved_in, each.moved_out, each.now, each.spent, each.left) == decimals(
        *(row[name] for name in ("Agreed", "Moved in", "Moved out", "Now", "Spent", "Left"))
    )


def test_every_transfer_is_tracked() -> None:
    agreed = [portion("4", 40000, kind="allowance", spent=41000), portion("5", 60000, kind="contingency")]
    transfers = [
        moves(("5", -1500), ("4", 1500)),
        moves(("5", -500), ("4", 500), number="R-2"),
        moves(("4", -300), ("5", 300), number="R-3"),
    ]
    standing = tuple(agreed)
    for each in transfers:
        standing = transfer(standing, each, "USD")
    allowance, contingency = tracked(standing, transfers)
    assert allowance.kind is PortionKind.allowance
    assert (allowance.agreed, allowance.moved_in, allowance.moved_out) == decimals(40000, 2000, 300)
    assert (allowance.now, allowance.spent, allowance.left) == decimals(41700, 41000, 700)
    assert (contingency.agreed, contingency.moved_in, contingency.moved_out) == decimals(60000, 300, 2000)
    assert (contingency.now, contingency.left) == decimals(58300, 58300)


def test_transfers_of_cents_are_tracked() -> None:
    agreed = (portion("4", 100, kind="allowance"), portion("5", 100, kind="contingency"))
    cents = moves(("5", "-0.25"), ("4", "0.25"))
    allowance, contingency = tracked(transfer(agreed, cents, "USD"), [cents])
    assert (allowance.moved_in, allowance.moved_out) == decimals("0.25", 0)
    assert (contingency.moved_in, contingency.moved_out) == decimals(0, "0.25")


def test_an_overdrawn_allowance_takes_nothing_from_another() -> None:
    spent = [
        portion("a", 100, spent=130, kind="allowance"),
        portion("b", 100, spent=60, kind="allowance"),
        portion("c", 100, spent=60),
    ]
    assert unused_allowances(spent) == 40
    assert tracked(spent, [])[0].left == -30


@pytest.mark.parametrize("fee_share", ["49999.99", "50000.01"])
def test_the_maximum_is_allocated_whole(fee_share: str) -> None:
    portions = [portion("1", 1000000)]
    with pytest.raises(Refused) as refused:
        require_allocated(Decimal(1050000), portions, Decimal(fee_share), "USD")
    assert refused.value.code == "gmp_not_allocated"
    require_allocated(Decimal(1050000), portions, Decimal(50000), "USD")


def test_only_executed_change_orders_move_the_maximum() -> None:
    submitted = ChangeOrder(number="3", title="x", amount=Decimal(5), state=ChangeOrderState.submitted)
    in_april = in_force([*ORDERS, submitted], date(2026, 4, 30))
    assert maximum_price(Decimal(1050000), in_april) == 1155000


@cases(PAGE, "Final accounting")
def test_final_accounting(row: Row) -> None:
    answer = final_accounting(
        Decimal(row["Cost"]),
        Decimal(row["Fee"]),
        Decimal(row["Maximum"]),
        SavingsTerms(
            contractor_share=Decimal(row["Contractor's share"]),
            unused_allowances_shared=row["Shared"] == "yes",
        ),
        "USD",
        work_completed=True,
        allowances_left=Decimal(row["Allowances left"]),
        before=Decimal(row["Before"]),
    )
    named = ("Savings", "Not shared", "To owner", "To contractor", "Absorbed", "Contract sum", "Due")
    assert tuple(getattr(answer, name.lower().replace(" ", "_")) for name in named) == decimals(
        *(row[name] for name in named)
    )
    assert (answer.maximum, answer.cost_and_fee) == (
        Decimal(row["Maximum"]),
        Decimal(row["Cost"]) + Decimal(row["Fee"]),
    )
    assert bool(answer.says) == (answer.absorbed > 0)


def test_savings_wait_for_the_end() -> None:
    with pytest.raises(Refused) as refused:
        final_accounting(
            Decimal(1),
            Decimal(0),
            Decimal(2),
            SavingsTerms(contractor_share=Decimal(1)),
            "USD",
            work_completed=False,
        )
    assert (refused.value.code, refused.value.status) == ("not_final", 409)


def test_a_deduction_is_no_saving() -> None:
    shared = SavingsTerms(contractor_share=Decimal("0.40"))

    def at_the_end(spent: str, orders: Sequence[ChangeOrder]) -> FinalAccounting:
        maximum = maximum_price(Decimal(1050000), orders)
        return final_accounting(Decimal(spent), Decimal(0), maximum, shared, "USD", work_completed=True)

    whole = at_the_end("1000000", ())
    without_finishes = at_the_end("979000", [LESS_FINISHES])  # 21,000 of work deleted, 21,000 less spent
    assert without_finishes.savings == whole.savings == 50000
    assert without_finishes.to_contractor == whole.to_contractor == 20000
    assert without_finishes.due == without_finishes.contract_sum == 999000


def _question(**more: Any) -> dict[str, Any]:
    row = rows(PAGE, "A whole contract", "App")[2]
    portions, _ = _at(row)
    return {
        "original_maximum": "1050000",
        "change_orders": [order.model_dump(mode="json") for order in ORDERS],
        "portions": [each.model_dump(mode="json") for each in portions],
        "fee_share": "55000",
        "transfers": [
            TRANSFER.model_dump(mode="json"),
            moves(("5", -1), ("1", 1), number="later", on=date(2026, 4, 1)).model_dump(mode="json"),
        ],
        "period_to": "2026-03-31",
        "fee": "25750",
        "retained": "54075",
        "before": "330750",
        "currency": "USD",
        **more,
    }


def test_calc_gmp(ask: Ask) -> None:
    status, answer, _ = ask("gmp", question=_question())
    assert status == 0
    assert Decimal(answer["billed"]["due"]) == 155925
    assert [(each["item_no"], each["left"]) for each in answer["tracked"]] == [("4", "40000"), ("5", "50000")]
    assert [Decimal(each["earned"]) for each in answer["spread"]["portions"]] == [
        *decimals(210000, 290000, 15000, 0, 0, 0)
    ]
    assert Decimal(answer["spread"]["fee"]) == 25750
    assert ask("gmp", question=_question(fee_share="55001"))[0] == 1


def test_calc_savings(ask: Ask) -> None:
    question = {
        "cost": "1020000",
        "fee": "51000",
        "maximum": "1134000",
        "terms": {"contractor_share": "0.40"},
        "work_completed": True,
        "allowances_left": "4000",
        "before": "969570",
        "currency": "USD",
    }
    status, answer, _ = ask("savings", question=question)
    assert (status, answer["to_contractor"], answer["due"]) == (0, "23600.00", "125030.00")
    status, _, told = ask("savings", question={**question, "work_completed": False})
    assert status == 1
    assert "final accounting only" in told


_cents = st.integers(0, 10**9).map(lambda cents: Decimal(cents).scaleb(-2))
_signed = st.integers(-(10**8), 10**8).map(lambda cents: Decimal(cents).scaleb(-2))
_part = st.integers(0, 100).map(lambda percent: Decimal(percent).scaleb(-2))
_work = st.lists(st.tuples(_cents, _part, _cents), min_size=1, max_size=5)


@given(
    st.lists(st.tuples(_work, _cents, _signed, _cents, _cents), min_size=1, max_size=6),
    _cents,
    st.sampled_from(Lesser),
)
def test_billed_is_never_above_the_maximum_whatever_costs_and_change_orders_come(
    periods: list[tuple[list[tuple[Decimal, Decimal, Decimal]], Decimal, Decimal, Decimal, Decimal]],
    original: Decimal,
    lesser: Lesser,
) -> None:
    maximum, asked = original, Decimal(0)
    for work, fee, change, retained, shortfall in periods:
        maximum = money.total((maximum, change))
        portions = [portion(str(number), *each) for number, each in enumerate(work)]
        answer = progress(
            portions,
            fee,
            maximum,
            "USD",
            lesser=lesser,
            retained=retained,
            shortfall=shortfall,
            before=asked,
        )
        asked = money.total((asked, answer.due))
        assert asked == answer.to_date <= answer.earned <= maximum
        assert answer.earned == min(answer.completed_work, answer.cost_and_fee, answer.maximum)
        assert answer.waiting >= 0
        assert money.total((answer.earned, answer.waiting, answer.absorbed)) == answer.cost_and_fee
        if answer.cost_and_fee:
            on = spread(portions, fee, answer, "USD", lesser=lesser)
            assert money.total((on.fee, *(each.earned for each in on.portions))) == answer.earned
            assert all(money.is_at_scale(each.earned, "USD") for each in on.portions)


@given(_cents, _cents, _cents, _part, _cents, st.booleans(), _cents)
def test_the_split_of_savings_is_exact(
    spent: Decimal,
    fee: Decimal,
    maximum: Decimal,
    contractor: Decimal,
    allowances: Decimal,
    shared: bool,
    before: Decimal,
) -> None:
    answer = final_accounting(
        spent,
        fee,
        maximum,
        SavingsTerms(contractor_share=contractor, unused_allowances_shared=shared),
        "USD",
        work_completed=True,
        allowances_left=allowances,
        before=before,
    )
    assert money.total((answer.to_owner, answer.to_contractor)) == answer.savings
    assert min(answer.to_owner, answer.to_contractor, answer.savings, answer.absorbed) >= 0
    assert answer.to_owner >= answer.not_shared
    assert answer.contract_sum <= maximum
    assert money.total((answer.contract_sum, answer.to_owner)) == maximum
    assert money.total((before, answer.due)) == answer.contract_sum
    assert answer.savings == 0 or answer.absorbed == 0


def test_what_a_portion_costs_at_completion() -> None:
    """100 spent on half of it are 200, whatever its share; a deduction or contingency costs what it cost."""
    assert at_completion(portion("1", 0, "0.5", 100), "USD") == 200
    assert at_completion(portion("2", 150, "0.5", 100), "USD") == 200
    assert at_completion(portion("3", -50, "0.5", -20), "USD") == -20
    assert at_completion(portion("4", 500, kind="contingency"), "USD") == 0
    assert [at_completion(portion("5", 150, 0, spent), "USD") for spent in (100, 200)] == [150, 200]

"""Bills of vendors against the worked numbers of docs/SPEC-commitments.md."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts_app.domain.money import ZERO, is_at_scale, total
from contracts_app.domain.purchasing import bill_match, commitment_position
from contracts_app.domain.purchasing.bill_match import BillMatch, Outcome, Reason
from contracts_app.domain.purchasing.commitments import (
    Commitment,
    MatchLevel,
    Tolerance,
    Tolerances,
    VendorBill,
    VendorCredit,
    deliveries,
)
from contracts_app.domain.purchasing.duplicates import duplicate_bills
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import decimals, identity
from tests.domain.asking import Ask
from tests.domain.commitments_written import (
    DAY,
    bill,
    billed,
    commitment,
    credited,
    inspected,
    line,
    received,
    tolerance,
    tolerances,
)
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-commitments.md"


def _of_a_row(row: Row) -> dict[str, Any]:
    return {
        "commitment": commitment(
            [line(1, row["Ordered"], row["Price"])],
            MatchLevel(f"{row['Ways']}_way"),
            tolerances(row["Tolerances"]) if "Tolerances" in row else Tolerances(),
        ),
        "receipts": [received(1, row["Received"])],
        "inspections": [] if row["Accepted"] == "-" else [inspected(1, row["Accepted"])],
    }


@cases(PAGE, "One line")
def test_one_line(ask: Ask, row: Row) -> None:
    known = _of_a_row(row)
    bills = [bill(1, billed(1, row["Billed"], row["At"]))]
    (matched,) = bill_match.match(**known, bills=bills)
    (found,) = matched.lines
    assert found.matched_quantity == Decimal(row["Matched quantity"])
    figures = (found.matched_amount, found.price_variance, found.disputed_price, found.disputed_excess)
    assert figures == tuple(
        Decimal(row[name]) for name in ("Matched", "Variance", "Disputed price", "Disputed excess")
    )
    assert (found.outcome, [*found.reasons]) == (row["Outcome"], listed(row["Why"]))
    assert bool(found.why) is bool(found.reasons)
    status, answer, _ = ask("match", question=_question(known, bills))
    assert (status, answer["bills"][0]["lines"][0]) == (0, found.model_dump(mode="json"))
    assert answer["costs"][0]["cost"] == f"{found.matched_amount:f}"


def _question(
    known: dict[str, Any], bills: Sequence[VendorBill], memos: Sequence[VendorCredit] = ()
) -> dict[str, Any]:
    return {
        "commitment": known["commitment"].model_dump(mode="json"),
        "receipts": [each.model_dump(mode="json") for each in known["receipts"]],
        "inspections": [each.model_dump(mode="json") for each in known["inspections"]],
        "bills": [each.model_dump(mode="json") for each in bills],
        "credits": [each.model_dump(mode="json") for each in memos],
    }


def _bills(cell: str) -> list[VendorBill]:
    parts = [part.split(" @ ") for part in listed(cell)]
    return [bill(n, billed(n, quantity, price)) for n, (quantity, price) in enumerate(parts, 1)]


def _credits(cell: str) -> list[VendorCredit]:
    found = []
    for nth, part in enumerate(listed(cell), 1):
        number, _, rest = part.partition(": ")
        quantity, _, amount = rest.partition(" for ")
        found.append(credited(nth, int(number), quantity, amount))
    return found


@cases(PAGE, "Several bills and credits")
def test_several_bills_and_credits(row: Row) -> None:
    order = commitment([line(1, row["Ordered"], row["Price"])])
    bills, memos = _bills(row["Bills"]), _credits(row["Credits"])

    def work_out() -> tuple[BillMatch, ...]:
        return bill_match.match(order, [received(1, row["Received"])], [], bills, memos)

    if row["Matched"].startswith("refused"):
        with pytest.raises(Refused) as refused:
            work_out()
        assert f"refused {refused.value.code}" == row["Matched"]
        return
    found = work_out()
    assert [each.matched for each in found] == amounts(row["Matched"])
    assert [each.disputed for each in found] == amounts(row["Disputed"])
    assert bill_match.match(order, [received(1, row["Received"])], [], bills[::-1], memos) == found


@cases(PAGE, "A bill together")
def test_a_bill_together(row: Row) -> None:
    within = Tolerances(price=tolerance("5%"), total=tolerance(*listed(row["Tolerance"])))
    order = commitment([line(1, "100", "10.00"), line(2, "100", "20.00")], within=within)
    first, second = listed(row["At"])
    (found,) = bill_match.match(
        order,
        [received(1, "100"), received(2, "100")],
        [],
        [bill(1, billed(1, "100", first, 1), billed(2, "100", second, 2))],
    )
    assert [each.matched_amount for each in found.lines] == amounts(row["Matched"])
    assert [each.disputed_amount for each in found.lines] == amounts(row["Disputed"])
    for each in found.lines:
        assert (Reason.total_above_tolerance in each.reasons) is (each.disputed_amount > ZERO)
    assert (found.billed, found.matched, found.disputed) == (
        total(each.billed_amount for each in found.lines),
        total(each.matched_amount for each in found.lines),
        total(each.disputed_amount for each in found.lines),
    )


@cases(PAGE, "Where a line stands")
def test_where_a_line_stands(ask: Ask, row: Row) -> None:
    known = _of_a_row(row)
    receipt = Tolerances(receipt=tolerance(*listed(row["Receipt tolerance"])))
    known["commitment"] = known["commitment"].model_copy(update={"tolerances": receipt})
    bills = [] if row["Billed"] == "0" else [bill(1, billed(1, row["Billed"], row["Price"]))]
    matches = bill_match.match(**known, bills=bills)
    (stands,) = commitment_position.positions(
        known["commitment"], known["receipts"], known["inspections"], matches
    )
    assert (stands.received_not_billed, stands.received_not_billed_amount) == (
        Decimal(row["Received not billed"]),
        Decimal(row["Amount"]),
    )
    assert (stands.billed_not_received, stands.billed_not_received_amount) == (
        Decimal(row["Billed not received"]),
        Decimal(row["Its amount"]),
    )
    assert stands.over_received == Decimal(row["Over-received"])
    assert stands.over_receipt_accepted is (row["Accepted above"] == "yes")
    assert (stands.ordered, stands.received) == (Decimal(row["Ordered"]), Decimal(row["Received"]))
    assert (stands.billed, stands.matched) == (
        Decimal(row["Billed"]),
        total(each.matched_quantity for found in matches for each in found.lines),
    )
    _, answer, _ = ask("match", question=_question(known, bills))
    assert answer["positions"] == [stands.model_dump(mode="json")]


def _bill_of(number: int, cell: str) -> VendorBill:
    vendor, written, dated, amount = (part.strip() for part in cell.split(","))
    made = bill(number, billed(number, "1", amount))
    return made.model_copy(update={"vendor": vendor, "number": written, "dated": date.fromisoformat(dated)})


@cases(PAGE, "Duplicate bills")
def test_duplicate_bills(row: Row) -> None:
    bills = [_bill_of(1, row["First"]), _bill_of(2, row["Then"])]
    found = duplicate_bills(bills, "USD")
    assert [each.because for each in found] == listed(row["Found"])
    for each in found:
        assert (each.id, each.of) == (bills[1].id, bills[0].id)
        assert each.certain is (row["Found"] == "number")


def test_a_duplicate_is_held_and_takes_nothing_from_what_was_received(ask: Ask) -> None:
    known = {"commitment": commitment([line(1, "100", "10")]), "receipts": [received(1, "100")]}
    known["inspections"] = []
    again = bill(2, billed(2, "60", "10")).model_copy(update={"number": "inv 1"})
    bills = [bill(1, billed(1, "60", "10")), again, bill(3, billed(3, "40", "10"))]
    status, answer, _ = ask("match", question=_question(known, bills))
    assert (status, [each["matched"] for each in answer["bills"]]) == (0, ["600.00", "0.00", "400.00"])
    assert answer["bills"][1]["lines"][0]["reasons"] == ["duplicate"]
    assert [each["id"] for each in answer["duplicates"]] == [str(again.id)]
    # What is held as a duplicate is no bill: it neither counts as billed nor lowers the accrual.
    assert answer["positions"][0]["billed"] == "100"


def test_what_was_not_ordered_is_disputed_whole() -> None:
    order = commitment([line(1, "100", "10")])
    lines = (billed(1, "5", "10", None), billed(2, "5", "10", 2), billed(3, "100", "10", 1))
    (found,) = bill_match.match(order, [received(1, "100")], [], [bill(1, *lines)])
    assert [each.reasons for each in found.lines] == [(Reason.not_on_order,)] * 2 + [()]
    assert [each.outcome for each in found.lines] == [Outcome.disputed] * 2 + [Outcome.matched]
    assert (found.matched, found.disputed) == (Decimal(1000), Decimal(100))
    for each in found.lines[:2]:
        assert (each.matched_quantity, each.matched_amount, each.disputed_quantity) == decimals(0, 0, 5)
        figures = (each.price_variance, each.disputed_price, each.disputed_excess, each.disputed_amount)
        assert figures == decimals(0, 0, 50, 50)


def test_two_lines_of_a_bill_share_what_was_received() -> None:
    order = commitment([line(1, "100", "10")])
    (found,) = bill_match.match(
        order, [received(1, "90")], [], [bill(1, billed(1, "60", "10"), billed(2, "60", "10"))]
    )
    assert [each.matched_quantity for each in found.lines] == [60, 30]


def test_a_quantity_accepted_above_is_not_there_for_the_next_bill() -> None:
    order = commitment([line(1, "100", "10")], within=Tolerances(quantity=tolerance("5")))
    bills = [bill(1, billed(1, "104", "10")), bill(2, billed(2, "1", "10")), bill(3, billed(3, "1", "10"))]
    found = bill_match.match(order, [received(1, "100")], [], bills)
    assert [each.matched for each in found] == [1040, 10, 0]


def test_what_arrives_later_settles_what_was_disputed() -> None:
    order, bills = commitment([line(1, "100", "10")]), [bill(1, billed(1, "100", "10"))]
    before = bill_match.match(order, [received(1, "90")], [], bills)
    after = bill_match.match(order, [received(1, "90"), received(1, "10", 2)], [], bills)
    assert (before[0].matched, after[0].matched) == decimals(900, 1000)
    assert after[0].lines[0].outcome is Outcome.matched


def test_goods_sent_back_are_no_longer_matched() -> None:
    order, bills = commitment([line(1, "100", "10")]), [bill(1, billed(1, "100", "10"))]
    (found,) = bill_match.match(order, [received(1, "100"), received(1, "-15", 2)], [], bills)
    assert (found.matched, found.disputed) == decimals(850, 150)


def test_what_was_accepted_and_sent_back_is_not_accepted() -> None:
    order = commitment([line(1, "100", "10")], MatchLevel.four_way)
    arrived = deliveries(order, [received(1, "100"), received(1, "-20", 2)], [inspected(1, "90", "10")])
    assert arrived.accepted[identity("ordered 1")] == 80


@pytest.mark.parametrize(
    ("code", "receipts", "inspections", "bills", "memos"),
    [
        ("not_on_order", [received(2, "1")], [], [], []),
        ("not_on_order", [], [inspected(2, "1")], [], []),
        ("returned_too_much", [received(1, "5"), received(1, "-6", 2)], [], [], []),
        ("inspected_too_much", [received(1, "5")], [inspected(1, "5", "1")], [], []),
        (
            "another_vendor",
            [],
            [],
            [bill(1, billed(1, "1", "1")).model_copy(update={"vendor": "Another Supply"})],
            [],
        ),
        (
            "another_vendor",
            [],
            [],
            [bill(1, billed(1, "1", "1"))],
            [credited(1, 1, "1", "1").model_copy(update={"vendor": "Another Supply"})],
        ),
        ("too_many_decimals", [], [], [bill(1, billed(1, "1", "9", tax="0.001"))], []),
        (
            "too_many_decimals",
            [],
            [],
            [bill(1, billed(1, "1", "9", tax="1"))],
            [credited(1, 1, "1", "9", "0.001")],
        ),
        (
            "credit_above_bill",
            [],
            [],
            [bill(1, billed(1, "1", "9", tax="1"))],
            [credited(1, 1, "1", "9", "2")],
        ),
    ],
)
def test_refused(code: str, receipts: Any, inspections: Any, bills: Any, memos: Any) -> None:
    with pytest.raises(Refused) as refused:
        bill_match.match(commitment([line(1, "100", "10")]), receipts, inspections, bills, memos)
    assert (refused.value.code, refused.value.status) == (code, 422)


def test_everything_received_may_be_inspected() -> None:
    order = commitment([line(1, "100", "10")], MatchLevel.four_way)
    arrived = deliveries(order, [received(1, "5")], [inspected(1, "4", "1")])
    key = order.lines[0].id
    assert (arrived.received[key], arrived.accepted[key]) == decimals(5, 4)


def test_a_tolerance_that_is_not_given_accepts_only_what_is_not_above() -> None:
    assert Tolerance().allows(ZERO, Decimal(100))
    assert Tolerance().allows(Decimal("-0.01"), ZERO)
    assert not Tolerance().allows(Decimal("0.01"), Decimal(100))
    assert not Tolerance().is_given
    assert Tolerance(percent=ZERO).is_given
    assert Tolerance(at_most=ZERO).is_given


@pytest.mark.parametrize("value", ["-0.01", "0"])
def test_quantities_and_prices_have_their_sign(value: str) -> None:
    with pytest.raises(ValidationError, match="more than zero"):
        line(1, value, "1")
    with pytest.raises(ValidationError, match="more than zero"):
        billed(1, value, "1")
    if value != "0":
        with pytest.raises(ValidationError, match="not negative"):
            line(1, "1", value)
    with pytest.raises(ValidationError, match="id of its own"):
        commitment([line(1, "1", "1"), line(1, "2", "1")])


_quantity = st.integers(1, 3000).map(lambda n: Decimal(n).scaleb(-1))
_price = st.integers(0, 50_000).map(lambda n: Decimal(n).scaleb(-3))
_level = st.sampled_from(MatchLevel)
_tolerance = st.builds(
    Tolerance,
    percent=st.none() | st.sampled_from([Decimal(0), Decimal("0.02"), Decimal("0.5")]),
    at_most=st.none() | st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(20)]),
)


@st.composite
def _histories(draw: st.DrawFn) -> tuple[Commitment, Any, Any, list[VendorBill], list[VendorCredit]]:
    count = draw(st.integers(1, 2))
    order = commitment(
        [line(n, str(draw(_quantity)), str(draw(_price))) for n in range(1, count + 1)],
        draw(_level),
        Tolerances(
            price=draw(_tolerance), quantity=draw(_tolerance), line=draw(_tolerance), total=draw(_tolerance)
        ),
    )
    receipts = [received(n, draw(_quantity), nth) for n in range(1, count + 1) for nth in range(2)]
    inspections = [inspected(n, str(receipts[2 * n - 2].quantity)) for n in range(1, count + 1)]
    bills, memos = [], []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        lines = [
            billed(10 * number + n, str(draw(_quantity)), str(draw(_price)), draw(st.integers(1, count)))
            for n in range(draw(st.integers(1, 3)))
        ]
        bills.append(bill(number, *lines))
        amount = bills[-1].model_copy(update={"lines": (lines[0],)}).amount("USD")
        if amount > 0 and draw(st.booleans()):
            part = Decimal(draw(st.integers(1, int(amount * 100)))).scaleb(-2)
            back = draw(st.sampled_from([Decimal(0), lines[0].quantity / 2, lines[0].quantity]))
            memos.append(credited(number, 10 * number, f"{back:f}", f"{part:f}"))
    return order, receipts, inspections, bills, memos


@given(_histories())
def test_matched_and_disputed_are_what_was_billed_and_never_above_it(history: Any) -> None:
    order, receipts, inspections, bills, memos = history
    found = bill_match.match(order, receipts, inspections, bills, memos)
    arrived = deliveries(order, receipts, inspections)
    for each in (each for several in found for each in several.lines):
        assert total((each.matched_amount, each.disputed_amount)) == each.billed_amount
        assert total((each.matched_quantity, each.disputed_quantity)) == each.billed_quantity
        assert total((each.disputed_price, each.disputed_excess)) == each.disputed_amount
        assert ZERO <= each.matched_amount <= each.billed_amount
        assert min(each.disputed_price, each.disputed_excess) >= ZERO
        assert is_at_scale(each.matched_amount, "USD")
        assert bool(each.reasons) is (each.outcome in (Outcome.disputed, Outcome.disputed_in_part))
        assert each.reasons or each.disputed_amount == ZERO
    for ordered in order.lines:
        quantity = total(
            each.matched_quantity
            for several in found
            for each in several.lines
            if each.commitment_line_id == ordered.id
        )
        limits = [ordered.quantity, arrived.received[ordered.id], arrived.accepted[ordered.id]]
        level = [MatchLevel.two_way, MatchLevel.three_way, MatchLevel.four_way].index(order.match) + 1
        if not order.tolerances.quantity.is_given:
            assert quantity <= min(limits[:level])


@given(_histories(), st.data())
def test_without_tolerances_nothing_is_matched_above_the_order(history: Any, data: st.DataObject) -> None:
    order, receipts, inspections, bills, memos = history
    order = order.model_copy(update={"tolerances": Tolerances()})
    found = bill_match.match(order, receipts, inspections, bills, memos)
    prices = {ordered.id: ordered.unit_price for ordered in order.lines}
    for each in (each for several in found for each in several.lines):
        at_order = each.matched_quantity * prices[each.commitment_line_id]
        assert each.matched_amount <= at_order + Decimal("0.015")
    assert {line.outcome for several in found for line in several.lines} <= {
        Outcome.matched,
        Outcome.disputed,
        Outcome.disputed_in_part,
    }
    shuffled = data.draw(st.permutations(bills))
    assert bill_match.match(order, receipts, inspections, shuffled, memos[::-1]) == found


def test_dates_decide_who_comes_first_then_numbers() -> None:
    order = commitment([line(1, "100", "10")])
    first, second = bill(1, billed(1, "60", "10")), bill(2, billed(2, "60", "10"))
    second = second.model_copy(update={"dated": DAY})
    found = bill_match.match(order, [received(1, "100")], [], [first, second])
    assert [each.number for each in found] == ["INV-2", "INV-1"]
    assert [each.matched for each in found] == [600, 400]
    same_day = [each.model_copy(update={"dated": DAY}) for each in (second, first)]
    found = bill_match.match(order, [received(1, "100")], [], same_day)
    assert [each.number for each in found] == ["INV-1", "INV-2"]


def test_what_somebody_accepts_passes_whole_and_stays_explained() -> None:
    order = commitment([line(1, "100", "10")])
    bills = [bill(1, billed(1, "100", "11")), bill(2, billed(2, "5", "10"))]
    key = bills[0].lines[0].id
    first, second = bill_match.match(order, [received(1, "90")], [], bills, accepted=[key])
    (each,) = first.lines
    assert (first.matched, first.disputed) == decimals(1100, 0)
    assert (each.outcome, each.matched_quantity) == (Outcome.accepted, Decimal(100))
    assert each.reasons == (Reason.above_received, Reason.price_above_order)
    assert "The price is above the order's." in each.why
    # 90 received less 100 accepted: nothing is left for the next bill.
    assert (second.matched, second.disputed) == decimals(0, 50)
    # Accepting what matches changes nothing.
    plain = bill_match.match(order, [received(1, "100")], [], [bill(3, billed(3, "1", "10"))])
    again = bill_match.match(
        order,
        [received(1, "100")],
        [],
        [bill(3, billed(3, "1", "10"))],
        accepted=[plain[0].lines[0].bill_line_id],
    )
    assert again == plain


def test_an_approved_bill_comes_before_an_earlier_one_entered_later() -> None:
    order = commitment([line(1, "100", "10")])
    bills = [bill(number, billed(number, "60", "10")) for number in (1, 2, 3)]
    arrived = [received(1, "100")]
    assert [found.matched for found in bill_match.match(order, arrived, [], bills)] == [600, 400, 0]
    settled = [bills[2].id, bills[1].id]
    found = bill_match.match(order, arrived, [], bills, settled=settled)
    assert [(each.bill_id, each.matched) for each in found] == [
        (bills[2].id, Decimal(600)),
        (bills[1].id, Decimal(400)),
        (bills[0].id, Decimal(0)),
    ]

"""Where a commitment stands: its sums, what is on hold, what was settled, what it costs."""

from decimal import Decimal

from contracts_app.domain.contract import RetainageTerms
from contracts_app.domain.purchasing.bill_match import SENTENCES, Reason
from contracts_app.domain.purchasing.duplicates import duplicate_bills
from contracts_app.domain.purchasing.standing import HOW, Book, Settled, Settlement
from contracts_app.domain.purchasing.subcontract_retainage import held_of, terms_of
from tests.domain.agreements import decimals, identity
from tests.domain.commitments_written import bill, billed, commitment, credited, line, received


def settled(number: int, how: Settlement, disputed: str, *, whole: bool = False) -> Settled:
    known = bill(number, billed(number, "1", "1"))
    line_id = None if whole else known.lines[0].id
    return Settled(known.id, line_id, how, Decimal(disputed), "said so", identity("somebody"))


def test_every_reason_says_how_it_is_settled() -> None:
    assert set(HOW) == set(Reason)


def test_a_hold_is_open_until_just_that_amount_is_decided_on() -> None:
    order, bills = commitment([line(1, "100", "10")]), [bill(1, billed(1, "100", "11"))]
    arrived = [received(1, "100")]
    book = Book(order, arrived, bills)
    (hold,) = book.holds(bills[0].id)
    assert (hold.disputed, hold.reasons, hold.line_id) == (
        Decimal(100),
        (Reason.price_above_order,),
        bills[0].lines[0].id,
    )
    assert hold.how == HOW[Reason.price_above_order]
    assert hold.sentence == SENTENCES[Reason.price_above_order]
    sums = book.sums
    assert (sums.committed, sums.received, sums.billed, sums.matched) == decimals(1000, 1000, 1100, 1000)
    assert (sums.disputed, sums.open) == decimals(100, 0)
    for disputed, left in (("100.00", 0), ("99.99", 1)):
        what_matches = settled(1, Settlement.pay_what_matches, disputed)
        decided = Book(order, arrived, bills, settled=[what_matches])
        assert len(decided.holds(bills[0].id)) == left
        assert decided.sums.matched == Decimal(1000)
    paid = Book(order, arrived, bills, settled=[settled(1, Settlement.pay_as_billed, "100.00")])
    assert paid.holds(bills[0].id) == ()
    assert (paid.sums.matched, paid.sums.open) == decimals(1100, -100)
    # The last decision counts.
    both = [settled(1, Settlement.pay_as_billed, "100"), settled(1, Settlement.pay_what_matches, "100")]
    assert Book(order, arrived, bills, settled=both).sums.matched == Decimal(1000)


def test_a_duplicate_is_no_bill_until_somebody_says_that_it_is_another() -> None:
    order = commitment([line(1, "100", "10")])
    again = bill(2, billed(2, "20", "10")).model_copy(update={"number": "inv 1"})
    bills = [bill(1, billed(1, "10", "10")), again]
    found = duplicate_bills(bills, "USD")
    book = Book(order, [received(1, "100")], bills, duplicates=found)
    (hold,) = book.holds(again.id)
    assert (hold.line_id, hold.disputed, hold.reasons) == (None, Decimal(200), (Reason.duplicate,))
    assert (book.sums.billed, book.sums.matched) == decimals(100, 100)
    other = settled(2, Settlement.another_bill, "200", whole=True)
    book = Book(order, [received(1, "100")], bills, duplicates=found, settled=[other])
    assert book.holds(again.id) == ()
    assert book.sums.billed == Decimal(300)


def test_only_approved_bills_cost_and_bear_retainage() -> None:
    order = commitment([line(1, "100", "10")])
    order = order.model_copy(
        update={
            "lines": tuple(one.model_copy(update={"sov_line_id": identity("sov")}) for one in order.lines)
        }
    )
    bills = [bill(1, billed(1, "40", "10")), bill(2, billed(2, "50", "10"))]
    memo = credited(1, 1, "10", "100")
    waiting = Book(order, [received(1, "100")], bills, credits=[memo])
    assert waiting.costs() == ()
    book = Book(order, [received(1, "100")], bills, approved=[bills[0].id], credits=[memo])
    assert [cost.cost for cost in book.costs()] == [Decimal(300)]
    terms = terms_of(RetainageTerms(rate_completed=Decimal("0.05")), None)
    (held,) = held_of(book, terms, {})
    assert (held.matched, held.withheld, held.payable) == decimals(300, 15, 285)
    own = terms_of(RetainageTerms(rate_completed=Decimal("0.05")), Decimal("0.10"))
    (held,) = held_of(book, own, {order.lines[0].id: Decimal("10.00")})
    assert (held.held, held.payable) == decimals(20, 280)

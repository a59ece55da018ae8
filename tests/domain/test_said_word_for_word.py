"""What people hear where a rule refuses or points at something: the sentences, word for word."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest

from contracts_app.domain.approving.chain import MANAGER
from contracts_app.domain.approving.deciding import check_somebody_can
from contracts_app.domain.billing.milestones import Milestone, MilestoneState, billed_whole, gained
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.unit_price import UnitPrice, Variation, multiplied_out
from contracts_app.domain.checking import checks
from contracts_app.domain.contract import HourRounding
from contracts_app.domain.finding import Finding
from contracts_app.domain.receivables.receivables import (
    CashPart,
    Owed,
    ReceivedCash,
    apply_unapplied,
    posting_day,
)
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.discounts import DiscountedLine, document_discount, line_discounts
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.time.time_and_materials import accepted_part, price
from tests.domain.agreements import claims, identity, snapshot, sov, terms
from tests.domain.under_a_cap import HOUR, worked

CLIENT, ENTITY = identity("client"), identity("entity")


def _heard(rule: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Refused) as refused:
        rule()
    return refused.value.code, refused.value.sentence


def _cash(unapplied: str = "100.00", currency: str = "USD") -> ReceivedCash:
    return ReceivedCash(
        reference="wire 7",
        client_id=CLIENT,
        legal_entity_id=ENTITY,
        currency=currency,
        amount=Decimal(unapplied),
    )


def _owed(open_: str, entity: UUID = ENTITY, currency: str = "USD") -> Owed:
    return Owed(
        invoice_id=identity("invoice 7"),
        receivable_id=identity("receivable"),
        name="invoice 7",
        client_id=CLIENT,
        legal_entity_id=entity,
        currency=currency,
        open=Decimal(open_),
    )


def _apply(amount: str, item: Owed | None, cash: ReceivedCash) -> object:
    invoice = identity("invoice 7")
    return apply_unapplied(
        cash, [CashPart(invoice_id=invoice, amount=Decimal(amount))], {invoice: item} if item else {}
    )


def test_cash_that_cannot_be_applied() -> None:
    assert _heard(lambda: _apply("1", None, _cash())) == ("not_found", "There is no such invoice.")
    assert _heard(lambda: _apply("1", _owed("5", entity=CLIENT), _cash())) == (
        "cash_of_another_legal_entity",
        "invoice 7 is owed to another legal entity than the one that was paid.",
    )
    assert _heard(lambda: _apply("60.5", _owed("50"), _cash())) == (
        "more_than_open",
        "60.50 USD is more than the 50.00 USD open on invoice 7.",
    )
    assert _heard(lambda: _apply("101", _owed("200"), _cash())) == (
        "more_than_unapplied",
        "101.00 USD is more than the 100.00 USD of wire 7 that is unapplied.",
    )


def test_yen_have_no_decimals_anywhere() -> None:
    cash, item = _cash("100", "JPY"), _owed("50", currency="JPY")
    assert _heard(lambda: _apply("0.5", item, cash)) == (
        "too_many_decimals",
        "0.5 has more decimals than JPY has.",
    )
    assert _heard(lambda: _apply("60", item, cash))[1] == "60 JPY is more than the 50 JPY open on invoice 7."
    assert line_discounts([DiscountedLine(net=Decimal(1005), rate=Decimal("0.1"))], "JPY") == (Decimal(101),)
    assert _heard(lambda: accepted_part(Decimal(100), Decimal(0), Decimal("0.5"), "JPY"))[1] == (
        "Of what the certificate cut 100 JPY is left: accept that or less."
    )


def test_cash_waits_for_the_receivable() -> None:
    early, late = date(2024, 5, 2), date(2024, 5, 9)
    assert posting_day(early, late) == posting_day(late, early) == late


def test_a_cut_of_which_nothing_is_left() -> None:
    assert _heard(lambda: accepted_part(Decimal(10), Decimal(10), None, "USD")) == (
        "nothing_cut",
        "Nothing is left of a certifier's cut on this line to accept.",
    )


def test_discounts() -> None:
    fixed = DiscountedLine(net=Decimal(100), rate=Decimal("0.1"), discountable=False)
    assert _heard(lambda: line_discounts([fixed], "USD")) == (
        "not_discountable",
        "A line that bears no discount has a rate of discount: take the rate off.",
    )
    assert _heard(lambda: document_discount([Decimal(50)], [True], "USD", amount=Decimal(51)))[1] == (
        "A discount is at most the 50.00 USD that bears it."
    )
    for off in (0, -50):
        assert document_discount([Decimal(-50)], [True], "USD", amount=Decimal(off)) == (Decimal(off),)
    for off in (1, -51):
        taken = partial(document_discount, [Decimal(-50)], [True], "USD", amount=Decimal(off))
        assert _heard(taken)[0] == "discount_exceeds_amount"


def test_work_without_a_rate() -> None:
    for role, who in (("Engineer", "Bo (Engineer)"), (None, "Bo")):
        entry = worked(1, HOUR, date(2025, 1, 1), "Bo", role)
        priced = partial(price, entry, RateCard(()), HourRounding(), "USD")
        assert f"no rate for {who} on 2025-01-01" in _heard(priced)[1]


def test_a_draft_that_nobody_can_approve() -> None:
    manager = identity("manager")
    check_somebody_can([MANAGER], manager, "Mo", {identity("somebody else")})
    check_somebody_can([MANAGER], None, "", {manager})
    assert _heard(lambda: check_somebody_can([MANAGER], manager, "Mo", {manager})) == (
        "nobody_can_approve",
        " ".join(
            (
                "Mo prepared or edited this draft, and only its project manager can approve it:",
                "withdraw the draft and open a new one (it starts from these entries),",
                "or let a controller name another project manager.",
            )
        ),
    )


def test_what_sentences_call_an_invoice() -> None:
    assert [kind.numbered(17) for kind in (Kind.application, Kind.consulting, Kind.retainage_release)] == [
        "application 17",
        "invoice 17",
        "retainage release 17",
    ]


def _milestone(number: int, amount: str, *, line: int = 1, approved: str | None = None) -> Milestone:
    return Milestone(
        id=identity(f"milestone {number}"),
        line_id=identity(f"line {line}"),
        title=f"Step {number}",
        amount=Decimal(amount),
        state=MilestoneState.approved if approved is None else MilestoneState.planned,
        approved_amount=Decimal(approved or 0),
    )


def test_what_was_gained_of_milestones() -> None:
    before = [_milestone(1, "100"), _milestone(2, "100", approved="30"), _milestone(3, "50", approved="20")]
    now = [
        _milestone(1, "100"),
        _milestone(2, "100"),
        _milestone(3, "50", approved="25"),
        _milestone(4, "10"),
    ]
    assert gained(now, before) == {
        identity("milestone 2"): Decimal(70),
        identity("milestone 3"): Decimal(5),
        identity("milestone 4"): Decimal(10),
    }
    assert gained([_milestone(5, "10", approved="0")], []) == {}


def test_whole_milestones_are_sums_of_some() -> None:
    approved = [_milestone(1, "100"), _milestone(2, "30")]
    for billed, before, whole in (
        ("0", "0", True),
        ("30", "0", True),
        ("130", "0", True),
        ("101", "0", False),
        ("70", "40", True),
        ("70", "41", False),
    ):
        assert billed_whole(Decimal(billed), Decimal(before), approved) is whole, billed


def _part(count: int, billed: str) -> Finding:
    """What is found on a line of whole milestones that bills a part; another line has one approved too."""
    milestones = [_milestone(number, "100") for number in range(1, count + 1)]
    made = snapshot(
        terms("1000", work="0"),
        [sov(1, "900", basis=Basis.milestone), sov(2, "100", basis=Basis.milestone)],
        claims({1: (billed, 0), 2: (0, 0)}),
        milestones=(*milestones, _milestone(99, "7.50", line=2)),
    )
    return next(one for one in checks.findings(made) if one.code == "milestone_in_part")


@pytest.mark.parametrize(
    ("count", "named"),
    [
        (0, "none is approved"),  # and something is taken back
        (2, "“Step 1” 100.00 USD, “Step 2” 100.00 USD"),
        (3, ", ".join(f"“Step {n}” 100.00 USD" for n in range(1, 4))),
        (5, ", ".join(f"“Step {n}” 100.00 USD" for n in range(1, 4)) + " and 2 more"),
    ],
)
def test_part_of_a_whole_milestone(count: int, named: str) -> None:
    billed = "7.50" if count else "-7.50"
    found = _part(count, billed)
    assert (found.blocks, found.item_no) == (True, "1")
    assert found.sentence == (
        f"A milestone is billed as a whole on this contract ({named}): {billed} USD billed to date is "
        "none of them, nor a sum of them."
    )


def test_how_a_quantity_becomes_its_amount() -> None:
    plain = UnitPrice(unit="m3", price=Decimal("12.5"), estimated_quantity=Decimal(1000))
    banded = plain.model_copy(
        update={
            "variation": Variation(
                above=Decimal("0.15"),
                below=Decimal("0.15"),
                price_above=Decimal(11),
                price_short=Decimal("1.255"),
            )
        }
    )
    silent = plain.model_copy(update={"variation": Variation(above=Decimal("0.15"), below=Decimal("0.15"))})
    for agreed in (plain, silent):
        assert multiplied_out(agreed, Decimal(1200), finally_measured=True) == "1,200 m3 × 12.50"
        assert multiplied_out(agreed, Decimal(800), finally_measured=True) == "800 m3 × 12.50"
    assert multiplied_out(banded, Decimal(1200), finally_measured=False) == "1,150 m3 × 12.50 + 50 m3 × 11.00"
    assert multiplied_out(banded, Decimal(1150), finally_measured=True) == "1,150 m3 × 12.50"
    assert multiplied_out(banded, Decimal(800), finally_measured=False) == "800 m3 × 12.50"
    assert multiplied_out(banded, Decimal(800), finally_measured=True) == (
        "800 m3 × 12.50 + 50 m3 short × 1.255"
    )

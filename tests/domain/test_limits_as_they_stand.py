"""How caps and orders stand (docs/SPEC-caps-and-funding.md), worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.contract import AtCap, HourRounding
from contracts_app.domain.cost_plus.fees import FeeToDate
from contracts_app.domain.cost_plus.ledger import LineCosts
from contracts_app.domain.funding.agreed_caps import AgreedCap, CapChange
from contracts_app.domain.funding.caps import Cap, Scope
from contracts_app.domain.funding.charges import Charge, ChargeKind
from contracts_app.domain.funding.limit_standings import LimitShare, of_caps, of_orders, shares
from contracts_app.domain.funding.limited import (
    FEES_LAST,
    Billed,
    Limits,
    Question,
    Used,
    cap_id,
    caps_in_force,
    costs_of,
    made_of,
    time_of,
    used_under,
    with_fees,
)
from contracts_app.domain.funding.limited import charges as charged
from contracts_app.domain.funding.limits import Standing
from contracts_app.domain.money import ZERO
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.time.time_and_materials import price
from tests.domain.agreements import decimals, executed, identity, sov, terms
from tests.domain.charges_written import caps, charges, left_over, line, orders
from tests.domain.under_a_cap import by_hour, worked

LINE_CAP = Cap(id=line("1"), name="line 1", scope=Scope.line, amount=Decimal(600), lines=(line("1"),))


def asked(
    agreed: tuple[Cap, ...],
    used: tuple[Used, ...] = (),
    over: str = "",
    ordered: str = "",
    completed: dict[Any, Decimal] | None = None,
) -> Question:
    limits = Limits(
        used=used,
        orders=tuple(orders(ordered)) if ordered else (),
        over=tuple(left_over(over)) if over else (),
    )
    return Question(
        limits=limits,
        caps=agreed,
        terms=terms("10000"),
        completed=completed or {},
        period_to=date(2025, 1, 31),
    )


def billed(amount: str, *, reserved: bool = False, of: str = "1", **whose: Any) -> Billed:
    return Billed(
        line_id=line(of), kind=ChargeKind.time, amount=Decimal(amount), reserved=reserved, **whose
    )  # fmt: skip


def standing(*figures: str) -> Standing:
    names = ("amount", "billed", "reserved", "unbilled", "earned", "left")
    return Standing(**dict(zip(names, decimals(*figures), strict=True)))


def test_what_counts_against_a_cap_is_what_it_is_over() -> None:
    (partner,) = caps("role Partner = 300").values()
    known = [
        billed("100.00", role="Partner"),
        billed("40.00", role="Partner"),
        billed("70.00", role="Engineer"),
        billed("25.00", role="Partner", reserved=True),
        billed("5.00", role="Partner", reserved=True),
    ]
    assert used_under(partner, known) == Used(
        limit_id=partner.id, billed=Decimal("140.00"), reserved=Decimal("30.00")
    )


def test_a_credit_that_a_draft_keeps_makes_no_room_before_it_is_issued() -> None:
    (whole,) = caps("contract = 300").values()
    found = used_under(whole, [billed("-20.00", reserved=True), billed("-5.00")])
    assert (found.billed, found.reserved) == decimals("-5.00", "0")


def test_a_cap_of_a_person_and_one_without_expenses() -> None:
    (ada,) = caps("person Ada = 300").values()
    known = [billed("10.00", person="Ada"), billed("20.00", person="Bo")]
    assert used_under(ada, known).billed == Decimal("10.00")
    (time_only,) = caps("contract no-expenses = 300").values()
    cost = known[0].model_copy(update={"kind": ChargeKind.expense})
    assert used_under(time_only, [cost, known[1]]).billed == Decimal("20.00")


def test_each_cap_stands_by_all_that_is_earned() -> None:
    """Under the contract's 1,000: 400 billed, 100 kept, 300 + 50 offered and 80 left over from before."""
    (whole,) = caps("contract = 1000").values()
    used = (Used(limit_id=whole.id, billed=Decimal(400), reserved=Decimal(100)),)
    over = "1 80 contract"
    question = asked((whole,), used, over)
    known = [billed("400"), billed("100", reserved=True)]
    ((cap, found),) = of_caps(question, charges("1 300; 2 50"), known)
    assert cap == whole
    assert found == standing("1000", "400", "100", "430", "930", "500")


def test_the_cap_of_a_line_stands_by_what_its_certificates_say() -> None:
    """Under the line's 600: 250 certified, of which this ledger knows 100, and 60 that a draft keeps."""
    question = asked((LINE_CAP,), completed={line("1"): Decimal(250)})
    ((_, found),) = of_caps(
        question, charges("1 90; 2 700"), [billed("100"), billed("60", reserved=True), billed("9", of="2")]
    )
    assert found == standing("600", "250", "60", "90", "400", "290")
    ((_, untouched),) = of_caps(asked((LINE_CAP,)), (), ())
    assert untouched == standing("600", "0", "0", "0", "0", "600")


def test_each_line_of_an_order_stands_by_what_it_would_pay_and_what_waits() -> None:
    """A/1 has 500 − 300 − 50 = 150 left and blocks: of 200 it would pay 150 and 50 waits for it."""
    ordered = "A/1 500 time; A/2 200 expense"
    used = (
        Used(limit_id=identity("A/1"), billed=Decimal(300), reserved=Decimal(50)),
        Used(limit_id=identity("A/2")),
    )
    question = asked((), used, ordered=ordered)
    found = of_orders(question, charges("1 time 200; 1 expense 30"))
    assert found == {
        identity("A/1"): standing("500", "300", "50", "200", "550", "150"),
        identity("A/2"): standing("200", "0", "0", "30", "30", "200"),
    }


def test_the_shares_of_an_invoice_add_up_to_what_it_bills() -> None:
    """The contract's cap has 1,000, the line's own is shown on the line; time goes to A/1, a fee to none."""
    (whole,) = caps("contract = 1000").values()
    used = (
        Used(limit_id=whole.id, billed=Decimal(400)),
        Used(limit_id=identity("A/1"), billed=Decimal(300)),
    )
    question = asked((LINE_CAP, whole), used, ordered="A/1 500 time")
    made = made_of(question, charges("1 time 120; 1 fee 30"))
    assert shares(question, made) == (
        LimitShare(name="contract", amount=Decimal(1000), before=Decimal(400), now=Decimal(150)),
        LimitShare(
            name="Purchase order A, line 1",
            order_number="A",
            order_line="1",
            amount=Decimal(500),
            before=Decimal(300),
            now=Decimal(120),
        ),
        LimitShare(name="Without a purchase order", now=Decimal(30)),
    )


def test_nothing_stands_beside_the_orders_where_they_pay_all_or_there_are_none() -> None:
    question = asked((), (Used(limit_id=identity("A/1")),), ordered="A/1 500 time")
    assert [share.name for share in shares(question, made_of(question, charges("1 time 120")))] == [
        "Purchase order A, line 1"
    ]
    bare = asked(())
    assert shares(bare, made_of(bare, charges("1 time 120"))) == ()


def test_what_is_left_of_a_share() -> None:
    known = LimitShare(name="contract", amount=Decimal(100), before=Decimal(60), now=Decimal(70))
    assert (known.to_date, known.left) == decimals("130", "-30")
    assert LimitShare(name="Without a purchase order", now=Decimal(30)).left is None


def test_a_charge_on_no_limit_is_free() -> None:
    charge = Charge(id=identity("c"), line_id=line("2"), work_date=date(2025, 1, 1), amount=Decimal(5))
    ((_, found),) = of_caps(asked((LINE_CAP,)), [charge], [])
    assert found.unbilled == ZERO


CONTRACT = identity("contract")


def test_caps_with_the_change_orders_in_force() -> None:
    by_time = sov(1, "600", basis=Basis.time_and_materials).model_copy(update={"not_to_exceed": True})
    listed = [by_time, sov(2, "400"), sov(3, "100")]
    agreed = [
        AgreedCap(name="All", amount=Decimal(900)),
        AgreedCap(name="Design", amount=Decimal(500), item_nos=("1", "2", "9")),
        AgreedCap(name="Partners", amount=Decimal(200), roles=("Partner",), people=("Ada",), expenses=False),
        AgreedCap(name="Later", amount=Decimal(1), item_nos=("9",)),
    ]
    raised = [
        executed("CO-1", "50", date(2025, 1, 2)).model_copy(
            update={"caps": (CapChange(cap="Design", amount=Decimal(70)),)}
        ),
        executed("CO-2", "50", date(2025, 1, 3)).model_copy(
            update={
                "caps": (
                    CapChange(cap="Design", amount=Decimal(-30)),
                    CapChange(cap="Partners", amount=Decimal(-300)),
                )
            }
        ),
    ]
    found = caps_in_force(CONTRACT, agreed, listed, raised)
    assert [(cap.name, cap.scope, cap.amount) for cap in found] == [
        ("line 1", Scope.line, Decimal(600)),
        ("All", Scope.contract, Decimal(900)),
        ("Design", Scope.phase, Decimal(540)),
        ("Partners", Scope.category, ZERO),
    ]
    design, partners = found[-2:]
    assert (design.id, design.lines) == (cap_id(CONTRACT, "Design"), (by_time.id, identity("line 2")))
    assert (partners.roles, partners.people, partners.expenses) == (("Partner",), ("Ada",), False)
    assert design.expenses is True


def test_time_and_fees_as_charges() -> None:
    card = RateCard(by_hour("100.00"))
    entry = worked(4, 1800, person="Ada", role="Partner")
    priced = {line("1"): [price(entry, card, HourRounding(), "USD")]}
    entries = [
        Entry(line_id=line("1"), this_period=Decimal(99)),
        Entry(line_id=line("2"), this_period=Decimal(30)),
        Entry(line_id=line("3")),
    ]
    on = date(2025, 1, 31)
    assert charged(priced, entries, (), on) == (
        Charge(
            id=entry.id,
            line_id=line("1"),
            work_date=entry.work_date,
            position=4,
            person="Ada",
            role="Partner",
            kind=ChargeKind.time,
            amount=Decimal("50.00"),
        ),
        Charge(
            id=line("2"),
            line_id=line("2"),
            work_date=on,
            position=FEES_LAST,
            kind=ChargeKind.fee,
            amount=Decimal(30),
        ),
    )


def test_what_was_left_over_outside_a_cap_does_not_count_against_it() -> None:
    (phase,) = caps("phase 2 = 500").values()
    question = asked((phase,), (Used(limit_id=phase.id),), "1 80 contract; 2 30 contract")
    ((_, found),) = of_caps(question, (), ())
    assert found == standing("500", "0", "0", "30", "30", "500")


def at_cost(number: str, amount: str) -> LineCosts:
    nothing = FeeToDate(earned=ZERO, reserved=ZERO, billable=ZERO)
    return LineCosts(
        line_id=line(number),
        entries=(),
        categories=(),
        fee_to_date=nothing,
        cost=Decimal(amount),
        fee=ZERO,
        over=ZERO,
        amount=Decimal(amount),
    )


@pytest.mark.parametrize(
    ("at_cap", "fee", "cost", "over"),
    [(AtCap.bill_to_cap, "20", "35", "25"), (AtCap.hold_whole_entries, "0", "0", "60")],
)
def test_costs_and_fees_that_a_cap_keeps_wait(at_cap: AtCap, fee: str, cost: str, over: str) -> None:
    """A fee of 30 under 20, costs of 60 under 35, the hour's 50 under nothing; what is over is claimed again.

    Fees and costs have the last place of the last day; a line that claims nothing is no charge.
    """
    on = date(2025, 1, 31)
    hour = worked(7, 3600, on)
    priced = {line("1"): (price(hour, RateCard(by_hour("50.00")), HourRounding(), "USD"),)}
    entries = [
        Entry(line_id=line(number), this_period=Decimal(amount))
        for number, amount in (("1", "9"), ("2", "30"), ("4", "0"), ("6", "11"))
    ]
    costs = (at_cost("3", "60"), at_cost("5", "0"), at_cost("7", "12"))
    at_cost_too = Entry(line_id=line("3"), this_period=Decimal(60))
    offered = charged(priced, [*entries, at_cost_too], costs, on)
    assert [(one.line_id, one.kind, one.work_date, one.position, one.amount) for one in offered] == [
        (line("1"), ChargeKind.time, on, 7, Decimal(50)),
        (line("2"), ChargeKind.fee, on, FEES_LAST, Decimal(30)),
        (line("6"), ChargeKind.fee, on, FEES_LAST, Decimal(11)),
        (line("3"), ChargeKind.expense, on, FEES_LAST, Decimal(60)),
        (line("7"), ChargeKind.expense, on, FEES_LAST, Decimal(12)),
    ]
    known = tuple(caps("phase 2 = 20; phase 3 = 35").values())
    question = asked(known, tuple(Used(limit_id=cap.id) for cap in known))
    made = made_of(replace(question, terms=terms("10000", at_cap=at_cap), period_to=on), offered)
    assert [one.this_period for one in with_fees(entries, made)] == list(decimals(9, fee, 0, 11))
    assert [(one.amount, one.over) for one in costs_of(costs, made)] == [
        decimals(cost, over),
        decimals(0, 0),
        decimals(12, 0),
    ]
    time = time_of(line("1"), priced[line("1")], made)
    assert (time.amount, time.over_cap) == decimals(50, 0)

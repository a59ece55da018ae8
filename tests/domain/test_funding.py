"""Purchase orders, and two of them with a cap raised mid-way: docs/SPEC-caps-and-funding.md."""

from datetime import date
from decimal import Decimal, localcontext

import pytest
from pydantic import ValidationError

from contracts_app.domain.contract import AtCap
from contracts_app.domain.funding import limit_notices, limits
from contracts_app.domain.funding.advances import AdvanceTerms, RetainerTerms, draw, schedule
from contracts_app.domain.funding.caps import claim, unbilled
from contracts_app.domain.funding.charges import Charge, Held, Why
from contracts_app.domain.funding.funding import (
    ExpiryDay,
    FundingTerms,
    OrderLine,
    OrderOfUse,
    Pool,
    findings,
    fund,
)
from contracts_app.domain.funding.limit_notices import Told
from contracts_app.domain.funding.limits import Ledger, Limit
from contracts_app.domain.money import ZERO, less, total
from tests.domain import charges_written as written
from tests.domain.agreements import identity
from tests.domain.charges_written import FIRST
from tests.domain.test_purity import HOSTILE
from tests.domain.worked_tables import Row, cases, listed, rows

PAGE = "SPEC-caps-and-funding.md"


def terms_of(cell: str) -> FundingTerms:
    """`required`, `expiry first`, `by invoice`."""
    return FundingTerms(
        required="required" in cell,
        order_of_use=OrderOfUse.expiry_first if "expiry first" in cell else OrderOfUse.as_numbered,
        expiry_tested_on=ExpiryDay.invoice_date if "by invoice" in cell else ExpiryDay.service_date,
    )


@cases(PAGE, "Purchase orders")
def test_purchase_orders(row: Row) -> None:
    orders = written.orders(row["Orders"])
    billed = {identity(name): amount for name, amount in written.amounts_by_name(row["Billed"]).items()}
    reserved = {identity(name): amount for name, amount in written.amounts_by_name(row["Reserved"]).items()}
    left = {
        line.id: less(line.amount, billed.get(line.id, ZERO), reserved.get(line.id, ZERO))
        for order in orders
        for line in order.lines
    }
    offered = written.charges(row["Charges"])
    pool = Pool(orders, left, billed, terms_of(row["Terms"]), date(2025, 4, 30))
    at_cap = AtCap.hold_whole_entries if "hold" in row["Terms"] else AtCap.bill_to_cap
    made = fund(pool, offered, [], at_cap, "USD")
    parts = {part.charge.id: part for part in made.parts}
    assert [written.paid(parts.get(charge.id)) for charge in offered] == row["Paid"].split("; ")
    held = (*made.over, *made.waiting)
    assert _told(held) == sorted(listed(row["Held"]))
    for part in made.parts:
        assert total(funded.amount for funded in part.funded) == part.amount
    for line_id in left:
        used = total(f.amount for part in made.parts for f in part.funded if f.order_line_id == line_id)
        assert pool.uses[line_id] == used
    assert total((made.billed, *(known.amount for known in held))) == total(c.amount for c in offered)


def _told(held: tuple[Held, ...]) -> list[str]:
    """`A/1 exhausted 100`."""
    names = {identity(f"{order}/{line}"): f"{order}/{line}" for order in "AB" for line in (1, 2, 10, 20)}
    sums: dict[str, Decimal] = {}
    for known in held:
        name = " ".join([*([names[known.held_by]] if known.held_by else []), known.why])
        sums[name] = total((sums.get(name, ZERO), known.amount))
    return sorted(f"{name} {amount:f}" for name, amount in sums.items())


SITE = identity("Site")
CONTRACT = identity("contract")
LEVELS = (Decimal("0.75"), Decimal("0.85"))
CHANGES = {
    "May": {CONTRACT: Decimal(48000), SITE: Decimal(16500)},
    "June": {identity("B/10"): Decimal(20500), identity("B/20"): Decimal(3500)},
}
"""What the change order of May and the amended order of June raise."""
NAMES = {CONTRACT: "contract", SITE: "Site", **{identity(name): name for name in ("A/1", "B/10", "B/20")}}


def test_two_orders_and_a_cap_raised_mid_way() -> None:
    found = written.caps("contract = 40000; line 2 no-expenses = 15000")
    caps = [found["contract"], found["line 2"].model_copy(update={"id": SITE, "name": "Site"})]
    orders = written.orders("A/1 24000 time until 03-31; B/10 18000 time; B/20 3000 expense")
    terms = FundingTerms(required=True, order_of_use=OrderOfUse.expiry_first)
    known = [Limit(id=cap.id, name=cap.name, amount=cap.amount) for cap in caps]
    known += [Limit(id=line.id, name=line.number, amount=line.amount) for o in orders for line in o.lines]
    ledger = Ledger(currency="USD", limits=tuple(known))
    worked = {row["Month"]: row["Charges"] for row in rows(PAGE, "Two orders and a cap raised mid-way")}
    waiting: list[Charge] = []
    over: list[Held] = []
    told: list[Told] = []
    for row in rows(PAGE, "The months"):
        month = row["Month"]
        for limit_id, amount in CHANGES.get(month, {}).items():
            ledger = limits.amend(ledger, limit_id, amount)
        waiting += written.charges(worked[month], month)
        draft = identity(month)
        left = {limit.id: ledger.left(limit.id, draft) for limit in ledger.limits}
        pool = Pool(orders, left, ledger.billed, terms, date(2025, 12, 31))
        made = claim(caps, left, waiting, over, AtCap.bill_to_cap, "USD", pool)
        ledger = limits.reserve(ledger, draft, {**made.uses, **pool.uses})
        ledger = limits.issue(ledger, draft)
        held = (*made.over, *made.waiting)
        waiting, over = [known.charge for known in made.waiting], list(made.over)
        notices = [
            notice
            for cap in caps
            for notice in limit_notices.due(
                cap.id,
                ledger.limit(cap.id).amount,
                ledger.standing(cap.id, unbilled(cap, held, "USD")).earned,
                LEVELS,
                told,
            )
        ]
        told += [Told(limit_id=n.limit_id, level=n.level, amount=n.amount) for n in notices]
        lines = {NAMES[line.held_by]: line.amount for line in made.over_lines if line.held_by}
        assert {
            "Worked": made.worked,
            "Over": lines,
            "Billed": made.billed,
            **{name: pool.uses[identity(name)] for name in ("A/1", "B/10", "B/20")},
            "To date": ledger.billed[CONTRACT],
            "Contract left": ledger.left(CONTRACT),
            "Site left": ledger.left(SITE),
            "Unbilled": total(known.amount for known in held),
            "Notices": [f"{NAMES[n.limit_id]} {n.level}" for n in notices],
        } == {
            **{name: Decimal(row[name]) for name in ("Worked", "Billed", "A/1", "B/10", "B/20", "To date")},
            **{name: Decimal(row[name]) for name in ("Contract left", "Site left", "Unbilled")},
            "Over": written.amounts_by_name(row["Over"]),
            "Notices": listed(row["Notices"]),
        }, month
    assert (waiting, over) == ([], [])
    assert [ledger.billed[identity(name)] for name in ("A/1", "B/10", "B/20")] == [24000, 20000, 3500]


def test_the_decimal_context_of_the_thread_changes_nothing() -> None:
    caps = list(written.caps("contract with-tax = 12345678.91").values())
    offered = written.charges("1 tax19 1234567.89; 1 tax7 12345678.90")
    left = {caps[0].id: Decimal("12345678.91")}
    pool = Pool(
        written.orders("A/1 9876543.21"), {identity("A/1"): Decimal("9876543.21")}, {}, FundingTerms(), FIRST
    )
    terms = AdvanceTerms(amount=Decimal("1234567.89"), recovered_by=Decimal("0.9"))
    stages = [Decimal("1234567.89"), Decimal("2345678.91"), Decimal("9876543.21")]
    with localcontext(HOSTILE):
        test_two_orders_and_a_cap_raised_mid_way()
        made = claim(caps, left, offered, [], AtCap.bill_to_cap, "USD", pool)
        recovered = schedule(terms, Decimal("10000000.01"), stages, "USD")
        drawn = draw(RetainerTerms(minimum=Decimal("1234567.89")), Decimal("1234567.88"), Decimal("0.01"))
    # 1,469,135.79 of the cap are used by the first with its tax; the order has 8,641,975.32 for the second.
    assert [part.amount for part in made.parts] == [Decimal("1234567.89"), Decimal("8641975.32")]
    assert made.uses == {caps[0].id: Decimal("1469135.79") + Decimal("9246913.60")}
    # 1,234,567.89² / 9,000,000.009 = 169,350.874…, 1,234,567.89 × 2,345,678.91 / 9,000,000.009 = 321,766.651…
    assert [known.recovered for known in recovered] == [
        Decimal("169350.87"),
        Decimal("152415.78"),
        Decimal("912801.24"),
    ]
    assert (drawn.left, drawn.request) == (Decimal("1234567.87"), Decimal("0.02"))


def test_a_charge_that_no_order_pays_uses_no_room_under_a_cap() -> None:
    caps = list(written.caps("contract = 100").values())
    orders = written.orders("A/1 500 time")
    left = {caps[0].id: Decimal(100), identity("A/1"): Decimal(500)}
    pool = Pool(orders, left, {}, FundingTerms(required=True), date(2025, 4, 30))
    offered = written.charges("1 expense 80; 1 120")
    made = claim(caps, left, offered, [], AtCap.bill_to_cap, "USD", pool)
    assert [(part.charge, part.amount) for part in made.parts] == [(offered[1], Decimal(100))]
    assert [(known.why, known.held_by, known.amount) for known in (*made.over, *made.waiting)] == [
        (Why.cap, caps[0].id, Decimal(20)),
        (Why.no_purchase_order, None, Decimal(80)),
    ]


def test_where_whole_charges_only_are_claimed_the_cap_that_refused_holds() -> None:
    caps = list(written.caps("contract = 100").values())
    left = {caps[0].id: Decimal(100), identity("A/1"): Decimal(50)}
    pool = Pool(written.orders("A/1 50"), left, {}, FundingTerms(), date(2025, 4, 30))
    offered = written.charges("1 120; 1 20")
    made = claim(caps, left, offered, [], AtCap.hold_whole_entries, "USD", pool)
    assert made.parts == ()
    assert [known.held_by for known in made.waiting] == [caps[0].id] * 2


def test_of_a_cap_and_an_order_the_one_with_less_left_holds_and_the_cap_of_equal_ones() -> None:
    caps = list(written.caps("contract = 100").values())
    (charge,) = written.charges("1 120")
    for of_order, holder in (("90", identity("A/1")), ("100", caps[0].id), ("110", caps[0].id)):
        left = {caps[0].id: Decimal(100), identity("A/1"): Decimal(of_order)}
        pool = Pool(written.orders(f"A/1 {of_order}"), left, {}, FundingTerms(), date(2025, 4, 30))
        made = claim(caps, left, [charge], [], AtCap.bill_to_cap, "USD", pool)
        assert made.billed == min(Decimal(of_order), 100)
        assert [known.held_by for known in made.over] == [holder]


def test_the_draft_says_what_waits_and_what_is_exceeded() -> None:
    caps = list(written.caps("line 2 = 10").values())
    orders = written.orders("A/1 100 time; B/1 50 expense warn")
    left = {caps[0].id: Decimal(10), identity("A/1"): Decimal(100), identity("B/1"): Decimal(50)}
    names = {caps[0].id: "Phase Site", identity("A/1"): "PO A line 1", identity("B/1"): "PO B line 1"}
    pool = Pool(orders, left, {}, FundingTerms(required=True), date(2025, 4, 30))
    offered = written.charges("2 30; 1 95; 1 7; 1 fee 5; 1 expense 40; 1 expense 30; 1 expense 11")
    made = claim(caps, left, offered[::-1], [], AtCap.bill_to_cap, "USD", pool)
    told = [(found.code, found.blocks, found.sentence) for found in findings(made, names, "USD")]
    # 2 bills 10 of 30; A has 90 for 95, none for 7; B has 50 for 40 + 30 + 11.
    assert told == [
        ("cap", False, "20.00 USD waits until the not-to-exceed amount of Phase Site is raised."),
        ("exhausted", False, "12.00 USD waits until PO A line 1 is amended: nothing is left on it."),
        (
            "no_purchase_order",
            False,
            "5.00 USD waits for a purchase order that takes this work; the contract requires one.",
        ),
        ("exceeded", False, "PO B line 1 is exceeded by 31.00 USD: ask the client to raise it."),
    ]
    alone = claim([], {}, [offered[3]], [], AtCap.bill_to_cap, "USD", pool)
    assert [(found.code, found.blocks) for found in findings(alone, {}, "USD")] == [
        ("no_purchase_order", True)
    ]
    soft = Pool(
        written.orders("B/1 94.99 warn"), {identity("B/1"): Decimal("94.99")}, {}, FundingTerms(), FIRST
    )
    cent = claim([], {}, [offered[1]], [], AtCap.bill_to_cap, "USD", soft)
    assert [found.sentence for found in findings(cent, names, "USD")] == [
        "PO B line 1 is exceeded by 0.01 USD: ask the client to raise it."
    ]
    ended = Pool(written.orders("A/1 9 until 01-01"), left, {}, FundingTerms(), date(2025, 4, 30))
    late = claim([], {}, [offered[1]], [], AtCap.bill_to_cap, "USD", ended)
    (found,) = findings(late, {}, "USD")
    assert (found.code, found.blocks, found.item_no) == ("expired", False, None)
    assert found.sentence == "95.00 USD waits for a purchase order that is valid on 2025-01-02."


def test_a_line_of_an_order_is_sensible() -> None:
    assert not FundingTerms().required
    good = {"id": identity("A/1"), "number": "1", "amount": Decimal(0), "starts_on": date(2025, 3, 1)}
    OrderLine.model_validate({**good, "expires_on": date(2025, 3, 1)})
    for wrong in ({"amount": Decimal("-0.01")}, {"expires_on": date(2025, 2, 28)}):
        with pytest.raises(ValidationError, match="purchase order"):
            OrderLine.model_validate({**good, **wrong})

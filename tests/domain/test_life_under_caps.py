"""What must hold over any life of a contract under nested caps and purchase orders, however it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts_app.domain.contract import AtCap, HourRounding
from contracts_app.domain.funding import limits
from contracts_app.domain.funding.caps import Cap, Claim, Scope, claim
from contracts_app.domain.funding.charges import Charge, ChargeKind, Held, Why
from contracts_app.domain.funding.funding import (
    ExpiryDay,
    FundingTerms,
    OnExceed,
    OrderLine,
    OrderOfUse,
    Pool,
    PurchaseOrder,
    fund,
)
from contracts_app.domain.funding.limits import Ledger, Limit
from contracts_app.domain.money import ZERO, is_at_scale, less, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.time.time_and_materials import bill, in_billing_order, price, within_cap
from tests.domain.agreements import identity
from tests.domain.under_a_cap import DAY, HOUR, by_hour, worked

LINES = tuple(identity(f"line {number}") for number in (1, 2, 3))
CENTS = st.integers(0, 300_000).map(lambda cents: Decimal(cents).scaleb(-2))
SIGNED = st.integers(-100_000, 200_000).map(lambda cents: Decimal(cents).scaleb(-2))
INVOICED = date(2025, 6, 30)


@st.composite
def charges(draw: st.DrawFn, number: int = 0) -> Charge:
    """One charge on any line, of any kind; now and then a correction."""
    return Charge(
        id=identity(f"charge {number}"),
        line_id=draw(st.sampled_from(LINES)),
        work_date=DAY + timedelta(days=draw(st.integers(0, 200))),
        position=number,
        person=draw(st.sampled_from([None, "Ada", "Bo"])),
        role=draw(st.sampled_from([None, "Partner", "Engineer"])),
        kind=draw(st.sampled_from(ChargeKind)),
        amount=draw(SIGNED),
        tax_rate=draw(st.sampled_from([Decimal(0), Decimal("0.07"), Decimal("0.19"), Decimal("0.2")])),
    )


@st.composite
def nested_caps(draw: st.DrawFn) -> list[Cap]:
    """Any of a contract's, a phase's, two lines' and two categories' caps, in any order."""
    told: list[dict[str, object]] = [
        {"scope": Scope.contract},
        {"scope": Scope.phase, "lines": LINES[:2]},
        {"scope": Scope.line, "lines": LINES[:1]},
        {"scope": Scope.line, "lines": LINES[2:]},
        {"scope": Scope.category, "roles": ("Partner",)},
        {"scope": Scope.category, "people": ("Ada",), "lines": LINES[1:]},
    ]
    chosen = draw(st.permutations(told))[: draw(st.integers(0, len(told)))]
    return [
        Cap.model_validate(
            {
                "id": identity(f"cap {number}"),
                "name": f"cap {number}",
                "amount": draw(CENTS),
                "expenses": draw(st.booleans()),
                "taxes": draw(st.booleans()),
                **each,
            }
        )
        for number, each in enumerate(chosen)
    ]


@st.composite
def purchase_orders(draw: st.DrawFn, *, warning: bool = False) -> list[PurchaseOrder]:
    """Up to two orders of up to three lines, with dates and kinds of work or without."""
    day = st.none() | st.integers(0, 200).map(lambda days: DAY + timedelta(days=days))
    orders = []
    for number in range(draw(st.integers(0, 2))):
        lines = []
        for place in range(draw(st.integers(1, 3))):
            starts, ends = draw(day), draw(day)
            if starts and ends and ends < starts:
                starts, ends = ends, starts
            lines.append(
                OrderLine(
                    id=identity(f"order {number} line {place}"),
                    number=str(place),
                    amount=draw(CENTS),
                    starts_on=starts,
                    expires_on=ends,
                    lines=tuple(draw(st.lists(st.sampled_from(LINES), unique=True, max_size=2))),
                    kinds=tuple(draw(st.lists(st.sampled_from(ChargeKind), unique=True, max_size=2))),
                )
            )
        on_exceed = draw(st.sampled_from(OnExceed)) if warning else OnExceed.block
        orders.append(PurchaseOrder(number=f"PO-{number}", lines=tuple(lines), on_exceed=on_exceed))
    return orders


TERMS = st.builds(
    FundingTerms,
    required=st.booleans(),
    order_of_use=st.sampled_from(OrderOfUse),
    expiry_tested_on=st.sampled_from(ExpiryDay),
)


@dataclass
class Draft:
    """A draft with what it claims; `rests` are what it took of earlier invoices' leftovers."""

    id: UUID
    made: Claim
    uses: dict[UUID, Decimal]
    rests: list[Held]
    approved: bool = False


@dataclass
class Contract:
    """What was agreed, earned and billed."""

    caps: list[Cap]
    orders: list[PurchaseOrder]
    terms: FundingTerms
    at_cap: AtCap
    ledger: Ledger = field(init=False)
    earned: dict[UUID, Charge] = field(default_factory=dict)
    waiting: list[Charge] = field(default_factory=list)
    over: list[Held] = field(default_factory=list)
    drafts: dict[UUID, Draft] = field(default_factory=dict)
    issued: list[Claim] = field(default_factory=list)
    credited: Decimal = ZERO

    def __post_init__(self) -> None:
        known = [Limit(id=cap.id, name=cap.name, amount=cap.amount) for cap in self.caps]
        known += [
            Limit(id=line.id, name=f"{order.number} {line.number}", amount=line.amount)
            for order in self.orders
            for line in order.lines
        ]
        self.ledger = Ledger(currency="USD", limits=tuple(known))

    def left(self) -> dict[UUID, Decimal]:
        return {limit.id: self.ledger.left(limit.id) for limit in self.ledger.limits}

    def pool(self) -> Pool:
        return Pool(self.orders, self.left(), self.ledger.billed, self.terms, INVOICED)


class LifeUnderCaps(RuleBasedStateMachine):
    """Charges, corrections, drafts, approvals, releases, issues, credits and amendments in any order."""

    @initialize(caps=nested_caps(), orders=purchase_orders(), terms=TERMS, at_cap=st.sampled_from(AtCap))
    def agree(self, caps: list[Cap], orders: list[PurchaseOrder], terms: FundingTerms, at_cap: AtCap) -> None:
        self.life = Contract(caps, orders, terms, at_cap)
        self.numbers = count(1)

    @rule(more=st.lists(charges(), min_size=1, max_size=5))
    def work(self, more: list[Charge]) -> None:
        for each in more:
            number = next(self.numbers)
            charge = each.model_copy(update={"id": identity(f"charge {number}"), "position": number})
            self.life.earned[charge.id] = charge
            self.life.waiting.append(charge)

    @precondition(lambda self: self.life.earned)
    @rule(choice=st.integers(0, 999))
    def correct(self, choice: int) -> None:
        """Take back a charge in full; only what was earned, once."""
        positive = [charge for charge in self.life.earned.values() if charge.amount > ZERO]
        taken = {charge.funded_by for charge in self.life.earned.values()}
        open_ = [charge for charge in positive if charge.id not in taken]
        if open_:
            charge = open_[choice % len(open_)]
            number = next(self.numbers)
            back = charge.model_copy(
                update={
                    "id": identity(f"charge {number}"),
                    "position": number,
                    "amount": -charge.amount,
                    "funded_by": charge.id,  # no order line: it goes back in the order of use
                }
            )
            self.life.earned[back.id] = back
            self.life.waiting.append(back)

    @rule(mixed=st.integers(0, 999))
    def draft(self, mixed: int) -> None:
        life = self.life
        pool = life.pool()
        made = claim(life.caps, life.left(), life.waiting, life.over, life.at_cap, "USD", pool)
        shuffled, rests = list(life.waiting), list(life.over)
        Random(mixed).shuffle(shuffled)
        Random(mixed).shuffle(rests)
        again = claim(life.caps, life.left(), shuffled, rests, life.at_cap, "USD", life.pool())
        assert (again.parts, again.over, again.waiting) == (made.parts, made.over, made.waiting)
        assert again.uses == made.uses
        # A draft is computed again from what it claims: the charges that wait change nothing.
        alone = claim(life.caps, life.left(), made.claimed, life.over, life.at_cap, "USD", life.pool())
        assert (alone.parts, alone.over, alone.waiting) == (made.parts, made.over, ())
        assert (alone.over_lines, alone.uses) == (made.over_lines, made.uses)
        self._check_claim(made, pool, life.left())
        drawn = Draft(identity(f"draft {next(self.numbers)}"), made, {**made.uses, **pool.uses}, life.over)
        life.drafts[drawn.id] = drawn
        life.waiting, life.over = [held.charge for held in made.waiting], []

    def _check_claim(self, made: Claim, pool: Pool, left: dict[UUID, Decimal]) -> None:
        life = self.life
        assert made.billed == total((made.worked, *(line.amount for line in made.over_lines)))
        before = total((*(c.amount for c in life.waiting), *(held.amount for held in life.over)))
        held = (*made.over, *made.waiting)
        assert total((made.billed, *(known.amount for known in held))) == before
        by_line = [made.of_line(line) for line in LINES]
        assert total(billed for billed, _ in by_line) == made.billed
        assert total(beside for _, beside in by_line) == total(line.amount for line in made.over_lines)
        for part in made.parts:
            assert part.amount <= ZERO or ZERO < part.amount <= part.charge.amount
            assert is_at_scale(part.amount, "USD")
            assert total(funded.amount for funded in part.funded) == part.amount
        for limit_id, used in {**made.uses, **pool.uses}.items():
            assert used <= max(left[limit_id], ZERO)
        for known in held:
            assert known.amount > ZERO
            self._check_holder(known, made, pool, left)
        if life.at_cap is AtCap.hold_whole_entries:
            assert all(part.amount == part.charge.amount for part in made.parts if part.first)

    def _check_holder(self, held: Held, made: Claim, pool: Pool, left: dict[UUID, Decimal]) -> None:
        """What holds has nothing left for it, or, where whole charges only are claimed, too little."""
        whole = self.life.at_cap is AtCap.hold_whole_entries
        if held.why is Why.cap:
            (cap,) = (cap for cap in self.life.caps if cap.id == held.held_by)
            assert cap.covers(held.charge)
            room = cap.within(held.charge, less(left[cap.id], made.uses[cap.id]), "USD")
            assert whole or room == ZERO
        else:
            still = pool.left_for(held.charge)
            assert still is not None
            assert still < held.amount if whole else still == ZERO

    @precondition(lambda self: self.life.drafts)
    @rule(choice=st.integers(0, 999))
    def approve(self, choice: int) -> None:
        life = self.life
        drawn = list(life.drafts.values())[choice % len(life.drafts)]
        short = [limit for limit, used in drawn.uses.items() if used > max(life.left()[limit], ZERO)]
        if short and not drawn.approved:
            with pytest.raises(Refused) as refused:
                limits.reserve(life.ledger, drawn.id, drawn.uses)
            assert refused.value.code == "limit_exceeded"
            return
        ledger = limits.reserve(life.ledger, drawn.id, drawn.uses)
        assert drawn.approved == (ledger == life.ledger)
        life.ledger, drawn.approved = ledger, True

    @rule(amount=SIGNED, line=st.sampled_from(LINES))
    def work_and_approve(self, amount: Decimal, line: UUID) -> None:
        """One charge, drafted and approved at once."""
        number = next(self.numbers)
        charge = Charge(
            id=identity(f"charge {number}"), line_id=line, work_date=DAY, position=number, amount=amount
        )
        self.work([charge])
        self.draft(number)
        self.approve(-1)

    @precondition(lambda self: self.life.drafts)
    @rule(choice=st.integers(0, 999))
    def send_back(self, choice: int) -> None:
        life = self.life
        drawn = life.drafts.pop(list(life.drafts)[choice % len(life.drafts)])
        life.ledger = limits.release(life.ledger, drawn.id)
        life.waiting += drawn.made.claimed
        life.over += drawn.rests

    @precondition(lambda self: self.life.drafts)
    @rule(choice=st.integers(0, 999))
    def issue(self, choice: int) -> None:
        """An approved draft is never refused; one that is not approved always is."""
        life = self.life
        drawn = list(life.drafts.values())[choice % len(life.drafts)]
        if not drawn.approved:
            with pytest.raises(Refused, match="approve it first"):
                limits.issue(life.ledger, drawn.id)
            return
        life.ledger = limits.issue(life.ledger, drawn.id)
        del life.drafts[drawn.id]
        life.issued.append(drawn.made)
        life.over += drawn.made.over

    @precondition(lambda self: self.life.issued)
    @rule(choice=st.integers(0, 999), share=st.integers(1, 100))
    def credit(self, choice: int, share: int) -> None:
        """A credit memo takes back part of what the limits count; it is earned no more."""
        life = self.life
        limit = life.ledger.limits[choice % len(life.ledger.limits)] if life.ledger.limits else None
        if limit is not None:
            billed = max(life.ledger.billed.get(limit.id, ZERO), ZERO)
            amount = (billed * share / 100).quantize(Decimal("0.01"))
            before = life.ledger.left(limit.id)
            life.ledger = limits.credit(life.ledger, {limit.id: amount})
            assert life.ledger.left(limit.id) == before + amount

    @precondition(lambda self: self.life.ledger.limits)
    @rule(choice=st.integers(0, 999), amount=CENTS)
    def amend(self, choice: int, amount: Decimal) -> None:
        life = self.life
        limit = life.ledger.limits[choice % len(life.ledger.limits)]
        used = limit.amount - life.ledger.left(limit.id)
        if amount >= min(used, limit.amount):
            life.ledger = limits.amend(life.ledger, limit.id, amount)
            return
        with pytest.raises(Refused) as refused:
            limits.amend(life.ledger, limit.id, amount)
        assert refused.value.code == "limit_below_billed"

    @invariant()
    def no_limit_is_passed_and_nothing_is_lost(self) -> None:
        if not hasattr(self, "life"):
            return
        life = self.life
        for limit in life.ledger.limits:
            kept = [drawn.uses.get(limit.id, ZERO) for drawn in life.drafts.values() if drawn.approved]
            # Whichever of the approved drafts are issued, and whichever are sent back.
            most = total((life.ledger.billed.get(limit.id, ZERO), *(used for used in kept if used > ZERO)))
            assert most <= limit.amount
            assert life.ledger.left(limit.id) == limit.amount - most
        claims = [*life.issued, *(drawn.made for drawn in life.drafts.values())]
        claimed = [charge.id for made in claims for charge in made.claimed]
        assert len(set(claimed)) == len(claimed)
        assert set(claimed).isdisjoint(charge.id for charge in life.waiting)
        assert {*claimed, *(charge.id for charge in life.waiting)} == set(life.earned)
        billed = total(made.billed for made in claims)
        drafted = total(held.amount for drawn in life.drafts.values() for held in drawn.made.over)
        unbilled = total((*(c.amount for c in life.waiting), *(held.amount for held in life.over), drafted))
        assert billed + unbilled == total(charge.amount for charge in life.earned.values())

    def teardown(self) -> None:
        """All limits raised and all drafts decided, everything that any order takes is billed."""
        if not hasattr(self, "life"):
            return
        life = self.life
        for drawn in list(life.drafts.values()):
            life.ledger = limits.release(life.ledger, drawn.id)
            life.waiting += drawn.made.claimed
            life.over += drawn.rests
        for limit in life.ledger.limits:
            life.ledger = limits.amend(life.ledger, limit.id, limit.amount + 10**9)
        made = claim(life.caps, life.left(), life.waiting, life.over, life.at_cap, "USD", life.pool())
        held = (*made.over, *made.waiting)
        assert {known.why for known in held} <= {Why.expired, Why.no_purchase_order}
        if not life.orders and not life.terms.required:
            billed = total((made.billed, *(known.billed for known in life.issued)))
            assert billed == total(charge.amount for charge in life.earned.values())


TestLifeUnderCaps = LifeUnderCaps.TestCase
TestLifeUnderCaps.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@settings(max_examples=500, deadline=None)
@given(
    quarters=st.lists(st.integers(-20, 40), max_size=12),
    left=st.none() | SIGNED,
    owed=CENTS,
    at_cap=st.sampled_from(AtCap),
    mixed=st.integers(0, 999),
)
def test_one_cap_over_one_line_is_the_rule_of_that_line(
    quarters: list[int], left: Decimal | None, owed: Decimal, at_cap: AtCap, mixed: int
) -> None:
    card = RateCard(by_hour("133.33"))
    entries = [worked(n, q * HOUR // 4, DAY + timedelta(days=n % 5)) for n, q in enumerate(quarters)]
    priced = [price(entry, card, HourRounding(), "USD") for entry in in_billing_order(entries)]
    taken = within_cap(priced, left, owed, at_cap)
    billed = bill(entries[0].line_id if entries else LINES[0], taken, left, owed)
    cap = Cap(id=identity("cap"), name="cap", scope=Scope.line, amount=ZERO, lines=(billed.line_id,))
    offered = [
        Charge(
            id=each.entry.id,
            line_id=each.entry.line_id,
            work_date=each.entry.work_date,
            position=each.entry.position,
            amount=each.amount,
        )
        for each in priced
    ]
    rest = Charge(id=identity("rest"), line_id=billed.line_id, work_date=DAY - timedelta(days=1), amount=owed)
    over = [Held(charge=rest, amount=owed, why=Why.cap, held_by=cap.id)] if owed else []
    Random(mixed).shuffle(offered)
    caps = [] if left is None else [cap]
    made = claim(caps, {} if left is None else {cap.id: left}, offered, over, at_cap, "USD")
    assert [charge.id for charge in made.claimed] == [each.entry.id for each in taken]
    assert made.of_line(billed.line_id) == (billed.amount, billed.over_cap)
    assert total(line.amount for line in made.over_lines) == billed.over_cap


@settings(max_examples=400, deadline=None)
@given(
    offered=st.lists(charges(), max_size=10),
    orders=purchase_orders(warning=True),
    terms=TERMS,
    billed=st.lists(CENTS, min_size=6, max_size=6),
)
def test_what_the_order_lines_pay_and_what_is_held_is_what_was_offered(
    offered: list[Charge], orders: list[PurchaseOrder], terms: FundingTerms, billed: list[Decimal]
) -> None:
    offered = [charge.model_copy(update={"id": identity(str(n))}) for n, charge in enumerate(offered)]
    lines = {line.id: (order, line) for order in orders for line in order.lines}
    before = {
        line_id: min(part, lines[line_id][1].amount) for line_id, part in zip(lines, billed, strict=False)
    }
    left = {line_id: less(lines[line_id][1].amount, part) for line_id, part in before.items()}
    pool = Pool(orders, left, before, terms, INVOICED)
    made = fund(pool, offered, [], AtCap.bill_to_cap, "USD")
    held = (*made.over, *made.waiting)
    paid = [funded for part in made.parts for funded in part.funded]
    assert total((*(f.amount for f in paid), *(known.amount for known in held))) == total(
        charge.amount for charge in offered
    )
    for line_id, (order, _) in lines.items():
        used = total(f.amount for f in paid if f.order_line_id == line_id)
        beyond = total(f.beyond for f in paid if f.order_line_id == line_id)
        assert used == pool.uses[line_id]
        assert used <= left[line_id] + beyond
        assert before[line_id] + used >= ZERO
        assert beyond == ZERO or order.on_exceed is OnExceed.warn
    for part in made.parts:
        for funded in part.funded:
            if funded.order_line_id is None:
                assert funded.amount < ZERO or not terms.required
                assert funded.order_number is None
                assert funded.order_line is None
            else:
                order, line = lines[funded.order_line_id]
                assert line.takes(part.charge)
                by_invoice = terms.expiry_tested_on is ExpiryDay.invoice_date
                day = INVOICED if by_invoice else part.charge.work_date
                assert funded.amount < ZERO or line.valid_on(day)
                assert (funded.order_number, funded.order_line) == (order.number, line.number)


@settings(max_examples=500, deadline=None)
@given(charge=charges(), room=CENTS)
def test_the_most_that_fits_a_cap_with_taxes_fits_and_a_cent_more_does_not(
    charge: Charge, room: Decimal
) -> None:
    cap = Cap(id=identity("cap"), name="cap", scope=Scope.contract, amount=ZERO, taxes=True)
    most = cap.within(charge, room, "USD")
    assert ZERO <= cap.counted(charge, most, "USD") <= room
    assert cap.counted(charge, most + Decimal("0.01"), "USD") > room
    assert is_at_scale(most, "USD")


@settings(max_examples=300, deadline=None)
@given(st.lists(charges(), max_size=8))
def test_the_tax_of_an_invoice_is_never_above_what_its_parts_count(parts: list[Charge]) -> None:
    cap = Cap(id=identity("cap"), name="cap", scope=Scope.contract, amount=ZERO, taxes=True)
    counted = total(cap.counted(charge, charge.amount, "USD") for charge in parts)
    taxes = [charge.amount * charge.tax_rate for charge in parts]
    assert total(charge.amount for charge in parts) + total(taxes).quantize(Decimal("0.01")) <= counted

"""What must hold over any life of a line billed by time: entries, rates, caps, amendments and policies."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from contracts_app.domain.billing import claiming, drafting
from contracts_app.domain.billing.pay_application import deposit_applied
from contracts_app.domain.checking import checks
from contracts_app.domain.contract import AtCap, HourRounding
from contracts_app.domain.money import ZERO, is_at_scale, less, total
from contracts_app.domain.time.rate_card import RateCard, RateRow
from contracts_app.domain.time.time_and_materials import TimeEntry, bill, billed_seconds, price, within_cap
from tests.domain.under_a_cap import DAY, HOUR, LINE, UnderACap, row_of, worked

PEOPLE = ("Ada", "Bo")
ROLES = (None, "Engineer")
CHANGES = date(2025, 3, 1)
LAST_DAY = 150
RATES = st.decimals(0, 400, places=2) | st.decimals(0, 400, places=6)
CENTS = st.integers(0, 300_000).map(lambda cents: Decimal(cents).scaleb(-2))
ROUNDINGS = st.builds(HourRounding, unit_seconds=st.sampled_from([1, 36, 360, 900]), up=st.booleans())
SECONDS = st.integers(1, 10 * HOUR) | st.sampled_from([HOUR, 17, 4151, 18 * 360])


@st.composite
def cards(draw: st.DrawFn) -> tuple[RateRow, ...]:
    """A card that prices everybody on every day, with more specific rows here and there."""
    rows = [row_of(f"{draw(RATES):f}", "2020-01-01")]
    whose = [{"person": "Ada"}, {"role": "Engineer"}, {"person": "Bo", "role": "Engineer"}]
    for one in draw(st.lists(st.sampled_from(whose), unique_by=str)):
        rows.append(row_of(f"{draw(RATES):f}", "2020-01-01", CHANGES.isoformat(), **one))
        if draw(st.booleans()):
            rows.append(row_of(f"{draw(RATES):f}", CHANGES.isoformat(), **one))
    return tuple(rows)


class LifeUnderACap(RuleBasedStateMachine):
    """Time, corrections, write-downs and amendments between invoices, in any order."""

    @initialize(cap=CENTS, at_cap=st.sampled_from(AtCap), rates=cards(), rounding=ROUNDINGS, deposit=CENTS)
    def agree(
        self,
        cap: Decimal,
        at_cap: AtCap,
        rates: tuple[RateRow, ...],
        rounding: HourRounding,
        deposit: Decimal,
    ) -> None:
        self.life = UnderACap(cap, at_cap, rates, rounding=rounding)
        self.cap = cap
        self.deposit = deposit
        self.numbers = count(1)
        self.entered: list[TimeEntry] = []
        self.today = DAY

    @rule(
        seconds=SECONDS,
        day=st.integers(0, LAST_DAY),
        person=st.sampled_from(PEOPLE),
        role=st.sampled_from(ROLES),
    )
    def work(self, seconds: int, day: int, person: str, role: str | None) -> None:
        self._enter(worked(next(self.numbers), seconds, DAY + timedelta(days=day), person, role))

    @precondition(lambda self: self.entered)
    @rule(choice=st.integers(0, 999))
    def correct(self, choice: int) -> None:
        """A reversal of any entry before it, at the same person, role and day; only once each."""
        entry = self.entered[choice % len(self.entered)]
        if entry.seconds < 0 or entry.description == "reversed":
            return
        self.entered[self.entered.index(entry)] = entry.model_copy(update={"description": "reversed"})
        number = next(self.numbers)
        self._enter(worked(number, -entry.seconds, entry.work_date, entry.person, entry.role))

    @precondition(lambda self: self.life.waiting)
    @rule(seconds=st.integers(0, 10 * HOUR), choice=st.integers(0, 999))
    def write(self, seconds: int, choice: int) -> None:
        """Charge another time for an entry that is not billed yet."""
        entry = list(self.life.waiting.values())[choice % len(self.life.waiting)]
        if entry.seconds > 0:
            self.life.waiting[entry.id] = entry.model_copy(update={"bill_seconds": seconds})

    def _enter(self, entry: TimeEntry) -> None:
        self.entered.append(entry)
        self.life.work([entry])

    @rule(by=CENTS)
    def raise_the_cap(self, by: Decimal) -> None:
        self.life.raise_cap(by, self.today)
        self.cap += by

    @rule(days=st.integers(1, 40), shuffled=st.randoms(use_true_random=False))
    def bill_until(self, days: int, shuffled: object) -> None:
        self.today += timedelta(days=days)
        life = self.life
        base = life.captured(self.today)
        offered = [entry for entry in life.waiting.values() if entry.work_date <= self.today]
        mixed = list(offered)
        shuffled.shuffle(mixed)  # type: ignore[attr-defined]
        assert claiming.claimable(base, mixed) == claiming.claimable(base, offered)
        before = life.figures[-1].lines[0].total if life.figures else ZERO
        drawn = life.invoice(self.today)
        backwards = drawn.model_copy(update={"time": drawn.time[::-1]})
        assert drafting.draft(backwards) == drafting.draft(drawn) == life.figures[-1]
        self._check_invoice(before)

    def _check_invoice(self, before: Decimal) -> None:
        shown = self.life.figures[-1]
        (billed,), (line,) = shown.time, shown.lines
        assert total(each.amount for each in billed.entries) + billed.over_cap == billed.amount
        assert billed.amount == line.this_period == line.total - before
        assert is_at_scale(billed.amount, "USD")
        for each in billed.entries:
            again = price(each.entry, RateCard(self.life.rates), self.life.rounding, "USD")
            assert again == each
            assert each.seconds == billed_seconds(each.entry, self.life.rounding)
        applied = deposit_applied(self.deposit, shown.line8)
        assert ZERO <= applied <= max(shown.line8, ZERO)
        self.deposit = less(self.deposit, applied)

    @invariant()
    def nothing_is_billed_above_the_cap_or_lost(self) -> None:
        if not hasattr(self, "life") or not self.life.figures:
            return
        life = self.life
        line = life.figures[-1].lines[0]
        assert line.total <= line.scheduled_value <= self.cap
        over = less(life.worth(life.claimed), line.total)
        assert over >= ZERO
        assert over == ZERO or line.total == line.scheduled_value
        if life.at_cap is AtCap.hold_whole_entries:
            assert over == ZERO
        assert self.deposit >= ZERO
        claimed = [entry.id for entry in life.claimed]
        assert len(set(claimed)) == len(claimed)
        assert set(claimed).isdisjoint(life.waiting)
        assert {*claimed, *life.waiting} == {entry.id for entry in self.entered}

    def teardown(self) -> None:
        """The cap is raised until nothing waits: all is billed once, at the rates of its work dates."""
        if not hasattr(self, "life"):
            return
        life = self.life
        everything = life.worth([*life.claimed, *life.waiting.values()])
        end = max(self.today, DAY + timedelta(days=LAST_DAY)) + timedelta(days=1)
        gross = life.worth(e for e in [*life.claimed, *life.waiting.values()] if e.seconds > 0)
        life.raise_cap(gross, end)
        drawn = life.invoice(end)
        assert not life.waiting
        shown = life.figures[-1]
        assert shown.lines[0].total == everything
        assert total(known.line8 for known in life.figures) == everything
        assert total(line.amount for known in life.figures for line in known.time) == everything
        billed = [each.entry.id for known in life.figures for line in known.time for each in line.entries]
        assert sorted(billed) == sorted(entry.id for entry in self.entered)
        told = checks.findings(drawn)
        # A credit is carried and said; it blocks nothing.
        assert (shown.line8 < 0) is ("negative_payment_due" in {found.code for found in told})
        blocking = {found.code for found in checks.blocking(told)}
        assert blocking == ({"under_zero"} if everything < 0 else set())  # more taken back than worked


TestLifeUnderACap = LifeUnderACap.TestCase
TestLifeUnderACap.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@settings(max_examples=150, deadline=None)
@given(
    hours=st.lists(st.integers(-8, 8).filter(bool), max_size=12),
    left=st.none() | CENTS,
    owed=CENTS,
    at_cap=st.sampled_from(AtCap),
)
def test_a_claim_is_every_correction_and_a_beginning_of_the_work_and_fits(
    hours: list[int], left: Decimal | None, owed: Decimal, at_cap: AtCap
) -> None:
    card = RateCard([row_of("100.00", "2020-01-01")])
    priced = [price(worked(n, h * HOUR), card, HourRounding(), "USD") for n, h in enumerate(hours)]
    claimed = within_cap(priced, left, owed, at_cap)
    corrections = [each for each in priced if each.amount <= ZERO]
    work = [each for each in priced if each.amount > ZERO]
    assert [each for each in claimed if each.amount <= ZERO] == corrections  # none waits at the cap
    charged = [each for each in claimed if each.amount > ZERO]
    assert charged == work[: len(charged)]
    billed = bill(LINE, claimed, left, owed)
    due = total([owed, *(each.amount for each in claimed)])
    if left is None:
        assert (len(claimed), billed.amount) == (len(priced), due)
        return
    assert billed.amount <= left
    assert less(due, billed.amount) >= ZERO
    if at_cap is AtCap.hold_whole_entries and owed == ZERO:
        assert billed.over_cap == ZERO
    if len(charged) < len(work):
        assert total([due, work[len(charged)].amount]) > left


@settings(max_examples=100, deadline=None)
@given(balance=CENTS, invoices=st.lists(st.decimals(-500, 3000, places=2), max_size=8))
def test_a_deposit_is_drawn_once_and_never_below_zero(balance: Decimal, invoices: list[Decimal]) -> None:
    left = balance
    drawn = []
    for line8 in invoices:
        applied = deposit_applied(left, line8)
        assert ZERO <= applied <= max(line8, ZERO)
        drawn.append(applied)
        left = less(left, applied)
        assert left >= ZERO
    assert total([left, *drawn]) == balance

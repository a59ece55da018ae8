"""Invariants of retainage under any terms, and any order of work, change orders and releases."""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_app.domain.money import is_at_scale, round_to, total
from contracts_app.domain.retainage import retainage_tiers
from contracts_app.domain.retainage.retainage import Before, LineWork, Retained, Sums, limit, retained
from contracts_app.domain.retainage.retainage_release import (
    Cause,
    Posting,
    ReleaseEvent,
    position,
    release_by_line,
    release_of_lines,
    release_on_events,
    release_part,
    substituted,
)
from contracts_app.domain.retainage.retainage_shares import Share, shared
from contracts_app.domain.retainage.retainage_terms import (
    CapCounts,
    CompletionOf,
    RetainageCap,
    RetainageLevel,
    RetainageTerms,
    RetainageTier,
    RetainageTiers,
    TierMode,
)
from tests.domain.agreements import identity

CENT = Decimal("0.01")
NOTHING = Decimal(0)

_rate = st.sampled_from([Decimal(text) for text in ("0", "0.03", "0.05", "0.075", "0.10", "0.333333", "1")])
_cents = st.integers(0, 10**7).map(lambda cents: Decimal(cents).scaleb(-2))
_threshold = st.sampled_from([Decimal(text) for text in ("0.10", "0.333333", "0.50", "0.90", "1")])


@st.composite
def _tiers(draw: st.DrawFn, first: Decimal, mode: TierMode | None = None) -> RetainageTiers:
    above = sorted(draw(st.sets(_threshold, min_size=1, max_size=3)))
    chosen = mode or draw(st.sampled_from(TierMode))
    rates = [draw(_rate) for _ in above]
    if chosen is TierMode.step_down:
        rates = sorted((min(rate, first) for rate in rates), reverse=True)
    return RetainageTiers(
        mode=chosen,
        completion_of=draw(st.sampled_from(CompletionOf)),
        with_stored=draw(st.booleans()),
        tiers=tuple(
            RetainageTier(above=at, rate_completed=rate, rate_stored=rate)
            for at, rate in zip(above, rates, strict=True)
        ),
    )


@st.composite
def _terms(draw: st.DrawFn) -> RetainageTerms:
    first = draw(_rate)
    tiers = draw(st.none() | _tiers(first))
    cap = None
    if tiers is None or draw(st.booleans()):
        amount = draw(st.none() | _cents)
        fraction = draw(_rate) if amount is None else None
        cap = RetainageCap(amount=amount, fraction=fraction, counts=draw(st.sampled_from(CapCounts)))
    return RetainageTerms(
        rate_completed=first,
        rate_stored=first,
        level=draw(st.sampled_from(RetainageLevel)),
        tiers=tiers,
        cap=cap,
    )


@dataclass
class _Life:
    """A contract from application to application."""

    terms: RetainageTerms
    values: list[Decimal]
    own: list[Decimal | None]
    sums: Sums
    completed: list[Decimal] = field(default_factory=list)
    stored: list[Decimal] = field(default_factory=list)
    before: list[Before] = field(default_factory=list)
    found: Retained | None = None

    def ids(self) -> list[UUID]:
        return [identity(str(number)) for number in range(len(self.values))]

    def bill(self, completed: list[Decimal], stored: list[Decimal], release: dict[UUID, Decimal]) -> Retained:
        lines = []
        for number, line_id in enumerate(self.ids()):
            before = self.before[number] if self.before else Before()
            released = self.found.released[line_id] if self.found else NOTHING
            lines.append(
                LineWork(
                    line_id=line_id,
                    rate=self.own[number],
                    completed=completed[number],
                    stored=stored[number],
                    value=self.values[number],
                    released=total((released, release.get(line_id, NOTHING))),
                    before=before,
                )
            )
        self.found = retained(self.terms, lines, self.sums, "USD")
        self.completed, self.stored = completed, stored
        withheld = self.found.withheld
        self.before = [
            Before(completed[number], stored[number], withheld[line_id])
            for number, line_id in enumerate(self.ids())
        ]
        return self.found

    def held(self) -> dict[UUID, Decimal]:
        assert self.found is not None
        return {line: self.found.withheld[line] - self.found.released[line] for line in self.ids()}


@st.composite
def _lives(draw: st.DrawFn) -> _Life:
    values = draw(st.lists(_cents, min_size=1, max_size=4))
    own = [draw(st.none() | st.none() | _rate) for _ in values]
    sums = Sums(draw(_cents), draw(_cents))
    return _Life(draw(_terms()), values, own, sums)


@settings(max_examples=250, deadline=None)
@given(_lives(), st.data())
def test_any_order_of_work_change_orders_and_releases(life: _Life, data: st.DataObject) -> None:
    """Withheld is held and released, per line and in all; nothing is below zero; no cap is passed; no release
    is taken back; a step down leaves no more than its rate."""
    count = len(life.values)
    released_before = dict.fromkeys(life.ids(), NOTHING)
    for _ in range(data.draw(st.integers(1, 6))):
        release: dict[UUID, Decimal] = {}
        work, stored = life.completed or [NOTHING] * count, life.stored or [NOTHING] * count
        what = data.draw(st.sampled_from(["work", "change order", "release", "work and release"]))
        if what == "change order":
            life.sums = Sums(data.draw(_cents), data.draw(_cents))
            life.values = [data.draw(_cents) for _ in range(count)]
        if "work" in what or what == "change order":
            work = [max(amount + data.draw(_cents) - data.draw(_cents), NOTHING) for amount in work]
            stored = [data.draw(_cents) for _ in range(count)]
        if "release" in what and life.found and total(life.held().values()) > 0:
            release = dict(release_part(life.held(), Decimal(1), "USD"))
            if data.draw(st.booleans()) and total(life.held().values()) > CENT:
                release = dict(release_by_line(life.held(), CENT, "USD"))
        found = life.bill(work, stored, release)
        held = life.held()
        assert all(is_at_scale(amount, "USD") for amount in (*found.withheld.values(), *held.values()))
        assert min(held.values()) >= 0
        assert min(found.released.values()) >= 0
        assert all(found.released[line] >= released_before[line] for line in life.ids())
        assert total(found.withheld.values()) == total(held.values()) + total(found.released.values())
        assert found.on_completed <= total(found.withheld.values())
        released_before = dict(found.released)
        if "work" in what or what == "change order":
            _within_the_cap(life, found)
            _at_most_the_rate_of_the_tier(life, held)


def _within_the_cap(life: _Life, found: Retained) -> None:
    cap = life.terms.cap
    if cap is None:
        return
    most = limit(cap, life.sums.capped, "USD")
    withheld, released = total(found.withheld.values()), total(found.released.values())
    if cap.counts is CapCounts.withheld:
        assert withheld <= max(most, released)
    assert withheld - released <= most


def _at_most_the_rate_of_the_tier(life: _Life, held: dict[UUID, Decimal]) -> None:
    terms = life.terms
    if terms.tiers is None or terms.tiers.mode is not TierMode.step_down:
        return
    under = [number for number, own in enumerate(life.own) if own is None]
    if terms.tiers.completion_of is CompletionOf.line:
        for number in under:
            completed, stored = life.completed[number], life.stored[number]
            tier = retainage_tiers.reached(terms, completed, stored, life.values[number])
            if tier:
                kept = retainage_tiers.at_tier(terms, tier, completed, stored)
                assert held[life.ids()[number]] <= round_to(kept, "USD")
        return
    completed = total(life.completed[number] for number in under)
    stored = total(life.stored[number] for number in under)
    tier = retainage_tiers.reached(terms, completed, stored, life.sums.under_rates)
    if tier:
        kept = round_to(retainage_tiers.at_tier(terms, tier, completed, stored), "USD")
        assert total(held[life.ids()[number]] for number in under) <= kept


@settings(max_examples=200)
@given(st.data(), _rate, _cents, st.lists(_cents, min_size=2, max_size=6))
def test_marginal_retainage_rises_with_the_work_and_without_a_jump(
    data: st.DataObject, first: Decimal, of: Decimal, work: list[Decimal]
) -> None:
    tiers = data.draw(_tiers(first, TierMode.marginal))
    terms = RetainageTerms(rate_completed=first, rate_stored=first, tiers=tiers)
    highest = max(tier.rate_completed for tier in retainage_tiers.steps(terms))
    for less_work, more_work in pairwise(sorted(work)):
        low = retainage_tiers.borne(terms, less_work, NOTHING, of).whole
        high = retainage_tiers.borne(terms, more_work, NOTHING, of).whole
        assert NOTHING <= high - low <= highest * (more_work - less_work)
        # Material on top of the work, where it counts as completion, is sliced as work is.
        if tiers.with_stored:
            split = retainage_tiers.borne(terms, less_work, more_work - less_work, of).whole
            assert split == high


@settings(max_examples=200)
@given(st.data(), _rate, st.lists(st.tuples(_cents, _cents), min_size=1, max_size=5))
def test_work_that_is_done_keeps_what_was_withheld_on_it(
    data: st.DataObject, first: Decimal, amounts: list[tuple[Decimal, Decimal]]
) -> None:
    """While other lines go on, and no change order is made."""
    tiers = data.draw(_tiers(first, TierMode.marginal)).model_copy(
        update={"completion_of": CompletionOf.contract}
    )
    terms = RetainageTerms(rate_completed=first, rate_stored=first, tiers=tiers)
    life = _Life(terms, [NOTHING] * len(amounts), [None] * len(amounts), Sums(data.draw(_cents)))
    nothing = [NOTHING] * len(amounts)
    earlier = dict(life.bill([done for done, _ in amounts], nothing, {}).withheld)
    later = life.bill([done + more for done, more in amounts], nothing, {}).withheld
    assert all(later[line] >= earlier[line] for line in life.ids())
    for line, (_, more) in zip(life.ids(), amounts, strict=True):
        if not more and any(new for _, new in amounts):
            assert later[line] == earlier[line]


_signed = st.integers(-(10**7), 10**7).map(lambda cents: Decimal(cents).scaleb(-2))


@settings(max_examples=200)
@given(_signed, st.lists(st.tuples(_signed, _signed, _signed, _signed), min_size=1, max_size=8))
def test_one_figure_is_shared_exactly(
    whole: Decimal, lines: list[tuple[Decimal, Decimal, Decimal, Decimal]]
) -> None:
    parts = shared(whole, [Share(*line) for line in lines], "USD")
    assert total(parts) == whole
    assert all(is_at_scale(part, "USD") for part in parts)


_held = st.lists(_cents, min_size=1, max_size=8).map(
    lambda amounts: {identity(str(number)): amount for number, amount in enumerate(amounts)}
)


@settings(max_examples=200)
@given(_held, st.integers(1, 100))
def test_a_released_part_is_exact_and_within_what_each_line_holds(
    held: dict[UUID, Decimal], percent: int
) -> None:
    part = Decimal(percent).scaleb(-2)
    amount = round_to(total(held.values()) * part, "USD")
    if amount == 0:
        return
    released = release_part(held, part, "USD")
    assert total(released.values()) == amount
    assert all(NOTHING <= released[line] <= held[line] for line in held)


@settings(max_examples=200)
@given(_held, st.data())
def test_named_lines_release_no_more_than_they_hold(held: dict[UUID, Decimal], data: st.DataObject) -> None:
    named = {
        line: data.draw(st.none() | st.just(amount) | st.just(CENT))
        for line, amount in held.items()
        if amount > 0 and data.draw(st.booleans())
    }
    if not named:
        return
    released = release_of_lines(held, named, "USD")
    assert set(released) == set(named)
    assert all(NOTHING < released[line] <= held[line] for line in released)


@settings(max_examples=200)
@given(_held, st.lists(st.integers(0, 50), min_size=2, max_size=2), st.data())
def test_events_release_to_date_less_earlier(
    withheld: dict[UUID, Decimal], parts: list[int], data: st.DataObject
) -> None:
    """One event after the other releases in all what both release at once, cent for cent in the sum."""
    events = [
        ReleaseEvent(event=str(number), part=Decimal(part).scaleb(-2)) for number, part in enumerate(parts)
    ]
    nothing = dict.fromkeys(withheld, NOTHING)
    first = release_on_events(withheld, nothing, events, ["0"], "USD")
    released = {line: first.get(line, NOTHING) for line in withheld}
    second = release_on_events(withheld, released, events, ["0", "1"], "USD")
    both = release_on_events(withheld, nothing, events, ["0", "1"], "USD")
    in_all = {line: released[line] + second.get(line, NOTHING) for line in withheld}
    assert all(in_all[line] <= withheld[line] for line in withheld)
    assert abs(total(in_all.values()) - total(both.values())) <= CENT * len(withheld)


@settings(max_examples=200)
@given(_held, _cents, st.data())
def test_a_security_covers_what_it_replaces(
    held: dict[UUID, Decimal], security: Decimal, data: st.DataObject
) -> None:
    whole = total(held.values())
    if min(security, whole) <= 0:
        return
    postings = [Posting(line_id=line, cause=Cause.withheld, amount=amount) for line, amount in held.items()]
    postings += substituted(held, security, NOTHING, "USD")
    found = position(postings)
    assert found.substituted == found.released == min(security, whole)
    assert found.withheld == found.held + found.released
    for line in held:
        of_line = position(each for each in postings if each.line_id == line)
        assert NOTHING <= of_line.released <= of_line.withheld

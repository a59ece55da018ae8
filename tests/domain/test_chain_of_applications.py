"""Any life of a chain: applications, lesser certificates, revisions, change orders, stored material, releases
and withholds in any order, and what must hold after every step."""

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts_app.domain.billing import certifying, drafting, revisions, withholds
from contracts_app.domain.billing.pay_application import Entry, PayApplication, PreviousLine, as_previous
from contracts_app.domain.billing.revisions import Chained, Standing
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, SovLine
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.billing.stored_material import Movement, entry_of
from contracts_app.domain.billing.withholds import Withhold, WithholdReason
from contracts_app.domain.checking import footing
from contracts_app.domain.money import ZERO, round_to, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage_terms import RetainageCap, RetainageTier, RetainageTiers
from tests.domain.agreements import executed, snapshot, sov, terms

MONTH = timedelta(days=30)
UNCERTIFIED = 3
"""Applications that wait for their certificate at the same time: one is the rule, more must tie as well."""

_part = st.sampled_from([Decimal(text) for text in ("0", "0.07", "0.333333", "0.5", "1")])
_rate = st.sampled_from(["0", "0.05", "0.10", "0.033333"])
_HALF = RetainageTiers(tiers=(RetainageTier(above=Decimal("0.50")),))
_CAP = RetainageCap(fraction=Decimal("0.03"))
_reason = st.sampled_from(list(WithholdReason)[:3])


def _of(whole: Decimal, part: Decimal) -> Decimal:
    return round_to(whole * part, "USD")


class Chain(RuleBasedStateMachine):
    """One contract; every step is a pure function of the chain before it."""

    @initialize(
        values=st.lists(st.integers(1, 10**8), min_size=1, max_size=3),
        work=_rate,
        stored=_rate,
        own=_rate,
        rules=st.sampled_from([{}, {}, {"tiers": _HALF}, {"cap": _CAP}]),
    )
    def agree(self, values: list[int], work: str, stored: str, own: str, rules: dict[str, Any]) -> None:
        """Sign a contract; its first line has a retainage rate of its own."""
        amounts = [Decimal(value).scaleb(-2) for value in values]
        flat = terms(total(amounts), work=work, stored=stored)
        self.terms = flat.model_copy(update={"retainage": flat.retainage.model_copy(update=rules)})
        self.schedule: list[SovLine] = [
            sov(number, amount, rate=own if number == 1 else None) for number, amount in enumerate(amounts, 1)
        ]
        self.orders: list[ChangeOrder] = []
        self.chain: tuple[Chained, ...] = ()
        self.drawn_from: tuple[Chained, ...] = ()
        self.drawn: list[PayApplication] = []
        self.certificates: dict[int, PayApplication] = {}
        self.ledger: list[Withhold] = []
        self.period_to = date(2024, 1, 31)
        self.filed: dict[str, Snapshot] = {}

    def _known(self, snapshot_before: Chained | None) -> dict[Any, PreviousLine]:
        return {line.line_id: line for line in snapshot_before.hands_on().lines} if snapshot_before else {}

    def _entries(self, before: Chained | None, shares: tuple[Decimal, ...]) -> tuple[Entry, ...]:
        """Work, material received and material built in, as shares of what is left of each line."""
        known, entries = self._known(before), []
        working, receiving, building = shares
        for line in self.schedule:
            line_before = known.get(line.id, PreviousLine(line_id=line.id))
            left = line.scheduled_value - line_before.completed - line_before.stored
            if line.scheduled_value < 0:
                entries.append(Entry(line_id=line.id, this_period=_of(left, working)))
                continue
            received = _of(max(left, ZERO), receiving)
            moved = Movement(
                stored_before=line_before.stored,
                received=received,
                built_in=_of(line_before.stored + received, building),
                work=_of(left - received, working),
            )
            entries.append(entry_of(line.id, moved, "USD"))
        return tuple(entries)

    def _releases(self, figures: PayApplication, share: Decimal) -> tuple[Release, ...]:
        return tuple(
            Release(line_id=line.line_id, amount=_of(line.retainage, share))
            for line in figures.lines
            if line.retainage > 0 and share
        )

    @rule(shares=st.tuples(_part, _part, _part), release=_part, submit=st.booleans())
    def apply(self, shares: tuple[Decimal, ...], release: Decimal, submit: bool) -> None:
        """The next application, as a draft or submitted, perhaps with a release of retainage."""
        drafted = bool(self.chain) and self.chain[-1].standing is Standing.draft
        if drafted or len(self.chain) - len(self.certificates) == UNCERTIFIED:
            return
        before = self.chain[-1] if self.chain else None
        drawn = snapshot(
            self.terms,
            self.schedule,
            self._entries(before, shares),
            number=len(self.chain) + 1,
            period_to=self.period_to,
            previous=before.hands_on() if before else None,
            change_orders=tuple(self.orders),
        )
        releases = self._releases(drafting.draft(drawn), release)
        drawn = drawn.model_copy(update={"releases": releases})
        standing = Standing.submitted if submit else Standing.draft
        self.chain = (*self.chain, Chained(snapshot=drawn, standing=standing))
        self.period_to += MONTH
        self._file()

    @rule()
    def submit(self) -> None:
        """Hand in the draft, where there is one."""
        if not self.chain or self.chain[-1].standing is not Standing.draft:
            return
        last = self.chain[-1].model_copy(update={"standing": Standing.submitted})
        self.chain = (*self.chain[:-1], last)
        self._file()

    @rule(cents=st.integers(-(10**6), 10**7))
    def execute_a_change_order(self, cents: int) -> None:
        """A change order of either sign brings its own line to the applications from now on."""
        if len(self.orders) == 4:
            return
        number = len(self.orders) + 1
        amount = Decimal(cents).scaleb(-2)
        self.orders.append(executed(str(number), amount, self.period_to - timedelta(days=3)))
        self.schedule.append(sov(100 + number, amount, order=str(number)))

    @rule(how=st.sampled_from(["in full", "less", "withheld"]), share=_part)
    def certify(self, how: str, share: Decimal) -> None:
        """The oldest application that waits is certified: in full, for less work, or not at all."""
        waiting = next((one for one in self.chain if one.standing is Standing.submitted), None)
        if waiting is None:
            return
        certificate = drafting.draft(waiting.snapshot)
        if how == "withheld":
            certificate = certifying.withheld(waiting.snapshot)
        elif how == "less":
            cut = tuple(
                entry.model_copy(update={"this_period": _of(entry.this_period, share)})
                for entry in waiting.snapshot.entries
                if entry.this_period > 0
            )
            with suppress(Refused):  # less than nothing: it stays as applied for
                certificate = certifying.certified(waiting.snapshot, cut)
        self.certificates[certificate.application_no] = certificate
        self.chain = revisions.certify(self.chain, as_previous(certificate, self.terms.retainage)).chain
        self._file()

    @rule(pick=st.integers(0, UNCERTIFIED), shares=st.tuples(_part, _part, _part))
    def revise(self, pick: int, shares: tuple[Decimal, ...]) -> None:
        """One of those that wait is revised; then back, which must be what it was."""
        waiting = [one for one in self.chain if one.standing is Standing.submitted]
        if not waiting:
            return
        one = waiting[pick % len(waiting)]
        at = self.chain.index(one)
        there = {line.id for line in one.snapshot.schedule}
        entries = self._entries(self.chain[at - 1] if at else None, shares)
        changed = one.snapshot.model_copy(
            update={"entries": tuple(entry for entry in entries if entry.line_id in there)}
        )
        if changed == one.snapshot:
            return
        retied = revisions.revise(self.chain, changed)
        back = revisions.revise(retied.chain, one.snapshot)
        assert [each.snapshot for each in back.chain] == [each.snapshot for each in self.chain]
        assert all(old in self.chain for old in retied.superseded)
        self.chain = retied.chain
        self._file()

    @rule(pick=st.integers(0, 20))
    def nobody_reopens_a_certificate(self, pick: int) -> None:
        """A certified application is not revised, whatever it says."""
        done = [one for one in self.chain if one.standing is Standing.certified]
        if not done:
            return
        one = done[pick % len(done)]
        with pytest.raises(Refused, match="is certified and stays as it is"):
            revisions.revise(self.chain, one.snapshot.model_copy(update={"entries": ()}))

    @rule(reason=_reason, share=_part, back=st.booleans())
    def withhold_or_return(self, reason: WithholdReason, share: Decimal, back: bool) -> None:
        """With the last certificate part of the payment is kept back, or part of what is held returned."""
        if not self.certificates:
            return
        number = max(self.certificates)
        held = withholds.balances(self.ledger, "USD").get((reason, ""), ZERO)
        line8 = self.certificates[number].line8
        now = withholds.payable(number, line8, self.ledger, "USD")
        amount = -_of(held, share) if back else _of(max(now.payable, ZERO), share)
        if amount:
            self.ledger.append(Withhold(application_no=number, reason=reason, amount=amount))

    def _file(self) -> None:
        """What is handed in is filed under its name, and nothing else is ever filed under it."""
        for one in self.chain:
            if one.standing is not Standing.draft:
                assert self.filed.setdefault(one.name, one.snapshot) == one.snapshot

    def _figures(self) -> list[PayApplication]:
        """What each application comes to: as certified, else as applied for."""
        if self.drawn_from is not self.chain:
            self.drawn_from = self.chain
            self.drawn = [
                self.certificates.get(one.snapshot.application_no) or drafting.draft(one.snapshot)
                for one in self.chain
            ]
        return self.drawn

    @invariant()
    def the_chain_ties(self) -> None:
        """D = D + E of the one before, line 7 its line 6, and line 8 telescopes."""
        figures = self._figures()
        if figures:
            revisions.require_chain(self.chain)
            assert sum(one.line8 for one in figures) == figures[-1].line6
        for before, after in pairwise(figures):
            assert after.line7 == before.line6
            completed = {line.line_id: line.completed for line in before.lines}
            assert all(line.previous == completed.get(line.line_id, ZERO) for line in after.lines)

    @invariant()
    def every_application_foots(self) -> None:
        """Its columns and lines agree, line 9 = line 3 − line 6 among them."""
        for figures in self._figures():
            found = {one.code for one in footing.check(footing.as_given(figures))}
            # After a revision a later one may bill too much: the checks say so, its sums are right.
            assert found <= {"over_scheduled_value", "under_zero"}
            assert figures.line9 == figures.line3 - figures.line6
            assert all(line.stored >= 0 for line in figures.lines)

    @invariant()
    def stored_material_is_paid_once(self) -> None:
        """What is earned to date is the work done and what lies in store, never both for one piece."""
        figures = self._figures()
        for number, one in enumerate(figures):
            stored_before = figures[number - 1] if number else None
            known = {line.line_id: line for line in stored_before.lines} if stored_before else {}
            earned = sum(
                line.this_period + line.stored - (known[line.line_id].stored if line.line_id in known else 0)
                for line in one.lines
            )
            assert earned == one.line4 - (stored_before.line4 if stored_before else 0)

    @invariant()
    def the_ledger_balances(self) -> None:
        """Nothing is held below zero, and what is paid and held is what was certified."""
        if not self.certificates:
            return
        held = withholds.held(self.ledger, "USD")
        assert all(one.balance >= 0 for one in held)
        paid = [
            withholds.payable(number, certificate.line8, self.ledger, "USD").payable
            for number, certificate in self.certificates.items()
        ]
        last = self.certificates[max(self.certificates)]
        assert sum(paid) + sum(one.balance for one in held) == last.line6


TestChain = Chain.TestCase
TestChain.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)

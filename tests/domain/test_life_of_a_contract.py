"""What must hold over any life of a contract: random lines, rates, changes, certificates and releases."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_app.domain.billing import certifying, drafting, suggesting
from contracts_app.domain.billing.pay_application import (
    Entry,
    Kind,
    PayApplication,
    PreviousCertificate,
    as_previous,
)
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, SovLine
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.checking import checks
from contracts_app.domain.contract import ContractTerms, RetainageLevel
from contracts_app.domain.money import ZERO, is_at_scale, total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage_release import release_by_line
from tests.domain.agreements import decimals, executed, snapshot, sov, terms

RATES = ("0", "0.05", "0.075", "0.10", "0.033333")
PERIOD = timedelta(days=30)


def cents(draw: st.DrawFn, low: Decimal, high: Decimal) -> Decimal:
    """An amount from low to high; the ends often."""
    ends = st.sampled_from([low, high])
    return draw(ends | st.integers(int(low * 100), int(high * 100)).map(lambda n: Decimal(n).scaleb(-2)))


class Life:
    """A contract that lives through random applications, certificates and releases."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        work = draw(st.sampled_from(RATES))
        stored = draw(st.sampled_from([rate for rate in RATES if Decimal(rate) <= Decimal(work)]))
        values = [cents(draw, Decimal("0.01"), Decimal("99999.99")) for _ in range(draw(st.integers(1, 5)))]
        self.schedule: list[SovLine] = [
            sov(number, value, rate=self._own_rate()) for number, value in enumerate(values, 1)
        ]
        self.terms: ContractTerms = terms(
            total(values), work=work, stored=stored, level=draw(st.sampled_from(RetainageLevel))
        )
        self.orders: list[ChangeOrder] = []
        self.previous: PreviousCertificate | None = None
        self.period_to = date(2024, 1, 31)
        self.certificates: list[PayApplication] = []

    def _own_rate(self) -> str | None:
        return self.draw(st.sampled_from([None, None, "0", "0.20"]))

    def change(self) -> None:
        """A change order is executed within the period; it brings its own line, of its sign."""
        number = len(self.orders) + 1
        amount = cents(self.draw, Decimal("-9999.99"), Decimal("9999.99"))
        on = self.period_to - timedelta(days=self.draw(st.integers(0, 29)))
        self.orders.append(executed(str(number), amount, on))
        self.schedule.append(sov(100 + number, amount, order=str(number), rate=self._own_rate()))

    def captured(
        self, entries: tuple[Entry, ...], kind: Kind, releases: tuple[Release, ...] = ()
    ) -> Snapshot:
        """The snapshot of the next application."""
        return snapshot(
            self.terms,
            self.schedule,
            entries,
            number=len(self.certificates) + 1,
            period_to=self.period_to,
            previous=self.previous,
            kind=kind,
            change_orders=tuple(self.orders),
            releases=releases,
        )

    def claim(self) -> tuple[Entry, ...]:
        """Any honest claim: no line above its value, stored material gone only by being built in."""
        before = {line.line_id: line for line in self.previous.lines} if self.previous else {}
        entries = []
        for line in self.schedule:
            known = before.get(line.id)
            completed, stored = (known.completed, known.stored) if known else (ZERO, ZERO)
            open_part = line.scheduled_value - completed
            if line.scheduled_value < 0:
                entries.append(Entry(line_id=line.id, this_period=cents(self.draw, open_part, ZERO)))
                continue
            work = cents(self.draw, ZERO, open_part)
            material = cents(self.draw, max(ZERO, stored - work), max(open_part - work, ZERO))
            entries.append(Entry(line_id=line.id, this_period=work, stored=material))
        return tuple(entries)

    def accepted(self, applied: Snapshot) -> tuple[Entry, ...]:
        """What a certifier accepts on some lines: less work, and any material not above the claim."""
        before = {line.line_id: line.stored for line in self.previous.lines} if self.previous else {}
        entries = []
        for entry in applied.entries:
            if entry.this_period < 0 or not self.draw(st.booleans()):
                continue
            work = cents(self.draw, ZERO, entry.this_period)
            most = entry.this_period + entry.stored - work
            least = min(most, max(ZERO, before.get(entry.line_id, ZERO) - work))
            entries.append(
                Entry(line_id=entry.line_id, this_period=work, stored=cents(self.draw, least, most))
            )
        return tuple(entries)

    def certify(self, applied: Snapshot) -> PayApplication:
        """Any certificate of the application."""
        match self.draw(st.sampled_from(["in full", "in full", "less", "withheld"])):
            case "less":
                try:
                    certificate = certifying.certified(applied, self.accepted(applied))
                except Refused as refused:  # material that is still stored may bear a lower rate
                    if refused.code not in ("certified_above_applied", "certificate_negative"):
                        raise
                    return drafting.draft(applied)
                assert certificate.line8 <= drafting.draft(applied).line8
                return certificate
            case "withheld":
                return certifying.withheld(applied)
            case _:
                return drafting.draft(applied)

    def enter(self, applied: Snapshot, certificate: PayApplication) -> None:
        """The certificate becomes the start of the next application."""
        for drawn in (drafting.draft(applied), certificate):
            check_identities(drawn, applied)
        found = checks.findings(applied)
        blocking = {finding.code for finding in checks.blocking(found)}
        figures = drafting.draft(applied)
        # The credit is carried: the certifier is told, and nothing is held back for it.
        assert ("negative_payment_due" in {finding.code for finding in found}) is (figures.line8 < 0)
        expected = set()
        if figures.line4 > figures.line3:  # a deduction was executed and its line is not billed yet
            expected.add("over_contract_sum")
        assert blocking == expected
        self.certificates.append(certificate)
        self.previous = as_previous(certificate)
        self.period_to += PERIOD
        # Telescoping: what was certified so far adds up to the latest line 6.
        assert total(known.line8 for known in self.certificates) == certificate.line6

    def held(self) -> Mapping[UUID, Decimal]:
        """Retainage held per line on the latest certificate."""
        return {line.line_id: line.retainage for line in self.certificates[-1].lines}

    def release(self, amount: Decimal | None) -> None:
        """A release invoice for part of what is held, or all."""
        released = release_by_line(self.held(), amount, "USD")
        lines = {line.line_id for line in self.certificates[-1].lines}
        entries = suggesting.unchanged_entries([s for s in self.schedule if s.id in lines], self.previous)
        applied = self.captured(
            entries,
            Kind.retainage_release,
            tuple(Release(line_id=line_id, amount=part) for line_id, part in released.items()),
        )
        certificate = drafting.draft(applied)
        assert certificate.line8 == total(released.values())
        self.enter(applied, certificate)


def check_identities(drawn: PayApplication, applied: Snapshot) -> None:
    """Lines 1–9 and columns A–I say the same, to the cent."""
    before = {line.line_id: line for line in applied.previous.lines} if applied.previous else {}
    assert drawn.line3 == drawn.line1 + drawn.line2
    assert drawn.line1 == applied.terms.original_sum
    assert drawn.line4 == sum(line.total for line in drawn.lines)
    assert drawn.line5 == drawn.line5a + drawn.line5b == sum(line.retainage for line in drawn.lines)
    assert drawn.line6 == drawn.line4 - drawn.line5
    assert drawn.line7 == (applied.previous.line6 if applied.previous else 0)
    assert drawn.line8 == drawn.line6 - drawn.line7
    assert drawn.line9 == drawn.line3 - drawn.line6
    assert drawn.line9 == sum(line.balance for line in drawn.lines) + drawn.line5
    for line in drawn.lines:
        known = before.get(line.line_id)
        # D is the work certified before and never contains the material stored then.
        assert line.previous == (known.completed if known else 0)
        assert line.total == line.previous + line.this_period + line.stored
        assert line.balance == line.scheduled_value - line.total
        assert line.retainage == line.withheld - line.released
        for amount in (line.total, line.balance, line.withheld, line.retainage):
            assert is_at_scale(amount, "USD")


def _reproducible(applied: Snapshot) -> None:
    read_back = Snapshot.model_validate_json(applied.model_dump_json())
    assert read_back == applied
    assert drafting.draft(read_back) == drafting.draft(applied)
    assert drafting.content_hash(read_back) == drafting.content_hash(applied)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A contract after some applications, none of them final."""
    life = Life(draw)
    for _ in range(draw(st.integers(1, 5))):
        if draw(st.integers(0, 3)) == 0:
            life.change()
        applied = life.captured(life.claim(), Kind.application)
        _reproducible(applied)
        life.enter(applied, life.certify(applied))
        whole = total(life.held().values())
        if whole > 0 and draw(st.integers(0, 3)) == 0:
            life.release(cents(draw, Decimal("0.01"), whole))
    return life


@settings(max_examples=100, deadline=None)
@given(lives())
def test_any_life_ends_with_everything_billed_released_and_paid(life: Life) -> None:
    entries = suggesting.suggested_entries(life.schedule, life.previous, {}, {}, complete=True)
    final = life.captured(entries, Kind.application)
    life.enter(final, drafting.draft(final))
    last = life.certificates[-1]
    assert last.line4 == last.line3
    assert last.line9 == last.line5
    life.release(None)
    last = life.certificates[-1]
    assert (last.line5, last.line5a, last.line5b, last.line9) == decimals(0, 0, 0, 0)
    assert last.line6 == last.line3
    assert total(known.line8 for known in life.certificates) == last.line3
    assert all(line.total == line.scheduled_value and line.retainage == 0 for line in last.lines)


@settings(max_examples=30, deadline=None)
@given(lives())
def test_withholding_pays_nothing(life: Life) -> None:
    applied = life.captured(life.claim(), Kind.application)
    certificate = certifying.withheld(applied)
    assert certificate.line8 == 0
    assert life.previous is not None
    assert as_previous(certificate).lines[: len(life.previous.lines)] == life.previous.lines

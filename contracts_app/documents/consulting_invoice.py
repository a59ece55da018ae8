"""What a consulting invoice says, as data: its phases, and behind each of them what it bills.

Fee or limit, billed before, this invoice, to date, left; then entries of time, milestones, or the share of a
fixed fee. As every content it refuses figures that do not tie: each entry multiplies out, the detail of a
phase comes to what the phase bills.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import model_validator

from contracts_app.documents.contents import Named, _Application, _Content, _equal
from contracts_app.domain.billing.detail import DetailTerms, Printed, comes_to, printed
from contracts_app.domain.billing.pay_application import ContinuationLine, Kind
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.contract import HourRounding
from contracts_app.domain.cost_plus.ledger import LineCosts
from contracts_app.domain.funding.limit_standings import LimitShare
from contracts_app.domain.money import ZERO, Amount, less, share, total
from contracts_app.domain.time.overtime import in_words
from contracts_app.domain.time.time_and_materials import PricedEntry, TimeBilled, amount_of


class PhaseTerms(_Content):
    """How a phase is billed, and what was billed of it before (as certified, where the client certifies)."""

    line_id: UUID
    basis: Basis
    not_to_exceed: bool = True
    before: Amount = ZERO


class Amendment(_Content):
    """An executed amendment in force at the end of the period. `raises` is the item number of the phase
    whose fee or limit it changes; empty for one that is a phase of its own."""

    number: Named
    title: str
    executed_on: date
    amount: Amount
    raises: str = ""


class BilledMilestone(_Content):
    """An approved milestone, or the part of it that this invoice bills. `whole` is the milestone's amount."""

    line_id: UUID
    title: Named
    approved_on: date | None
    amount: Amount
    whole: Amount


@dataclass(frozen=True)
class Phase:
    """A line of the invoice. `left` of an estimate is negative where more was billed."""

    line: ContinuationLine
    terms: PhaseTerms
    time: TimeBilled | None
    milestones: tuple[BilledMilestone, ...]

    @property
    def before(self) -> Decimal:
        """Billed on earlier invoices."""
        return self.terms.before

    @property
    def now(self) -> Decimal:
        """This invoice."""
        return less(self.line.total, self.terms.before)

    @property
    def to_date(self) -> Decimal:
        """Before and now."""
        return self.line.total

    @property
    def left(self) -> Decimal:
        """Fee or limit less what is billed to date."""
        return self.line.balance

    @property
    def entries(self) -> tuple[PricedEntry, ...]:
        """The time that this invoice claims, in billing order."""
        return self.time.entries if self.time else ()

    @property
    def other(self) -> Decimal:
        """What this invoice bills beyond (or, negative, short of) the entries or milestones listed."""
        if self.terms.basis is Basis.time_and_materials:
            return self.time.over_cap if self.time else ZERO
        if self.terms.basis is Basis.milestone:
            return less(self.now, total(each.amount for each in self.milestones))
        return ZERO

    @property
    def share_before(self) -> Decimal | None:
        """The part of a fixed fee billed before; None where there is no fee."""
        return None if self.line.scheduled_value.is_zero() else share(self.before, self.line.scheduled_value)

    @property
    def has_detail(self) -> bool:
        """Whether the annex says something about the phase."""
        return bool(self.entries or self.milestones) or self.now != ZERO or self.other != ZERO


class ConsultingInvoiceContent(_Application):
    """An invoice by phases with its detail annex.

    `phases` stand in the order of the application's lines. `deposit_before` is what the client had paid ahead
    when the invoice was issued.
    """

    phases: tuple[PhaseTerms, ...]
    amendments: tuple[Amendment, ...] = ()
    milestones: tuple[BilledMilestone, ...] = ()
    hour_rounding: HourRounding = HourRounding()
    deposit_before: Amount = ZERO
    detail: DetailTerms = DetailTerms()
    limits: tuple[LimitShare, ...] = ()
    """What it bills under caps over several phases and on the client's purchase orders."""
    only: tuple[UUID, ...] | None = None
    """The phases that this invoice is about, where others are billed to another address."""
    retainer_request: Amount = ZERO
    """What fills up the retainer again, once this invoice has drawn it."""

    @model_validator(mode="after")
    def _bills_its_detail(self) -> Self:
        a = self.application
        if a.kind is not Kind.consulting:
            raise ValueError(f"a consulting invoice is not made from an invoice of the kind {a.kind.value}")
        if [one.line_id for one in self.phases] != [line.line_id for line in a.lines]:
            raise ValueError("the phases are not the lines of the invoice")
        _equal("line 2 = amendments", a.line2, total(one.amount for one in self.amendments))
        by_milestone = {one.line_id for one in self.phases if one.basis is Basis.milestone}
        if not by_milestone.issuperset(one.line_id for one in self.milestones):
            raise ValueError("a milestone stands on a phase that is not billed by milestones")
        for phase in self.lines:
            self._ties_to_its_time(phase)
        _equal("phases shown = billed now", total(phase.now for phase in self.shown), self.billed_now)
        if not ZERO <= a.deposit_applied <= max(self.deposit_before, ZERO):
            raise ValueError("more of the deposit is applied than there is")
        on_orders = [one.now for one in self.limits if one.order_number or one.amount is None]
        if on_orders:
            _equal("purchase orders = this invoice", total(on_orders), self.billed_now)
        return self

    def _ties_to_its_time(self, phase: Phase) -> None:
        item, billed = phase.line.item_no, phase.time
        if billed is None:
            return
        if phase.terms.basis is not Basis.time_and_materials:
            raise ValueError(f"{item}: time stands on a phase that is not billed by time")
        for each in billed.entries:
            exact = amount_of(each.seconds, each.rate, self.currency)
            _equal(f"{item}, {each.entry.work_date}: hours × rate", each.amount, exact)
        worked = total(each.amount for each in billed.entries)
        _equal(f"{item}: entries + over the limit", billed.amount, total((worked, billed.over_cap)))
        _equal(f"{item}: this invoice = detail", phase.now, billed.amount)
        _equal(f"{item}: printed lines = entries", comes_to(self.printed(phase)), worked)

    def printed(self, phase: Phase) -> tuple[Printed, ...]:
        """The time of a phase as the annex shows it."""
        return printed(map(in_print, phase.entries), self.detail.level)

    def costs_of(self, phase: Phase) -> LineCosts | None:
        """The costs and the fee that a phase billed at cost bills; None for any other."""
        return next((one for one in self.application.costs if one.line_id == phase.line.line_id), None)

    @property
    def lines(self) -> tuple[Phase, ...]:
        """The phases with their figures."""
        time = {billed.line_id: billed for billed in self.application.time}
        return tuple(
            Phase(
                line=line,
                terms=terms,
                time=time.get(line.line_id),
                milestones=tuple(one for one in self.milestones if one.line_id == line.line_id),
            )
            for line, terms in zip(self.application.lines, self.phases, strict=True)
        )

    @property
    def shown(self) -> tuple[Phase, ...]:
        """The phases that its paper has: all, or those of its address."""
        if self.only is None:
            return self.lines
        own = set(self.only)
        return tuple(phase for phase in self.lines if phase.line.line_id in own)

    @property
    def billed_now(self) -> Decimal:
        """What the phases bill on this invoice, before retainage and deposit."""
        return total(phase.now for phase in self.lines)

    @property
    def retainage_now(self) -> Decimal:
        """What this invoice withholds (negative: gives back) of it; line 8 is what is left."""
        return less(self.billed_now, self.application.line8, self.advance_recovered_now)

    @property
    def deposit_after(self) -> Decimal:
        """What is left of the deposit."""
        return less(self.deposit_before, self.application.deposit_applied)


def in_print(priced: PricedEntry) -> Printed:
    """An entry as a line of the annex."""
    entry, worked, overtime = priced.entry, priced.entry.overtime, ""
    if worked is not None:
        overtime = in_words(worked.kind, priced.base_rate, priced.factor, worked.premium_only)
    return Printed(
        first=entry.work_date,
        last=entry.work_date,
        person=entry.person,
        role=entry.role,
        what=entry.description,
        source=entry.source,
        seconds=priced.seconds,
        rate=priced.rate,
        amount=priced.amount,
        overtime=overtime,
    )


def said_of(line: Printed) -> str:
    """What the annex says of a line: the work, and how the price of overtime came about."""
    if not line.overtime:
        return line.what
    return f"{line.what} ({line.overtime})" if line.what else line.overtime


def other_words(phase: Phase) -> str:
    """The sentence for `Phase.other`, by its sign and by how the phase is billed."""
    below = phase.other < ZERO
    if phase.terms.basis is Basis.milestone:
        return (
            "Approved, not billed on this invoice"
            if below
            else "Approved earlier or without a milestone, billed now"
        )
    if not phase.terms.not_to_exceed:
        return "Not billed on this invoice" if below else "Worked earlier, not certified then, billed now"
    if below:
        return "Over not-to-exceed: stays unbilled"
    return "Worked earlier, over not-to-exceed or not certified then, billed now"

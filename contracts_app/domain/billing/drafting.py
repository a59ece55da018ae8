"""A draft is a pure function of a captured snapshot.

The snapshot holds everything that decides a figure: terms, schedule, executed change orders, the prior
certificate, what is claimed and what is released. It is stored with the invoice by its hash, so that any
figure on any issued invoice can be recomputed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts_app.domain import canonical
from contracts_app.domain.billing import cost_lines, recurring
from contracts_app.domain.billing.addressed import Addressed
from contracts_app.domain.billing.maximum_price import billed as billed_under_maximum
from contracts_app.domain.billing.milestones import Milestone, approved_amounts
from contracts_app.domain.billing.pay_application import (
    Entry,
    Kind,
    PayApplication,
    PreviousCertificate,
    PreviousLine,
    compose,
)
from contracts_app.domain.billing.schedule_of_values import Basis, ChangeOrder, SovLine, in_force
from contracts_app.domain.billing.stated import worked_out
from contracts_app.domain.billing.stored_material import Backup, moved
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.cost_plus.guaranteed_maximum import maximum_price
from contracts_app.domain.cost_plus.ledger import CostsBefore, JobCost, LineCosts
from contracts_app.domain.cost_plus.maximum_billed import MaximumBilled
from contracts_app.domain.funding import limited
from contracts_app.domain.funding.caps import Claim
from contracts_app.domain.funding.charges import Charge
from contracts_app.domain.funding.limited import Limits
from contracts_app.domain.money import ZERO, Amount, less, total
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.retainage.retainage_release import ReleaseCause
from contracts_app.domain.tax.contract_tax import DraftTax
from contracts_app.domain.time.rate_card import RateCard, RateRow
from contracts_app.domain.time.time_and_materials import (
    DayBefore,
    PricedEntry,
    TimeBilled,
    TimeEntry,
    bill,
    price_in_order,
    within_cap,
)

RULES = "pay-application-1"
"""Names the version of the rules that made a figure; it is part of every snapshot."""


_TYPED = (Basis.lump_sum, Basis.percent_complete, Basis.unit_price, Basis.cost_plus)
"""Bases of lines that somebody enters for each period."""


class Release(BaseModel):
    """Retainage released on a line by this invoice."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    amount: Amount


class TimeBefore(BaseModel):
    """What entries of a line came to on earlier invoices, whether or not the cap let it be billed, less the
    certifier's cuts that were accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    amount: Amount


class Snapshot(BaseModel):
    """Everything that an application for payment is computed from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rules: str = RULES
    contract_id: UUID
    contract_number: str
    kind: Kind
    application_no: int
    period_to: date
    terms: ContractTerms
    schedule: tuple[SovLine, ...]
    change_orders: tuple[ChangeOrder, ...]
    milestones: tuple[Milestone, ...]
    previous: PreviousCertificate | None
    entries: tuple[Entry, ...]
    releases: tuple[Release, ...] = ()
    rate_card: tuple[RateRow, ...] = ()
    time: tuple[TimeEntry, ...] = ()
    """The entries that this invoice claims."""
    time_before: tuple[TimeBefore, ...] = ()
    days_before: Annotated[tuple[DayBefore, ...], ADDED_LATER] = ()
    """Only where the terms charge a least time for a person's day."""
    backup: Annotated[tuple[Backup, ...], ADDED_LATER] = ()
    """The papers for stored material, as they lie with this application."""
    deposit_balance: Amount = ZERO
    costs: Annotated[tuple[JobCost, ...], ADDED_LATER] = ()
    """The costs that this invoice claims."""
    costs_before: Annotated[tuple[CostsBefore, ...], ADDED_LATER] = ()
    limits: Annotated[Limits | None, ADDED_LATER] = None
    """Only where caps of the contract or purchase orders say what may be billed."""
    addressed: Annotated[Addressed | None, ADDED_LATER] = None
    """Only where the contract's lines are billed to several addresses."""
    tax: Annotated[DraftTax | None, ADDED_LATER] = None
    """Only where the terms say how the contract is taxed."""
    release_cause: Annotated[ReleaseCause | None, ADDED_LATER] = None
    """Only where retainage is released before everything is closed out."""
    work_completed: Annotated[bool, ADDED_LATER] = False
    """Under a guaranteed maximum price: by the period's end the work is complete, so savings are split."""
    submission: int = 0
    """How often the draft was handed over for approval: what was approved before it was sent back or edited
    is approved again, even where no figure differs."""

    @property
    def own_lines(self) -> tuple[SovLine, ...]:
        """The lines that this invoice bills: all, or those of its address."""
        if self.addressed is None:
            return self.schedule
        own = set(self.addressed.line_ids)
        return tuple(line for line in self.schedule if line.id in own)

    def released_to_date(self) -> Mapping[UUID, Decimal]:
        """Retainage released per line, on earlier invoices and on this one."""
        released = {line.line_id: line.released for line in self.previous.lines} if self.previous else {}
        for release in self.releases:
            released[release.line_id] = total((released.get(release.line_id, ZERO), release.amount))
        return released


def draft(snapshot: Snapshot) -> PayApplication:
    """The application that the snapshot gives: always the same figures for the same snapshot.

    Of the change orders only those in force at the end of the period count. Raises Refused when a line is
    entered twice or is not in the schedule of values, an entry has no rate, or a sum has more digits than an
    amount can have.
    """
    billed = _billed(snapshot)
    return _figures(snapshot, billed.entries, billed.time, billed.costs, billed.maximum)


def claimed_entries(snapshot: Snapshot) -> tuple[Entry, ...]:
    """What the invoice claims line by line, time and cost included."""
    return _billed(snapshot).entries


@dataclass(frozen=True)
class _Billed:
    """What every line claims, and the time and cost behind it."""

    entries: tuple[Entry, ...]
    time: tuple[TimeBilled, ...]
    costs: tuple[LineCosts, ...]
    maximum: MaximumBilled | None = None


def _billed(snapshot: Snapshot) -> _Billed:
    costs, maximum = _at_cost(snapshot)
    if snapshot.limits is None or snapshot.kind is Kind.retainage_release:
        time = _time(snapshot)
        return _Billed(_with_details(snapshot.entries, time, costs), time, costs, maximum)
    priced = _priced_by_line(snapshot, snapshot.time)
    made = _claim(snapshot, snapshot.limits, priced, costs)
    time = tuple(limited.time_of(line_id, of_line, made) for line_id, of_line in priced.items())
    costs = limited.costs_of(costs, made)
    return _Billed(limited.with_fees(_with_details(snapshot.entries, time, costs), made), time, costs)


def _with_details(
    entries: Sequence[Entry], time: Sequence[TimeBilled], costs: Sequence[LineCosts]
) -> tuple[Entry, ...]:
    """Lines billed by time or at cost claim what their entries come to, whatever was typed."""
    by_detail = {each.line_id: each.amount for each in time} | {each.line_id: each.amount for each in costs}
    kept = tuple(entry for entry in entries if entry.line_id not in by_detail)
    return (*kept, *(Entry(line_id=line, this_period=amount) for line, amount in by_detail.items()))


def _figures(
    snapshot: Snapshot,
    entries: Sequence[Entry],
    time: Sequence[TimeBilled],
    costs: Sequence[LineCosts],
    maximum: MaximumBilled | None = None,
) -> PayApplication:
    by_line = {entry.line_id: entry for entry in entries}
    if len(by_line) < len(entries):
        raise wrong_content("entered_twice", "A line of the schedule of values is entered twice.")
    try:
        return compose(
            kind=snapshot.kind,
            application_no=snapshot.application_no,
            period_to=snapshot.period_to,
            terms=snapshot.terms,
            schedule=snapshot.schedule,
            orders_in_force=in_force(snapshot.change_orders, snapshot.period_to),
            previous=snapshot.previous,
            entries=by_line,
            released=snapshot.released_to_date(),
            time=time,
            deposit_balance=snapshot.deposit_balance,
            costs=costs,
            maximum=maximum,
        )
    except ValidationError:
        raise wrong_content("amount_too_large", "The amounts add up to more than can be billed.") from None


def time_billed(snapshot: Snapshot) -> tuple[TimeBilled, ...]:
    """What each time-and-materials line bills for the entries claimed.

    A line without entries bills what earlier invoices left over a cap that has been raised since; the release
    of retainage bills no time. Raises Refused for an entry without a rate, or on a line that is not billed by
    time.
    """
    return _billed(snapshot).time


def _time(snapshot: Snapshot) -> tuple[TimeBilled, ...]:
    if snapshot.kind is Kind.retainage_release:
        return ()
    lines = {line.id: line for line in snapshot.schedule}
    return tuple(
        bill(
            line_id,
            of_line,
            left_under_cap(snapshot, lines[line_id]),
            owed_over_cap(snapshot, line_id),
        )
        for line_id, of_line in _priced_by_line(snapshot, snapshot.time).items()
    )


def _priced_by_line(snapshot: Snapshot, entries: Iterable[TimeEntry]) -> Mapping[UUID, Sequence[PricedEntry]]:
    """Lines billed by time, each with its entries at their rates. Raises Refused as `time_billed` does."""
    by_line: dict[UUID, list[TimeEntry]] = {
        line.id: [] for line in snapshot.own_lines if line.basis is Basis.time_and_materials
    }
    for entry in entries:
        if entry.line_id not in by_line:
            raise wrong_content("not_billed_by_time", "An entry stands on a line that is not billed by time.")
        by_line[entry.line_id].append(entry)
    card = RateCard(snapshot.rate_card)
    return {line_id: _priced(snapshot, of_line, card) for line_id, of_line in by_line.items()}


def claim_under_limits(snapshot: Snapshot, offered: Sequence[TimeEntry] | None = None) -> Claim:
    """What an invoice under caps and purchase orders bills, and what waits for which of them.

    Of the time that it claims, or of `offered`. Raises Refused as `time_billed` does, and ValueError for a
    snapshot without limits.
    """
    if snapshot.limits is None:
        raise ValueError("nothing limits this invoice beside the caps of its lines")
    time = snapshot.time if offered is None else offered
    return _claim(snapshot, snapshot.limits, _priced_by_line(snapshot, time), _at_cost(snapshot)[0])


def charges_of(snapshot: Snapshot) -> tuple[Charge, ...]:
    """All that the snapshot claims as charges, whatever the limits let be billed of it. Raises Refused as
    `time_billed` does."""
    costs, _ = _at_cost(snapshot)
    priced = _priced_by_line(snapshot, snapshot.time)
    return limited.charges(priced, snapshot.entries, costs, snapshot.period_to)


def asked_of_limits(snapshot: Snapshot) -> limited.Question:
    """What is asked of the limits. Raises ValueError for a snapshot without any."""
    if snapshot.limits is None:
        raise ValueError("nothing limits this invoice beside the caps of its lines")
    orders = in_force(snapshot.change_orders, snapshot.period_to)
    own = {line.id for line in snapshot.own_lines}
    over = tuple(held for held in snapshot.limits.over if held.charge.line_id in own)
    return limited.Question(
        limits=snapshot.limits.model_copy(update={"over": over}),
        caps=limited.caps_in_force(snapshot.contract_id, snapshot.terms.caps, snapshot.schedule, orders),
        terms=snapshot.terms,
        completed={line.line_id: line.completed for line in snapshot.previous.lines}
        if snapshot.previous
        else {},
        period_to=snapshot.period_to,
    )


def _claim(
    snapshot: Snapshot,
    limits: Limits,
    priced: Mapping[UUID, Sequence[PricedEntry]],
    costs: Sequence[LineCosts],
) -> Claim:
    offered = limited.charges(priced, snapshot.entries, costs, snapshot.period_to)
    return limited.made_of(asked_of_limits(snapshot), offered)


def costs_billed(snapshot: Snapshot) -> tuple[LineCosts, ...]:
    """What each line billed at cost bills for the costs claimed, with the fee on them.

    The release of retainage bills no cost. Raises Refused for a cost on a line that is not billed at cost.
    """
    return _billed(snapshot).costs


def _at_cost(snapshot: Snapshot) -> tuple[tuple[LineCosts, ...], MaximumBilled | None]:
    """What lines billed at cost come to; under a guaranteed maximum price with what that stands on."""
    if snapshot.kind is Kind.retainage_release:
        return (), None
    certified = (
        {line.line_id: line.completed for line in snapshot.previous.lines} if snapshot.previous else {}
    )
    entries = {entry.line_id: entry for entry in snapshot.entries}
    costs, before = snapshot.costs, snapshot.costs_before
    currency, period_to = snapshot.terms.currency, snapshot.period_to
    agreed = snapshot.terms.guaranteed_maximum
    if agreed is None:
        lines = cost_lines.billed(snapshot.own_lines, costs, before, certified, entries, currency, period_to)
        return lines, None
    price = maximum_price(snapshot.terms.original_sum, in_force(snapshot.change_orders, period_to))
    return billed_under_maximum(
        snapshot.schedule,
        agreed,
        price,
        costs,
        before,
        certified,
        entries,
        currency,
        period_to,
        work_completed=snapshot.work_completed,
    )


def _priced(snapshot: Snapshot, entries: Iterable[TimeEntry], card: RateCard) -> Sequence[PricedEntry]:
    terms = snapshot.terms
    return price_in_order(
        entries, card, terms.hour_rounding, terms.currency, terms.overtime, snapshot.days_before
    )


def left_under_cap(snapshot: Snapshot, line: SovLine) -> Decimal | None:
    """What may still be billed on a line; None where there is no cap."""
    return None if line.cap is None else less(line.cap, _completed_before(snapshot, line.id))


def owed_over_cap(snapshot: Snapshot, line_id: UUID) -> Decimal:
    """What entries of earlier invoices came to beyond what was certified for them: over the cap, or cut."""
    worked = total(before.amount for before in snapshot.time_before if before.line_id == line_id)
    return less(worked, _completed_before(snapshot, line_id))


def _completed_before(snapshot: Snapshot, line_id: UUID) -> Decimal:
    lines = snapshot.previous.lines if snapshot.previous else ()
    return total(line.completed for line in lines if line.line_id == line_id)


def claimable(snapshot: Snapshot, offered: Sequence[TimeEntry]) -> tuple[TimeEntry, ...]:
    """Of the approved, unbilled entries those that the next invoice claims, as far as the caps let it.

    Raises Refused for an entry without a rate: it is never left out silently.
    """
    own = {line.id for line in snapshot.own_lines}
    offered = [entry for entry in offered if entry.line_id in own]
    if snapshot.limits is not None:
        return _within_limits(snapshot, snapshot.limits, offered)
    card = RateCard(snapshot.rate_card)
    terms = snapshot.terms
    taken: list[TimeEntry] = []
    for line in snapshot.schedule:
        if line.basis is not Basis.time_and_materials:
            continue
        of_line = (entry for entry in offered if entry.line_id == line.id)
        priced = _priced(snapshot, of_line, card)
        left, owed = left_under_cap(snapshot, line), owed_over_cap(snapshot, line.id)
        within = within_cap(priced, left, owed, terms.at_cap, by_day=terms.hour_rounding.by_day)
        taken.extend(each.entry for each in within)
    return tuple(taken)


def _within_limits(snapshot: Snapshot, limits: Limits, offered: Sequence[TimeEntry]) -> tuple[TimeEntry, ...]:
    lines = {line.id for line in snapshot.schedule if line.basis is Basis.time_and_materials}
    priced = _priced_by_line(snapshot, [entry for entry in offered if entry.line_id in lines])
    claimed = {charge.id for charge in _claim(snapshot, limits, priced, _at_cost(snapshot)[0]).claimed}
    return tuple(entry for entry in offered if entry.id in claimed)


def certified(snapshot: Snapshot, entries: Sequence[Entry]) -> PayApplication:
    """The certificate: the application with the amounts accepted on the lines that are cut.

    Lines not named stay as applied for. A certifier may say that material claimed as built in is still
    stored. Raises Refused for a line that is accepted with more work, or more in all, than was applied for,
    for a certificate below zero, and as `draft` does.
    """
    applied = {entry.line_id: entry for entry in claimed_entries(snapshot)}
    accepted = {entry.line_id: entry for entry in entries}
    for line_id, entry in accepted.items():
        claim = applied.get(line_id, Entry(line_id=line_id))
        if entry.this_period > claim.this_period or _claimed(entry) > _claimed(claim):
            raise _above_applied()
    cut = tuple(accepted.pop(line_id, entry) for line_id, entry in applied.items())
    billed = _billed(snapshot)
    figures = billed.time, billed.costs, billed.maximum
    certificate = _figures(snapshot, (*cut, *accepted.values()), *figures)
    if certificate.line8 < ZERO:
        raise wrong_content(
            "certificate_negative", "This certificate would take back money that was certified before."
        )
    if certificate.line8 > draft(snapshot).line8:  # less retainage is withheld where material is still stored
        raise _above_applied()
    return certificate


def _above_applied() -> Refused:
    return wrong_content("certified_above_applied", "A certificate cannot be above what was applied for.")


def _claimed(entry: Entry) -> Decimal:
    return total((entry.this_period, entry.stored))


def withheld(snapshot: Snapshot) -> PayApplication:
    """The certificate that accepts nothing new: earlier work and stored material stay as certified before."""
    entries = unchanged_entries(snapshot.schedule, snapshot.previous)
    nothing_new = snapshot.model_copy(update={"releases": (), "time": (), "costs": ()})
    return _figures(nothing_new, entries, (), ())


def unchanged_entries(schedule: Sequence[SovLine], previous: PreviousCertificate | None) -> tuple[Entry, ...]:
    """Entries that leave the work as certified before: nothing new, stored material where it was."""
    stored = {line.line_id: line.stored for line in previous.lines} if previous else {}
    return tuple(Entry(line_id=line.id, stored=stored.get(line.id, ZERO)) for line in schedule)


def suggested_entries(
    schedule: Sequence[SovLine],
    previous: PreviousCertificate | None,
    reported: Mapping[UUID, Decimal],
    not_certified: Mapping[UUID, Decimal],
    milestones: Sequence[Milestone] = (),
    *,
    complete: bool,
    by_rule: Mapping[UUID, Entry] | None = None,
) -> tuple[Entry, ...]:
    """What a new application claims before anybody edits it.

    Per line: the work reported for the period, and again what the prior certificate cut from the last
    application. `complete` claims the whole balance instead. Stored material stays until it is incorporated.
    A milestone line claims what its approved milestones come to and was not billed before, whatever its
    scheduled value: a change order that raises it brings nothing until a milestone is planned. A line billed
    by time or at cost claims its entries (`claimable`), nothing by hand. `by_rule` are `entries_by_rule`; a
    line of unit prices that was never measured has no balance to claim.
    """
    ruled = by_rule or {}
    approved = approved_amounts(milestones)
    before = {line.line_id: line for line in previous.lines} if previous else {}
    entries = []
    for line in schedule:
        known = before.get(line.id, PreviousLine(line_id=line.id))
        if line.basis is Basis.cost_plus:
            entries.append(ruled.get(line.id, Entry(line_id=line.id)))
        elif line.basis is Basis.time_and_materials:
            entries.append(Entry(line_id=line.id))
        elif line.basis is Basis.milestone:
            unbilled = less(approved.get(line.id, ZERO), known.completed)
            entries.append(Entry(line_id=line.id, this_period=max(unbilled, ZERO)))
        elif line.id in ruled and line.id not in reported:
            entries.append(ruled[line.id])
        elif complete and line.basis is not Basis.unit_price:
            entries.append(Entry(line_id=line.id, this_period=less(line.scheduled_value, known.completed)))
        else:
            claimed = total((reported.get(line.id, ZERO), not_certified.get(line.id, ZERO)))
            entries.append(Entry(line_id=line.id, this_period=claimed, stored=known.stored))
    return tuple(entries)


def entries_by_rule(
    snapshot: Snapshot, claimed_before: Mapping[UUID, Entry], taking_back: Collection[UUID] = ()
) -> Mapping[UUID, Entry]:
    """The entries of lines that claim something without anybody typing it; line → entry.

    A recurring fee claims what is due by the end of the period and not billed; a line of unit prices what the
    quantity of its last claim comes to, which is nothing new unless a certificate cut it; a line billed at
    cost is as far complete as its last claim said. A line of `taking_back`, which a revision left below what
    is billed of it, takes the difference back. All start from the prior certificate, so that asking again
    gives the same.
    """
    before = {line.line_id: line for line in snapshot.previous.lines} if snapshot.previous else {}
    currency = snapshot.terms.currency
    found: dict[UUID, Entry] = {}
    for line in snapshot.schedule:
        known = before.get(line.id, PreviousLine(line_id=line.id))
        last = claimed_before.get(line.id)
        if line.cost_plus is not None:
            said = None if last is None else last.fraction_to_date
            found[line.id] = Entry(line_id=line.id, fraction_to_date=said)
        elif line.recurring is not None:
            owed = recurring.unbilled(line.recurring, snapshot.period_to, known.completed, currency)
            found[line.id] = Entry(line_id=line.id, this_period=owed, stored=known.stored)
        elif line.unit_price is not None and last is not None and last.quantity_to_date is not None:
            again = last.model_copy(update={"this_period": ZERO, "stored": known.stored})
            found[line.id] = worked_out(line, known.completed, again, currency)
        elif line.id in taking_back:
            beyond = less(line.scheduled_value, known.completed, known.stored)
            if beyond < ZERO:
                found[line.id] = Entry(line_id=line.id, this_period=beyond, stored=known.stored)
    return found


def as_stated(snapshot: Snapshot, entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries as somebody states them, with the amounts that percentages and quantities come to.

    One that says exactly what the snapshot has is left as it is: an amount once worked out stays, although
    the scheduled value has changed since. Raises Refused as `worked_out` does; a line that is not in the
    schedule is left to `draft` to refuse.
    """
    lines = {line.id: line for line in snapshot.schedule}
    kept = {entry.line_id: entry for entry in snapshot.entries}
    before = {line.line_id: line for line in snapshot.previous.lines} if snapshot.previous else {}
    currency = snapshot.terms.currency

    def stated(entry: Entry) -> Entry:
        if entry == kept.get(entry.line_id) or entry.line_id not in lines:
            return entry
        known = before.get(entry.line_id, PreviousLine(line_id=entry.line_id))
        if lines[entry.line_id].cost_plus is not None:  # how far the work is complete is no amount
            return entry
        if entry.material is not None:
            return moved(known, entry, currency)
        return worked_out(lines[entry.line_id], known.completed, entry, currency)

    return tuple(stated(entry) for entry in entries)


def as_typed_before(
    schedule: Sequence[SovLine], entries: Sequence[Entry], typed: Mapping[UUID, Entry]
) -> tuple[Entry, ...]:
    """Entries with what somebody typed into the draft that was given up before this one.

    Say because the project manager had edited it, so that nobody could approve it. Milestones, time and
    recurring fees are not typed: they claim what is approved or due by now.
    """
    kept = {line.id for line in schedule if line.basis in _TYPED}
    return tuple(typed.get(entry.line_id, entry) if entry.line_id in kept else entry for entry in entries)


def is_fully_billed(
    schedule: Sequence[SovLine], previous: PreviousCertificate | None, *, work_completed: bool
) -> bool:
    """Whether nothing is left to bill: each line in full; lines billed by time or measure, and fees without a
    last day, once the work is complete."""
    lines = previous.lines if previous else ()
    billed = {line.line_id: total((line.completed, line.stored)) for line in lines}
    return bool(schedule) and all(
        work_completed if line.ends_when_said else billed.get(line.id, ZERO) == line.scheduled_value
        for line in schedule
    )


def content_hash(snapshot: Snapshot, figures: PayApplication | None = None) -> str:
    """What an approval is bound to: the snapshot and every figure that follows from it.

    `figures` are those of the snapshot, where the caller has them already.
    """
    return canonical.digest({"snapshot": snapshot, "figures": figures or draft(snapshot)})

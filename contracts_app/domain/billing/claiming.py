"""What a snapshot claims on each line, with the time and cost behind it, as far as caps and purchase orders
let it be billed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing import cost_lines
from contracts_app.domain.billing.maximum_price import billed as billed_under_maximum
from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine, in_force
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.cost_plus.guaranteed_maximum import maximum_price
from contracts_app.domain.cost_plus.ledger import LineCosts
from contracts_app.domain.cost_plus.maximum_billed import MaximumBilled
from contracts_app.domain.funding import limited
from contracts_app.domain.funding.caps import Claim
from contracts_app.domain.funding.charges import Charge
from contracts_app.domain.money import less, total
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.time.time_and_materials import (
    PricedEntry,
    TimeBilled,
    TimeEntry,
    bill,
    price_in_order,
    within_cap,
)


@dataclass(frozen=True)
class Billed:
    """What every line claims, and the time and cost behind it."""

    entries: tuple[Entry, ...]
    time: tuple[TimeBilled, ...]
    costs: tuple[LineCosts, ...]
    maximum: MaximumBilled | None = None


def billed(snapshot: Snapshot) -> Billed:
    """All that the snapshot claims. Raises Refused as `time_billed` and `costs_billed` do."""
    costs, maximum = _at_cost(snapshot)
    if snapshot.limits is None or not snapshot.kind.bills_work:
        time = _time(snapshot)
        return Billed(_with_details(snapshot.entries, time, costs), time, costs, maximum)
    priced = _priced_by_line(snapshot, snapshot.time)
    made = _claim(snapshot, priced, costs)
    time = tuple(limited.time_of(line_id, of_line, made) for line_id, of_line in priced.items())
    costs = limited.costs_of(costs, made)
    return Billed(limited.with_fees(_with_details(snapshot.entries, time, costs), made), time, costs)


def claimed_entries(snapshot: Snapshot) -> tuple[Entry, ...]:
    """What the invoice claims line by line, time and cost included."""
    return billed(snapshot).entries


def time_billed(snapshot: Snapshot) -> tuple[TimeBilled, ...]:
    """What each time-and-materials line bills for the entries claimed.

    A line without entries bills what earlier invoices left over a cap that has been raised since; the release
    of retainage bills no time. Raises Refused for an entry without a rate, or on a line that is not billed by
    time.
    """
    return billed(snapshot).time


def costs_billed(snapshot: Snapshot) -> tuple[LineCosts, ...]:
    """What each line billed at cost bills for the costs claimed, with the fee on them.

    The release of retainage bills no cost. Raises Refused for a cost on a line that is not billed at cost.
    """
    return billed(snapshot).costs


def _with_details(
    entries: Sequence[Entry], time: Sequence[TimeBilled], costs: Sequence[LineCosts]
) -> tuple[Entry, ...]:
    """Lines billed by time or at cost claim what their entries come to, whatever was typed."""
    by_detail = {each.line_id: each.amount for each in time} | {each.line_id: each.amount for each in costs}
    kept = tuple(entry for entry in entries if entry.line_id not in by_detail)
    return (*kept, *(Entry(line_id=line, this_period=amount) for line, amount in by_detail.items()))


def _time(snapshot: Snapshot) -> tuple[TimeBilled, ...]:
    if not snapshot.kind.bills_work:
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


def _at_cost(snapshot: Snapshot) -> tuple[tuple[LineCosts, ...], MaximumBilled | None]:
    """What lines billed at cost come to; under a guaranteed maximum price with what that stands on."""
    if not snapshot.kind.bills_work:
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


def claim_under_limits(snapshot: Snapshot, offered: Sequence[TimeEntry] | None = None) -> Claim:
    """What an invoice under caps and purchase orders bills, and what waits for which of them.

    Of the time that it claims, or of `offered`. Raises Refused as `time_billed` does, and ValueError for a
    snapshot without limits.
    """
    if snapshot.limits is None:
        raise ValueError("nothing limits this invoice beside the caps of its lines")
    time = snapshot.time if offered is None else offered
    return _claim(snapshot, _priced_by_line(snapshot, time), _at_cost(snapshot)[0])


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
    snapshot: Snapshot, priced: Mapping[UUID, Sequence[PricedEntry]], costs: Sequence[LineCosts]
) -> Claim:
    offered = limited.charges(priced, snapshot.entries, costs, snapshot.period_to)
    return limited.made_of(asked_of_limits(snapshot), offered)


def claimable(snapshot: Snapshot, offered: Sequence[TimeEntry]) -> tuple[TimeEntry, ...]:
    """Of the approved, unbilled entries those that the next invoice claims, as far as the caps let it.

    Raises Refused for an entry without a rate: it is never left out silently.
    """
    own = {line.id for line in snapshot.own_lines}
    offered = [entry for entry in offered if entry.line_id in own]
    if snapshot.limits is not None:
        return _within_limits(snapshot, offered)
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


def _within_limits(snapshot: Snapshot, offered: Sequence[TimeEntry]) -> tuple[TimeEntry, ...]:
    lines = {line.id for line in snapshot.schedule if line.basis is Basis.time_and_materials}
    priced = _priced_by_line(snapshot, [entry for entry in offered if entry.line_id in lines])
    claimed = {charge.id for charge in _claim(snapshot, priced, _at_cost(snapshot)[0]).claimed}
    return tuple(entry for entry in offered if entry.id in claimed)

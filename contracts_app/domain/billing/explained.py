"""Why a line of an invoice is what it is: the clause of the terms, the entries, their rates, the arithmetic.

Everything comes from the snapshot and the figures that follow from it, so what explains an issued invoice is
what its figures were computed from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.claiming import owed_over_cap
from contracts_app.domain.billing.milestones import MilestoneState
from contracts_app.domain.billing.pay_application import ContinuationLine, Entry, Kind, PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.unit_price import multiplied_out
from contracts_app.domain.cost_plus.ledger import LineCosts
from contracts_app.domain.money import ZERO, Amount, divide, in_percent, in_words_of_a_page, total
from contracts_app.domain.time.overtime import in_words
from contracts_app.domain.time.rate_card import RateCard, RateRow
from contracts_app.domain.time.time_and_materials import HOUR, PricedEntry, TimeBilled


class Step(BaseModel):
    """A step of the arithmetic: words, and what it comes to."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    words: str
    amount: Amount


class Explained(BaseModel):
    """A line explained. The amounts of `this_period` add up to `billed`; those of `to_date` to what is
    completed and stored to date. `clause` is what was agreed, `rates` the rates that price its time."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    item_no: str
    description: str
    clause: str
    rates: tuple[str, ...] = ()
    entries: int = 0
    this_period: tuple[Step, ...] = ()
    billed: Amount
    to_date: tuple[Step, ...] = ()
    retainage: str = ""


def explain(snapshot: Snapshot, figures: PayApplication) -> tuple[Explained, ...]:
    """Every line that bills, holds or gives back something, in the order of the schedule."""
    agreed = {line.id: line for line in snapshot.schedule}
    entries = {entry.line_id: entry for entry in snapshot.entries}
    billed = {one.line_id: one for one in figures.time}
    at_cost = {one.line_id: one for one in figures.costs}
    return tuple(
        _line(
            snapshot,
            agreed[line.line_id],
            line,
            entries.get(line.line_id, Entry(line_id=line.line_id)),
            billed.get(line.line_id),
            at_cost.get(line.line_id),
        )
        for line in figures.lines
        if line.total or line.this_period or line.released
    )


def _line(
    snapshot: Snapshot,
    agreed: SovLine,
    line: ContinuationLine,
    entry: Entry,
    time: TimeBilled | None,
    costs: LineCosts | None,
) -> Explained:
    if time is not None:
        steps, rates, entries = (
            _time_steps(snapshot, time),
            tuple(_rates(snapshot, time.entries)),
            len(time.entries),
        )
    elif costs is not None:
        steps, rates, entries = _cost_steps(costs), (), len(costs.entries)
    else:
        steps, rates, entries = tuple(_steps(snapshot, agreed, line, entry)), (), 0
    to_date = (
        Step(words="billed before", amount=line.previous),
        Step(words="this invoice", amount=line.this_period),
        Step(words="materials presently stored", amount=line.stored),
    )
    return Explained(
        line_id=line.line_id,
        item_no=line.item_no,
        description=line.description,
        clause=_clause(snapshot, agreed),
        rates=rates,
        entries=entries,
        this_period=tuple(steps),
        billed=line.this_period,
        to_date=to_date if line.stored else to_date[:2],
        retainage=_retainage(snapshot, agreed, line),
    )


def _clause(snapshot: Snapshot, line: SovLine) -> str:
    """What was agreed about the line, and which change orders changed or brought it."""
    brought = f" (change order {line.change_order})" if line.change_order else ""
    raised = [order.number for order in snapshot.change_orders if order.raises == line.id]
    changed = f", as changed by {', '.join(raised)}" if raised else ""
    return f"{_by_basis(snapshot, line)}{changed}{brought}"


def _by_basis(snapshot: Snapshot, line: SovLine) -> str:
    value = in_words_of_a_page(line.scheduled_value, snapshot.terms.currency)
    match line.basis:
        case Basis.lump_sum:
            return f"a fixed sum of {value}, billed as the work is done"
        case Basis.percent_complete:
            return f"a fixed sum of {value}, by percent complete to date"
        case Basis.milestone:
            return f"a fixed sum of {value}, by milestones that are approved"
        case Basis.unit_price:
            terms = line.unit_price
            price = f"{_price(terms.price)} for each {terms.unit}" if terms else ""
            return f"by measured quantity at {price}, estimated at {value}"
        case Basis.recurring:
            fee = line.recurring
            amount = in_words_of_a_page(fee.amount, snapshot.terms.currency) if fee else ""
            months = fee.months if fee else 1
            every = "month" if months == 1 else f"{months} months"
            return f"a fee of {amount} for every {every}, as it is due"
        case Basis.time_and_materials:
            limit = f"not to exceed {value}" if line.not_to_exceed else f"estimated at {value}"
            return f"by time at the rate card, {limit}{_rounded(snapshot)}"
        case Basis.cost_plus:
            limit = f"not to exceed {value}" if line.not_to_exceed else f"estimated at {value}"
            return f"at cost with the fee agreed on it, {limit}"


def _rounded(snapshot: Snapshot) -> str:
    rounding = snapshot.terms.hour_rounding
    if rounding.unit_seconds == 1 and not rounding.minimum_seconds:
        return ""
    way = "up to the next" if rounding.up else "to the nearest"
    least = f", at least {_hours(rounding.minimum_seconds)} for each {rounding.minimum_per.value}"
    return f"; hours {way} {_hours(rounding.unit_seconds)}{least if rounding.minimum_seconds else ''}"


def _time_steps(snapshot: Snapshot, time: TimeBilled) -> Sequence[Step]:
    """What the entries come to, by who worked at which rate, and what the limit does."""
    steps = [
        Step(words=words, amount=total(one.amount for one in entries))
        for words, entries in _by_rate(time.entries).items()
    ]
    if time.over_cap < ZERO:
        steps.append(Step(words="over the limit: stays unbilled", amount=time.over_cap))
    elif time.over_cap > ZERO:
        owed = in_words_of_a_page(owed_over_cap(snapshot, time.line_id), snapshot.terms.currency)
        steps.append(
            Step(
                words=f"worked earlier, over the limit or not certified then ({owed} of it)",
                amount=time.over_cap,
            )
        )
    return steps


def _cost_steps(costs: LineCosts) -> Sequence[Step]:
    """New cost by category, the fee, and what is claimed again or held back by the limit."""
    by_category: dict[str, list[Decimal]] = {}
    for one in costs.entries:
        by_category.setdefault(one.category.value, []).append(one.amount)
    steps = [
        Step(
            words=f"{category}, {len(amounts)} {'cost' if len(amounts) == 1 else 'costs'}",
            amount=total(amounts),
        )
        for category, amounts in by_category.items()
    ]
    if costs.fee:
        steps.append(Step(words="the fee on cost to date, less what was billed of it", amount=costs.fee))
    if costs.other:
        words = "held back by the limit" if costs.other < ZERO else "of earlier costs, billed now"
        steps.append(Step(words=words, amount=costs.other))
    return steps


def _by_rate(entries: Sequence[PricedEntry]) -> Mapping[str, Sequence[PricedEntry]]:
    found: dict[str, list[PricedEntry]] = {}
    for one in entries:
        entry = one.entry
        worked = entry.overtime
        words = f"{entry.person}, {entry.role}" if entry.role else entry.person
        words += f" at {_price(one.rate)}"
        if worked is not None:
            words += f" ({in_words(worked.kind, one.base_rate, one.factor, worked.premium_only)})"
        found.setdefault(words, []).append(one)
    return {
        f"{words}: {_hours(sum(one.seconds for one in own))} in {len(own)} "
        f"{'entry' if len(own) == 1 else 'entries'}": own
        for words, own in found.items()
    }


def _steps(snapshot: Snapshot, agreed: SovLine, line: ContinuationLine, entry: Entry) -> Iterator[Step]:
    """How what a line bills that is not billed by time came about."""
    if not line.this_period and not entry.is_stated:
        return
    words = "as entered for the period"
    if agreed.unit_price is not None and entry.quantity_to_date is not None:
        measured = multiplied_out(
            agreed.unit_price, entry.quantity_to_date, finally_measured=entry.finally_measured
        )
        words = f"measured to date {measured}, less what was billed before"
    elif entry.fraction_to_date is not None:
        words = f"{in_percent(entry.fraction_to_date)} of {_price(line.scheduled_value)} to date, less before"
    elif entry.fraction_this_period is not None:
        words = f"{in_percent(entry.fraction_this_period)} of {_price(line.scheduled_value)} this period"
    elif agreed.recurring is not None:
        words = f"due by {snapshot.period_to} and not billed before"
    elif agreed.basis is Basis.milestone:
        reached = [
            one.title
            for one in snapshot.milestones
            if one.line_id == line.line_id
            and one.state in (MilestoneState.approved, MilestoneState.partly_approved)
        ]
        words = f"approved milestones ({', '.join(reached) or 'none'}), less what was billed before"
    yield Step(words=words, amount=line.this_period)


def _rates(snapshot: Snapshot, entries: Sequence[PricedEntry]) -> Iterator[str]:
    """The rows of the rate card that price the entries, each once."""
    card = RateCard(snapshot.rate_card)
    said: dict[str, None] = {}
    for one in entries:
        work = one.entry.work
        kinds = [None] if work.overtime is None else [None, work.overtime.kind]
        for kind in kinds:
            row = card.find(work.person, work.role, work.work_date, work.project, kind)
            if row is not None:
                said[_row(row)] = None
    yield from said


def _row(row: RateRow) -> str:
    whose = " as ".join(part for part in (row.person, row.role) if part) or "everybody"
    project = f" on {row.project}" if row.project else ""
    kind = f", flat rate of {row.overtime}" if row.overtime else ""
    until = f" to before {row.effective_to}" if row.effective_to else " on"
    times = f" × {_price(row.multiplier)}" if row.multiplier is not None else ""
    return f"{whose}{project}{kind}: {_price(row.rate)}{times}, from {row.effective_from}{until}"


def _retainage(snapshot: Snapshot, agreed: SovLine, line: ContinuationLine) -> str:
    if not line.withheld and not line.released:
        return ""
    currency = snapshot.terms.currency
    terms = snapshot.terms.retainage
    own = agreed.retainage_rate
    rate = f"{in_percent(own)} of this line" if own is not None else f"{in_percent(terms.rate_completed)}"
    stored = f", {in_percent(terms.rate_stored)} of stored material" if own is None and line.stored else ""
    held = in_words_of_a_page(line.retainage, currency)
    ladder = " by its tiers and limits" if terms.tiers or terms.cap else ""
    given = f", {in_words_of_a_page(line.released, currency)} released" if line.released else ""
    released_now = snapshot.kind is Kind.retainage_release
    said = "released by this invoice" if released_now else f"withheld at {rate}{stored}{ladder}"
    return f"{in_words_of_a_page(line.withheld, currency)} {said}{given}: {held} held"


def _hours(seconds: int) -> str:
    if seconds % 36 == 0:
        return f"{_plain(divide(Decimal(seconds), HOUR))} h"
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}:{rest:02d} h"


def _plain(number: Decimal) -> str:
    return _written(number, 0)


def _price(number: Decimal) -> str:
    """With two decimals, more only where it has them."""
    return _written(number, 2)


def _written(number: Decimal, least: int) -> str:
    whole, _, part = f"{number:,f}".partition(".")
    part = part.rstrip("0").ljust(least, "0")
    return f"{whole}.{part}" if part else whole

"""Which part of an application's work bears which rate of retainage, where rates change with completion
(docs/SPEC-retainage.md, "Tiers"): for whoever approves it, and on its paper."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.pay_application import Kind, PayApplication
from contracts_app.domain.billing.schedule_of_values import in_force
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.money import (
    ZERO,
    Amount,
    in_percent,
    in_words_of_a_page,
    largest_remainder,
    less,
    multiply,
    opposite,
    total,
)
from contracts_app.domain.retainage.retainage_measures import line_value, sums
from contracts_app.domain.retainage.retainage_terms import (
    CompletionOf,
    RetainageRate,
    RetainageTerms,
    TierMode,
)
from contracts_app.domain.retainage.retainage_tiers import reached, steps


class TierSlice(BaseModel):
    """Completed work of an application (column E) that bears one rate."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    work: Amount
    rate: RetainageRate


def slices(snapshot: Snapshot, figures: PayApplication) -> tuple[TierSlice, ...]:
    """The work of this application by the rate that it bears, in the order of the tiers; none where rates do
    not change with completion. A crossing is split; the parts add up to the work, to the cent."""
    agreed = snapshot.terms.retainage
    if agreed.tiers is None or snapshot.kind is Kind.retainage_release:
        return ()
    by_tier: dict[int, Decimal] = {}
    for before, now, of in _measured(snapshot, figures):
        for number, part in _parts(agreed, before, now, of):
            by_tier[number] = total((by_tier.get(number, ZERO), part))
    numbers = sorted(number for number, part in by_tier.items() if part)
    exact = [by_tier[number] for number in numbers]
    parts = largest_remainder(exact, total(exact), figures.currency) if exact else []
    rates = [tier.rate_completed for tier in steps(agreed)]
    return tuple(
        TierSlice(work=part, rate=rates[number]) for number, part in zip(numbers, parts, strict=True)
    )


def in_words(snapshot: Snapshot, figures: PayApplication) -> str:
    """The slices as a sentence; nothing where there are none."""
    found = slices(snapshot, figures)
    agreed = snapshot.terms.retainage
    if not found or agreed.tiers is None:
        return ""
    said = ", ".join(
        f"{in_words_of_a_page(one.work, figures.currency)} at {in_percent(one.rate)}" for one in found
    )
    sentence = f"Retainage on the completed work of this application: {said}."
    if agreed.tiers.mode is TierMode.step_down:
        sentence += " At a tier its rate is held on all work, and what is held above it is released."
    if agreed.cap is not None:
        sentence += " Withholding stops at the most that is agreed."
    return sentence


def _measured(snapshot: Snapshot, figures: PayApplication) -> Iterator[tuple[Decimal, Decimal, Decimal]]:
    """Completed before, completed now and the sum that completion is a part of: of the contract, or by
    line."""
    agreed = snapshot.terms.retainage
    orders = in_force(snapshot.change_orders, snapshot.period_to)
    by_id = {line.id: line for line in snapshot.schedule}
    under = [
        line
        for line in figures.lines
        if agreed.rate_of(by_id[line.line_id].retainage_rate, line.change_order) is None
    ]
    if agreed.tiers is not None and agreed.tiers.completion_of is CompletionOf.line:
        for line in under:
            yield line.previous, line.completed, line_value(by_id[line.line_id], orders, agreed)
        return
    before, now = (total(line.previous for line in under), total(line.completed for line in under))
    yield before, now, sums(snapshot.terms, snapshot.schedule, orders).under_rates


def _parts(
    agreed: RetainageTerms, before: Decimal, now: Decimal, of: Decimal
) -> Iterator[tuple[int, Decimal]]:
    """The parts of the work between two completions, by the number of their tier; exact."""
    if of < ZERO:
        for number, part in _parts(agreed, opposite(before), opposite(now), opposite(of)):
            yield number, opposite(part)
        return
    if now < before:
        for number, part in _parts(agreed, now, before, of):
            yield number, opposite(part)
        return
    assert agreed.tiers is not None
    if of.is_zero() or agreed.tiers.mode is TierMode.step_down:
        yield reached(agreed, now, ZERO, of), less(now, before)
        return
    starts = [multiply(tier.above, of) for tier in steps(agreed)]
    for number, (start, end) in enumerate(pairwise([*starts, max(now, starts[-1])])):
        low = before if number == 0 else max(before, start)
        yield number, max(less(min(now, end), low), ZERO)

"""Retainage whose rate changes with completion: which part of the work bears which rate
(docs/SPEC-retainage.md, "Tiers")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from contracts_app.domain.money import ZERO, less, multiply, opposite, total
from contracts_app.domain.retainage.retainage_terms import RetainageTerms, RetainageTier


@dataclass(frozen=True, slots=True)
class Borne:
    """Retainage of an amount of work, exact (unrounded): on completed work and on stored material."""

    completed: Decimal
    stored: Decimal

    @property
    def whole(self) -> Decimal:
        """Both together."""
        return total((self.completed, self.stored))


def steps(terms: RetainageTerms) -> Sequence[RetainageTier]:
    """Every tier from completion 0 on: the contract's first rates, then its tiers."""
    first = RetainageTier(above=ZERO, rate_completed=terms.rate_completed, rate_stored=terms.rate_stored)
    return (first, *(terms.tiers.tiers if terms.tiers else ()))


def borne(terms: RetainageTerms, completed: Decimal, stored: Decimal, of: Decimal) -> Borne:
    """What work and stored material to date bear, each slice at the rate of the tier in which it lies.

    `of` is the sum that completion is a part of. Work fills the tiers from below; stored material lies on top
    of it where it counts as completion, and otherwise bears the rate of the tier that the work has reached.
    Where nothing was agreed (`of` is zero) no tier is reached. A deductive sum is the mirror of an addition.
    """
    if of < ZERO:
        mirrored = borne(terms, opposite(completed), opposite(stored), opposite(of))
        return Borne(opposite(mirrored.completed), opposite(mirrored.stored))
    known = steps(terms)
    if terms.tiers is None or of.is_zero():
        return Borne(multiply(completed, known[0].rate_completed), multiply(stored, known[0].rate_stored))
    on_completed = _up_to(completed, of, [(tier.above, tier.rate_completed) for tier in known])
    if not terms.tiers.with_stored:
        rate = known[reached(terms, completed, stored, of)].rate_stored
        return Borne(on_completed, multiply(stored, rate))
    rates = [(tier.above, tier.rate_stored) for tier in known]
    on_top = total((completed, stored))
    return Borne(on_completed, less(_up_to(on_top, of, rates), _up_to(completed, of, rates)))


def reached(terms: RetainageTerms, completed: Decimal, stored: Decimal, of: Decimal) -> int:
    """The number of the tier that completion has reached, 0 for the first rates; at its threshold a tier is
    reached."""
    if terms.tiers is None or of.is_zero():
        return 0
    if of < ZERO:
        return reached(terms, opposite(completed), opposite(stored), opposite(of))
    done = total((completed, stored)) if terms.tiers.with_stored else completed
    return sum(multiply(tier.above, of) <= done for tier in terms.tiers.tiers)


def at_tier(terms: RetainageTerms, number: int, completed: Decimal, stored: Decimal) -> Decimal:
    """What all work and stored material would bear at the rates of one tier, exact."""
    tier = steps(terms)[number]
    return total((multiply(completed, tier.rate_completed), multiply(stored, tier.rate_stored)))


def _up_to(work: Decimal, of: Decimal, rates: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """The sum of the slices from 0 up to `work`; below 0 the first rate goes on."""
    bounds = [(multiply(above, of), rate) for above, rate in rates]
    last_from, last_rate = bounds[-1]
    parts = [multiply(min(work, ZERO), bounds[0][1]), multiply(max(less(work, last_from), ZERO), last_rate)]
    for (start, rate), (end, _) in pairwise(bounds):
        parts.append(multiply(max(less(min(work, end), start), ZERO), rate))
    return total(parts)

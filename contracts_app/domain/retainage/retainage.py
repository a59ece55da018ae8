"""Retainage: what is withheld to date, held and released, line by line (docs/SPEC-retainage.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.money import (
    ZERO,
    in_proportion,
    largest_remainder,
    less,
    multiply,
    opposite,
    round_to,
    share,
    total,
)
from contracts_app.domain.retainage import retainage_tiers
from contracts_app.domain.retainage.retainage_shares import Share, shared
from contracts_app.domain.retainage.retainage_terms import (
    CapCounts,
    CompletionOf,
    RetainageCap,
    RetainageLevel,
    RetainageTerms,
    TierMode,
)


@dataclass(frozen=True, slots=True)
class Before:
    """Where a line stood on the prior certificate. `withheld` is None where that is not known."""

    completed: Decimal = ZERO
    stored: Decimal = ZERO
    withheld: Decimal | None = ZERO


@dataclass(frozen=True, slots=True)
class LineWork:
    """A line as retainage sees it: completed work D + E and stored material F to date.

    `rate` is the one rate of a line that is not under the contract's rates (`RetainageTerms.rate_of`),
    `value` the sum on which the line's own completion is measured, `released` what is released to date, on
    this invoice too.
    """

    line_id: UUID
    rate: Decimal | None
    completed: Decimal
    stored: Decimal
    value: Decimal = ZERO
    released: Decimal = ZERO
    before: Before = Before()


@dataclass(frozen=True, slots=True)
class Sums:
    """The contract sum in the two measures: that of the lines under the contract's rates, as tiers measure
    it, and the whole, as the cap measures it."""

    under_rates: Decimal = ZERO
    capped: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Retained:
    """Retainage to date per line, in whole minor units: withheld, and released (what a step down releases
    included). `on_completed` is the part of what is withheld that is on completed work."""

    withheld: Mapping[UUID, Decimal]
    released: Mapping[UUID, Decimal]
    on_completed: Decimal


def retained(terms: RetainageTerms, lines: Sequence[LineWork], sums: Sums, currency: str) -> Retained:
    """Retainage of a contract to date, by whatever was agreed.

    Always what work to date bears in all; the earlier is subtracted by whoever bills it.
    """
    released = {line.line_id: line.released for line in lines}
    if not terms.remembers:
        on_work = withheld_to_date(terms, [(x.line_id, x.rate, x.completed, ZERO) for x in lines], currency)
        on_all = withheld_to_date(
            terms, [(x.line_id, x.rate, x.completed, x.stored) for x in lines], currency
        )
        return Retained(on_all, released, total(on_work.values()))
    on_completed = total(
        _borne(terms, [replace(line, stored=ZERO) for line in lines], sums, currency).values()
    )
    if _without_work(lines):
        unchanged = {line.line_id: line.before.withheld or ZERO for line in lines}
        return Retained(unchanged, released, min(on_completed, total(unchanged.values())))
    borne = _borne(terms, lines, sums, currency)
    withheld: Mapping[UUID, Decimal] = borne
    if terms.cap is not None:
        withheld = _capped(terms, terms.cap, borne, lines, sums, currency)
        if withheld != borne:  # completed work fills the cap first
            on_completed = min(on_completed, total(withheld.values()))
    if terms.tiers is not None and terms.tiers.mode is TierMode.step_down:
        return Retained(withheld, _stepped_down(terms, withheld, lines, sums, currency), on_completed)
    return Retained(withheld, released, on_completed)


def _without_work(lines: Sequence[LineWork]) -> bool:
    """Whether no work moved since a certificate whose withholding is known: a tier that a change order opens
    again is withheld with the next work, so that a release of retainage is nothing else."""
    return all(
        line.before.withheld is not None
        and (line.completed, line.stored) == (line.before.completed, line.before.stored)
        for line in lines
    )


def withheld_to_date(
    terms: RetainageTerms,
    lines: Sequence[tuple[UUID, Decimal | None, Decimal, Decimal]],
    currency: str,
) -> Mapping[UUID, Decimal]:
    """Retainage withheld at flat rates on work to date, before any release, per line.

    Each line is (id, its one rate or None, completed work D + E, stored material F). A line's own rate
    replaces both contract rates. At level `contract` the sum is rounded once and spread over the lines by
    largest remainder, so that line 5 equals the sum of column I at either level.
    """
    exact = {
        line_id: total(
            (
                multiply(completed, terms.rate_completed if own is None else own),
                multiply(stored, terms.rate_stored if own is None else own),
            )
        )
        for line_id, own, completed, stored in lines
    }
    return _rounded(exact, terms.level, currency)


def _rounded(exact: Mapping[UUID, Decimal], level: RetainageLevel, currency: str) -> Mapping[UUID, Decimal]:
    if level is RetainageLevel.line:
        return {line_id: round_to(amount, currency) for line_id, amount in exact.items()}
    shares = list(exact.values())
    whole = round_to(total(shares), currency)
    return dict(zip(exact, largest_remainder(shares, whole, currency), strict=True))


def _by_contract(terms: RetainageTerms) -> bool:
    return terms.tiers is not None and terms.tiers.completion_of is CompletionOf.contract


def _borne(
    terms: RetainageTerms, lines: Sequence[LineWork], sums: Sums, currency: str
) -> Mapping[UUID, Decimal]:
    """What each line bears to date without the cap, rounded; never less than what was released of it.

    Tiers of the contract give one figure for all lines under its rates; it is rounded once.
    """
    alone = [line for line in lines if line.rate is not None or not _by_contract(terms)]
    rounded = _rounded({line.line_id: _alone(terms, line) for line in alone}, terms.level, currency)
    found = {line.line_id: _at_least(rounded[line.line_id], _gone(line)) for line in alone}
    if not _by_contract(terms):
        return found
    under = [line for line in lines if line.rate is None]
    if under:
        whole = retainage_tiers.borne(terms, *_work_under_rates(lines), sums.under_rates).whole
        figure = _at_least(round_to(whole, currency), total(_gone(line) for line in under))
        parts = shared(figure, _shares(terms, under, sums), currency)
        found.update(zip((line.line_id for line in under), parts, strict=True))
    return {line.line_id: found[line.line_id] for line in lines}


def _gone(line: LineWork) -> Decimal:
    """What was withheld on a line and is released: whatever the work bears now, it is withheld no less."""
    if line.before.withheld is None:
        return line.released
    return min(line.released, line.before.withheld, key=Decimal.copy_abs)


def _at_least(amount: Decimal, gone: Decimal) -> Decimal:
    return min(amount, gone) if gone < ZERO else max(amount, gone) if gone else amount


def _alone(terms: RetainageTerms, line: LineWork) -> Decimal:
    """What a line bears by its own rate, or by its own completion, exact."""
    if line.rate is not None:
        return multiply(total((line.completed, line.stored)), line.rate)
    return retainage_tiers.borne(terms, line.completed, line.stored, line.value).whole


def _back_then(line: LineWork) -> LineWork:
    """The line with the work of the prior certificate."""
    return replace(line, completed=line.before.completed, stored=line.before.stored)


def _shares(terms: RetainageTerms, lines: Sequence[LineWork], sums: Sums) -> Sequence[Share]:
    """What decides which line bears how much of one figure."""
    known = all(line.before.withheld is not None for line in lines)
    bears = _weight(terms, lines, sums)
    return [
        Share(
            bears=bears(line),
            moved=less(bears(line), bears(_back_then(line)) if known else line.released),
            withheld_before=(line.before.withheld or ZERO) if known else line.released,
            released=line.released,
        )
        for line in lines
    ]


def _weight(terms: RetainageTerms, lines: Sequence[LineWork], sums: Sums) -> Callable[[LineWork], Decimal]:
    """How much a line bears beside the others. Under tiers of the contract each line's work bears what all
    work bears on average; twelve digits of that are enough to say who takes a cent."""
    if not _by_contract(terms):
        return lambda line: _alone(terms, line)
    completed, stored = _work_under_rates(lines)
    whole = retainage_tiers.borne(terms, completed, stored, sums.under_rates)
    on_completed = share(whole.completed, completed) if completed else terms.rate_completed
    on_stored = share(whole.stored, stored) if stored else terms.rate_stored

    def bears(line: LineWork) -> Decimal:
        if line.rate is not None:
            return _alone(terms, line)
        return total((multiply(line.completed, on_completed), multiply(line.stored, on_stored)))

    return bears


def _work_under_rates(lines: Sequence[LineWork]) -> tuple[Decimal, Decimal]:
    """Completed work and stored material of the lines under the contract's rates."""
    under = [line for line in lines if line.rate is None]
    return total(line.completed for line in under), total(line.stored for line in under)


def limit(cap: RetainageCap, contract_sum: Decimal, currency: str) -> Decimal:
    """The most that a cap lets be withheld, in whole minor units."""
    if cap.amount is not None:
        return cap.amount
    return round_to(multiply(max(contract_sum, ZERO), cap.fraction or ZERO), currency)


def _capped(
    terms: RetainageTerms,
    cap: RetainageCap,
    borne: Mapping[UUID, Decimal],
    lines: Sequence[LineWork],
    sums: Sums,
    currency: str,
) -> Mapping[UUID, Decimal]:
    """What is withheld where the cap is in the way: it stops in the middle of an application.

    Where the cap has come down below what is released, nothing more is held.
    """
    whole, released = total(borne.values()), total(_gone(line) for line in lines)
    most = limit(cap, sums.capped, currency)
    if cap.counts is CapCounts.withheld:
        allowed = min(whole, max(most, released))
    else:
        # A release makes room for new work only: what was not withheld on earlier work never is.
        free = max(less(whole, released, most), _not_withheld_before(terms, lines, sums, currency))
        allowed = less(whole, max(min(free, less(whole, released)), ZERO))
    if allowed == whole:
        return borne
    parts = shared(allowed, _shares(terms, lines, sums), currency)
    return dict(zip((line.line_id for line in lines), parts, strict=True))


def _not_withheld_before(
    terms: RetainageTerms, lines: Sequence[LineWork], sums: Sums, currency: str
) -> Decimal:
    """What the work of the prior certificate bears without the cap, above what was withheld on it."""
    withheld = [line.before.withheld for line in lines if line.before.withheld is not None]
    if len(withheld) < len(lines):
        return ZERO
    bore = _borne(terms, [_back_then(line) for line in lines], sums, currency)
    return less(total(bore.values()), *withheld)


def _stepped_down(
    terms: RetainageTerms,
    withheld: Mapping[UUID, Decimal],
    lines: Sequence[LineWork],
    sums: Sums,
    currency: str,
) -> Mapping[UUID, Decimal]:
    """What is released to date, with what a tier releases when it is reached: all that is held above the
    tier's rate on all work. What was released stays released when a tier opens again."""
    released = {line.line_id: line.released for line in lines}
    under = [line for line in lines if line.rate is None]
    if not _by_contract(terms):
        for line in under:
            number = retainage_tiers.reached(terms, line.completed, line.stored, line.value)
            kept = round_to(retainage_tiers.at_tier(terms, number, line.completed, line.stored), currency)
            above = _above(withheld[line.line_id], line.released, kept) if number else ZERO
            released[line.line_id] = total((line.released, above))
        return released
    number = retainage_tiers.reached(terms, *_work_under_rates(lines), sums.under_rates)
    if not number:
        return released
    exact = [retainage_tiers.at_tier(terms, number, line.completed, line.stored) for line in under]
    keeping = largest_remainder(exact, round_to(total(exact), currency), currency)
    held = [less(withheld[line.line_id], line.released) for line in under]
    above_each = [
        max(less(amount, max(keeps, ZERO)), ZERO) for amount, keeps in zip(held, keeping, strict=True)
    ]
    above = min(less(total(held), total(keeping)), total(above_each))
    if above > ZERO:
        parts = in_proportion(above, above_each, currency)
        for line, part in zip(under, parts, strict=True):
            released[line.line_id] = total((line.released, part))
    return released


def _above(withheld: Decimal, released: Decimal, kept: Decimal) -> Decimal:
    """What is held above `kept`; on a credit line, below it."""
    if withheld < ZERO:
        return opposite(_above(opposite(withheld), opposite(released), opposite(kept)))
    return max(min(less(withheld, released, kept), less(withheld, released)), ZERO)

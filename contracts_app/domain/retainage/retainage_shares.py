"""One figure of retainage for several lines: which line bears how much of it (docs/SPEC-retainage.md,
"Shared by the lines")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts_app.domain.money import ZERO, in_proportion, less, opposite, round_to, total


@dataclass(frozen=True, slots=True)
class Share:
    """What decides a line's part: what it would bear by its work, by how much the work since the prior
    certificate moved that, and what was withheld then and released to date."""

    bears: Decimal
    moved: Decimal
    withheld_before: Decimal
    released: Decimal


def shared(whole: Decimal, lines: Sequence[Share], currency: str) -> tuple[Decimal, ...]:
    """`whole` spread over the lines, exact to the cent; work that is done keeps its part.

    More than before goes to the lines with new work, in proportion to what that would bear; without new work
    (a change order has re-opened a tier) to all lines by their work. Less than before is taken first where
    work went back, then from all lines in proportion to what they hold, so that no line falls below what was
    released on it as long as anything is held.
    """
    before = [line.withheld_before for line in lines]
    change = less(whole, total(before))
    if change > ZERO:
        return _with(before, _first(change, [_new_work(lines), _all_work(lines)], currency))
    held = [max(less(line.withheld_before, line.released), ZERO) for line in lines]
    went_back = [
        min(room, max(round_to(opposite(line.moved), currency), ZERO))
        for room, line in zip(held, lines, strict=True)
    ]
    taken = _taken(opposite(change), went_back, currency)
    before = [less(amount, part) for amount, part in zip(before, taken, strict=True)]
    held = [less(room, part) for room, part in zip(held, taken, strict=True)]
    change = total((change, *taken))
    taken = _taken(opposite(change), held, currency)
    before = [less(amount, part) for amount, part in zip(before, taken, strict=True)]
    change = total((change, *taken))
    if change.is_zero():
        return tuple(before)
    # Nothing is held any more: what is left is a credit, or more was released than the work still bears.
    credit = [max(opposite(line.bears), ZERO) for line in lines]
    return _with(before, _first(change, [credit, _all_work(lines)], currency))


def _taken(amount: Decimal, rooms: Sequence[Decimal], currency: str) -> Sequence[Decimal]:
    """As much of the amount as there is room for, in proportion to the rooms."""
    fits = min(amount, total(rooms))
    return in_proportion(fits, rooms, currency) if fits > ZERO else [ZERO] * len(rooms)


def _new_work(lines: Sequence[Share]) -> Sequence[Decimal]:
    return [max(line.moved, ZERO) for line in lines]


def _all_work(lines: Sequence[Share]) -> Sequence[Decimal]:
    return [max(line.bears, ZERO) for line in lines]


def _first(change: Decimal, choices: Sequence[Sequence[Decimal]], currency: str) -> Sequence[Decimal]:
    """The change spread by the first weights that there are; by none of them, evenly."""
    evenly = [Decimal(1)] * len(choices[0])
    weights = next((each for each in choices if total(each) > ZERO), evenly)
    return in_proportion(change, weights, currency)


def _with(before: Sequence[Decimal], change: Sequence[Decimal]) -> tuple[Decimal, ...]:
    return tuple(total((amount, part)) for amount, part in zip(before, change, strict=True))

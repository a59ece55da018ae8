"""Retainage released: by amount, part, line or event, and replaced by a security (docs/SPEC-retainage.md,
"Releases"). Held is withheld less released, per line, and a release never takes more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import (
    ZERO,
    Amount,
    in_proportion,
    in_words_of_a_page,
    is_at_scale,
    largest_remainder,
    less,
    multiply,
    round_to,
    total,
)
from contracts_app.domain.names import Name
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.retainage.retainage_terms import ReleaseEvent as ReleaseEvent


def release_by_line(
    held: Mapping[UUID, Decimal], amount: Decimal | None, currency: str
) -> Mapping[UUID, Decimal]:
    """Spread a release over the lines in proportion to what each still holds, exact to the cent.

    `amount` None releases everything held. A line that holds a credit (a deductive change order) gives its
    credit back in the same proportion. Raises Refused when more would be released than is held.
    """
    whole = total(held.values())
    if amount is None:
        return dict(held)
    if amount <= ZERO or amount > whole:
        raise wrong_content(
            "release_exceeds_held",
            "A release is more than zero and at most the retainage held, "
            f"{in_words_of_a_page(whole, currency)}.",
        )
    if not is_at_scale(amount, currency):
        raise wrong_content("too_many_decimals", f"{amount:f} has more decimals than {currency} has.")
    return dict(zip(held, in_proportion(amount, list(held.values()), currency), strict=True))


def release_part(held: Mapping[UUID, Decimal], part: Decimal, currency: str) -> Mapping[UUID, Decimal]:
    """Release a part of what is held, a fraction above 0 and up to 1; the sum rounds once and is spread as an
    amount is. Raises Refused for another fraction and where there is nothing to release."""
    if not ZERO < part <= 1:
        raise wrong_content(
            "release_not_a_part", "The part of retainage that is released is above 0 % and at most 100 %."
        )
    return release_by_line(held, round_to(multiply(total(held.values()), part), currency), currency)


def release_of_lines(
    held: Mapping[UUID, Decimal], lines: Mapping[UUID, Decimal | None], currency: str
) -> Mapping[UUID, Decimal]:
    """Release named lines only (an early finishing trade): an amount of each, or with None all it holds.

    Raises Refused for no line, for a line that holds nothing, and for more than a line holds.
    """
    released: dict[UUID, Decimal] = {}
    for line_id, amount in lines.items():
        of_line = held.get(line_id, ZERO)
        if of_line <= ZERO:
            raise wrong_content("release_exceeds_held", "A line that is released holds no retainage.")
        released.update(release_by_line({line_id: of_line}, amount, currency))
    if not released:
        raise wrong_content("nothing_released", "Name at least one line whose retainage is released.")
    return released


class ReleaseCause(BaseModel):
    """Why an invoice releases retainage before everything is closed out: events that were reached, or a
    security that takes its place (by its reference)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    events: tuple[Name, ...] = ()
    security: Name | None = None


def release_on_events(
    withheld: Mapping[UUID, Decimal],
    released: Mapping[UUID, Decimal],
    events: Sequence[ReleaseEvent],
    reached: Collection[str],
    currency: str,
) -> Mapping[UUID, Decimal]:
    """What the events that are reached release now: their parts of all that was withheld on each line, less
    what was released before, whatever released it. Nothing where that is more already.

    Raises Refused where events release more than everything.
    """
    if total(known.part for known in events) > 1:
        raise wrong_content("events_release_too_much", "The events together release at most 100 %.")
    part = total(known.part for known in events if known.event in reached)
    exact = [multiply(amount, part) for amount in withheld.values()]
    should = largest_remainder(exact, round_to(total(exact), currency), currency)
    now = {}
    for line_id, amount in zip(withheld, should, strict=True):
        earlier = released.get(line_id, ZERO)
        left = less(amount, earlier)
        # A credit goes back as a credit; what is released already is not taken back.
        if left and (left > ZERO) is (withheld[line_id] > ZERO):
            now[line_id] = left
    return now


class Cause(StrEnum):
    """Why retainage moved: withheld on work, released to be paid, or replaced by a security."""

    withheld = "withheld"
    released = "released"
    substituted = "substituted"


class Posting(BaseModel):
    """One entry of the retainage ledger, per line."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    cause: Cause
    amount: Amount


@dataclass(frozen=True, slots=True)
class Position:
    """What the ledger says of a line, or of all: withheld is held plus released; `substituted` is the part of
    what is released for which the client holds a security instead."""

    withheld: Decimal
    released: Decimal
    substituted: Decimal

    @property
    def held(self) -> Decimal:
        """Withheld less released."""
        return less(self.withheld, self.released)


def position(postings: Iterable[Posting]) -> Position:
    """The sum of postings: of one line or of all."""
    sums = dict.fromkeys(Cause, ZERO)
    for each in postings:
        sums[each.cause] = total((sums[each.cause], each.amount))
    substituted = sums[Cause.substituted]
    return Position(sums[Cause.withheld], total((sums[Cause.released], substituted)), substituted)


def substituted(
    held: Mapping[UUID, Decimal], security: Decimal, secured_before: Decimal, currency: str
) -> tuple[Posting, ...]:
    """The ledger entries when a bond or securities take the place of retainage held.

    The client pays out what is held as far as the security covers it beyond what it replaced before; nothing
    of it becomes due because of the work. Raises Refused for a security that covers nothing more.
    """
    covered = min(less(security, secured_before), total(held.values()))
    if covered <= ZERO:
        raise wrong_content(
            "nothing_substituted",
            f"A security of {in_words_of_a_page(security, currency)} replaces no more retainage: "
            f"{in_words_of_a_page(secured_before, currency)} is replaced, "
            f"{in_words_of_a_page(total(held.values()), currency)} is held.",
        )
    parts = release_by_line(held, covered, currency)
    return tuple(
        Posting(line_id=line_id, cause=Cause.substituted, amount=part)
        for line_id, part in parts.items()
        if part
    )

"""Time and materials: entries priced by the rate card, up to the not-to-exceed amount of their line.

Worked numbers stand in docs/SPEC-time-and-materials.md. An entry is rounded once: hours to the contract's
unit, then the amount to the cent, so that every printed line multiplies out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.contract import AtCap, HourRounding, Name
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Rate,
    divide,
    in_words_of_a_page,
    is_at_scale,
    less,
    multiply,
    round_to,
    total,
)
from contracts_app.domain.rate_card import RateCard
from contracts_app.domain.refusals import Refused, wrong_content

HOUR = 3600
DAY = 24 * HOUR
"""Seconds of a day: nobody works more, however the time comes in."""
Seconds = Annotated[int, Field(ge=-360_000, le=360_000)]


class TimeEntry(BaseModel):
    """Time worked, as it can be billed: who, when, how long, and where it was read.

    `bill_seconds` is the time to charge instead of the time worked (a write-up or write-down with a reason).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    line_id: UUID
    work_date: date
    person: Name
    role: Name | None = None
    description: str = ""
    seconds: Seconds
    bill_seconds: Seconds | None = None
    source: str = ""
    """File, sheet and row; empty for time that was typed in."""
    position: int = 0
    """The row in its file, so that entries of a day are billed in the file's order."""


class PricedEntry(BaseModel):
    """An entry at its rate: `seconds` as billed (rounded to the contract's unit) × rate = amount."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    entry: TimeEntry
    seconds: int
    rate: Rate
    amount: Amount


class TimeBilled(BaseModel):
    """What a line bills for time on one invoice.

    `over_cap` is signed: negative where entries pass the not-to-exceed amount (that part stays unbilled),
    positive where such a part of earlier invoices is billed now. Entries and `over_cap` add up to `amount`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    entries: tuple[PricedEntry, ...]
    over_cap: Amount
    amount: Amount


def billed_seconds(entry: TimeEntry, rounding: HourRounding) -> int:
    """The time charged, rounded to the contract's unit, half away from zero or always up."""
    return rounded(entry.seconds if entry.bill_seconds is None else entry.bill_seconds, rounding)


def rounded(seconds: int, rounding: HourRounding) -> int:
    """Time as the contract rounds it, in seconds."""
    whole, rest = divmod(abs(seconds), rounding.unit_seconds)
    up = rest > 0 if rounding.up else 2 * rest >= rounding.unit_seconds
    charged = (whole + (1 if rest and up else 0)) * rounding.unit_seconds
    return charged if seconds >= 0 else -charged


def price(entry: TimeEntry, card: RateCard, rounding: HourRounding, currency: str) -> PricedEntry:
    """The entry at the rate of its work date. Raises Refused (`no_rate`) when the card has none."""
    row = card.find(entry.person, entry.role, entry.work_date)
    if row is None:
        raise Refused("no_rate", no_rate(entry))
    seconds = billed_seconds(entry, rounding)
    return PricedEntry(
        entry=entry, seconds=seconds, rate=row.rate, amount=amount_of(seconds, row.rate, currency)
    )


def no_rate(entry: TimeEntry) -> str:
    """The sentence for work that the rate card does not price."""
    who = f"{entry.person} ({entry.role})" if entry.role else entry.person
    return f"The rate card has no rate for {who} on {entry.work_date}: add one, or transfer the entry."


def amount_of(seconds: int, rate: Decimal, currency: str) -> Decimal:
    """Time × rate per hour, rounded once."""
    return round_to(divide(multiply(Decimal(seconds), rate), HOUR), currency)


def in_billing_order(entries: Iterable[TimeEntry]) -> list[TimeEntry]:
    """By work date; entries of one day in the order of their file."""
    return sorted(entries, key=lambda entry: (entry.work_date, entry.position, entry.id))


def within_cap(
    priced: Sequence[PricedEntry], left: Decimal | None, owed: Decimal, at_cap: AtCap
) -> tuple[PricedEntry, ...]:
    """The entries that the next invoice claims, in billing order.

    `left` is what may still be billed on the line (None: no cap); `owed` is what earlier invoices left over
    the cap, which comes first. Whole entries are taken until the cap; with `bill_to_cap` also the one that
    crosses it, whose excess stays unbilled over the cap. Corrections (entries at no charge or below) are all
    taken: they only make room, and the client gets them however much waits at the cap.
    """
    if left is None:
        return tuple(priced)
    corrections = [candidate for candidate in priced if candidate.amount <= ZERO]
    so_far = total((owed, *(correction.amount for correction in corrections)))
    taken = {correction.entry.id for correction in corrections}
    for candidate in priced:
        if candidate.amount <= ZERO:
            continue
        following = total((so_far, candidate.amount))
        if not (following <= left if at_cap is AtCap.hold_whole_entries else so_far < left):
            break
        taken.add(candidate.entry.id)
        so_far = following
    return tuple(candidate for candidate in priced if candidate.entry.id in taken)


def accepted_part(cut: Decimal, accepted: Decimal, asked: Decimal | None, currency: str) -> Decimal:
    """What is accepted now of a certifier's cut, of which `accepted` was accepted before.

    `asked` None is all that is left. What is accepted counts as not worked, so the line does not bill it
    again. Raises Refused for an amount that is not there.
    """
    left = less(cut, accepted)
    if left <= ZERO:
        raise Refused("nothing_cut", "Nothing is left of a certifier's cut on this line to accept.")
    amount = left if asked is None else asked
    if not ZERO < amount <= left or not is_at_scale(amount, currency):
        raise wrong_content(
            "above_the_cut",
            f"Of what the certificate cut {in_words_of_a_page(left, currency)} is left: accept that or less.",
        )
    return amount


def bill(line_id: UUID, priced: Sequence[PricedEntry], left: Decimal | None, owed: Decimal) -> TimeBilled:
    """What the line bills: its entries, less what passes the cap, plus what earlier invoices left over."""
    worked = total(entry.amount for entry in priced)
    due = total((worked, owed))
    amount = due if left is None else min(due, max(left, ZERO))
    return TimeBilled(line_id=line_id, entries=tuple(priced), over_cap=less(amount, worked), amount=amount)

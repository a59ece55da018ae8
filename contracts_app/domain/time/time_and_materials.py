"""Time and materials: entries priced by the rate card, up to the not-to-exceed amount of their line.

Worked numbers stand in docs/SPEC-time-and-materials.md. An entry is rounded once: hours to the contract's
unit, then the amount to the cent, so that every printed line multiplies out. What an hour of overtime costs
stands in `overtime`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.contract import AtCap, HourRounding, MinimumPer, OvertimeTerms
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
from contracts_app.domain.names import Name
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.time.overtime import OvertimeWorked, Work, looked_up
from contracts_app.domain.time.rate_card import RateCard

HOUR = 3600
DAY = 24 * HOUR
"""Seconds of a day: nobody works more, however the time comes in."""
Seconds = Annotated[int, Field(ge=-360_000, le=360_000)]


class SplitWhole(BaseModel):
    """The time that an entry is a part of: how long it was, and how much of it stands in the parts before."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    seconds: Seconds
    before: Seconds = 0


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
    project: Annotated[str | None, ADDED_LATER] = None
    overtime: Annotated[OvertimeWorked | None, ADDED_LATER] = None
    """None: regular time."""
    whole: Annotated[SplitWhole | None, ADDED_LATER] = None
    """None: it is no part of other time."""

    @property
    def work(self) -> Work:
        """What its rate is looked up by."""
        return Work(self.person, self.role, self.work_date, self.project, self.overtime)

    @property
    def counts_to_minimum(self) -> bool:
        """Whether it is time as worked: a written charge and a premium are charged as somebody decided."""
        return self.bill_seconds is None and not (self.overtime and self.overtime.premium_only)


class PricedEntry(BaseModel):
    """An entry at its rate: `seconds` as billed (rounded to the contract's unit) × rate = amount.

    Where overtime made the rate another than the regular one, `base_rate` is that one and `factor` what it
    was multiplied by. `covered`: the least time charged for its day includes it already.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    entry: TimeEntry
    seconds: int
    rate: Rate
    amount: Amount
    base_rate: Annotated[Rate | None, ADDED_LATER] = None
    factor: Annotated[Rate | None, ADDED_LATER] = None
    covered: Annotated[bool, ADDED_LATER] = False


class DayBefore(BaseModel):
    """What a person worked on a day on a line, rounded, as far as earlier invoices billed it: for a least
    time that is charged for the day."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    person: Name
    work_date: date
    seconds: int


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
    """The time charged for the entry by itself; a premium is charged by its hours, however few."""
    if entry.overtime is not None and entry.overtime.premium_only:
        return rounded(entry.seconds if entry.bill_seconds is None else entry.bill_seconds, rounding)
    return charged(entry.seconds, entry.bill_seconds, rounding, entry.whole)


def charged(
    seconds: int, bill_seconds: int | None, rounding: HourRounding, whole: SplitWhole | None = None
) -> int:
    """Time charged, rounded to the contract's unit, half away from zero or always up; as worked (not where
    somebody wrote it up or down) at least the least time for an entry, which the parts of one share."""
    if bill_seconds is not None:
        return rounded(bill_seconds, rounding)
    time = rounded(seconds, rounding)
    if rounding.minimum_per is MinimumPer.day or not seconds:
        return time
    if whole is not None:
        borne = _share_of_the_least(seconds, whole, rounding)
        return time if borne is None else borne
    least = max(abs(time), rounding.minimum_seconds)
    return least if seconds > 0 else -least


def _share_of_the_least(seconds: int, whole: SplitWhole, rounding: HourRounding) -> int | None:
    """What a part bears of the least time for its whole, by how much of it it is; None where the whole is
    long enough. Each part is charged what the parts up to it bear less what those before it do, so that
    together they bear exactly the least time. Rounded up, a share may pass a least time that is no multiple
    of the unit: no more than the least time is borne, so that no part is charged below zero."""
    if abs(rounded(whole.seconds, rounding)) >= rounding.minimum_seconds:
        return None

    def borne_by(worked: int) -> int:
        if worked == whole.seconds:
            return rounding.minimum_seconds
        exact = divide(multiply(Decimal(rounding.minimum_seconds), Decimal(worked)), whole.seconds)
        share = rounded(int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)), rounding)
        return min(share, rounding.minimum_seconds)

    borne = borne_by(whole.before + seconds) - borne_by(whole.before)
    return borne if seconds > 0 else -borne


def of_a_day(seconds: int, rounding: HourRounding) -> int:
    """What is charged for so much time of a person's day: the least time, or all of it; nothing for none."""
    least = max(abs(seconds), rounding.minimum_seconds) if seconds else 0
    return least if seconds >= 0 else -least


def rounded(seconds: int, rounding: HourRounding) -> int:
    """Time as the contract rounds it, in seconds."""
    whole, rest = divmod(abs(seconds), rounding.unit_seconds)
    up = rest > 0 if rounding.up else 2 * rest >= rounding.unit_seconds
    charged = (whole + (1 if rest and up else 0)) * rounding.unit_seconds
    return charged if seconds >= 0 else -charged


def price(
    entry: TimeEntry,
    card: RateCard,
    rounding: HourRounding,
    currency: str,
    overtime: OvertimeTerms | None = None,
) -> PricedEntry:
    """The entry at the rate of its work date. Raises Refused (`no_rate`) when the card has none, and as
    `hour_price` does."""
    return _priced(entry, billed_seconds(entry, rounding), card, currency, overtime)


def price_in_order(
    entries: Iterable[TimeEntry],
    card: RateCard,
    rounding: HourRounding,
    currency: str,
    overtime: OvertimeTerms | None = None,
    before: Iterable[DayBefore] = (),
) -> list[PricedEntry]:
    """The entries in billing order, each priced. Raises Refused as `price` does.

    A least time for a person's day is charged cumulatively: with each entry what the day comes to so far,
    less what was charged for it before, on this invoice and on earlier ones (`before`).
    """
    ordered = in_billing_order(entries)
    if rounding.minimum_per is MinimumPer.entry or not rounding.minimum_seconds:
        return [price(entry, card, rounding, currency, overtime) for entry in ordered]
    charged = _charged_by_day(ordered, rounding, before)
    return [
        _priced(entry, charged[entry.id], card, currency, overtime).model_copy(
            update={"covered": entry.counts_to_minimum and entry.seconds > 0 and not charged[entry.id]}
        )
        for entry in ordered
    ]


def _charged_by_day(
    ordered: Iterable[TimeEntry], rounding: HourRounding, before: Iterable[DayBefore]
) -> Mapping[UUID, int]:
    so_far = {(day.line_id, day.person, day.work_date): day.seconds for day in before}
    charged: dict[UUID, int] = {}
    for entry in ordered:
        if not entry.counts_to_minimum:
            charged[entry.id] = billed_seconds(entry, rounding)
            continue
        day = entry.line_id, entry.person, entry.work_date
        known = so_far.get(day, 0)
        so_far[day] = known + rounded(entry.seconds, rounding)
        charged[entry.id] = of_a_day(so_far[day], rounding) - of_a_day(known, rounding)
    return charged


def _priced(
    entry: TimeEntry, seconds: int, card: RateCard, currency: str, overtime: OvertimeTerms | None
) -> PricedEntry:
    hour = looked_up(card, overtime, entry.work)
    if isinstance(hour, Refused):
        raise hour
    return PricedEntry(
        entry=entry,
        seconds=seconds,
        rate=hour.rate,
        amount=amount_of(seconds, hour.rate, currency),
        base_rate=hour.base_rate,
        factor=hour.factor,
    )


def amount_of(seconds: int, rate: Decimal, currency: str) -> Decimal:
    """Time × rate per hour, rounded once."""
    return round_to(divide(multiply(Decimal(seconds), rate), HOUR), currency)


def in_billing_order(entries: Iterable[TimeEntry]) -> list[TimeEntry]:
    """By work date; entries of one day in the order of their file."""
    return sorted(entries, key=lambda entry: (entry.work_date, entry.position, entry.id))


def within_cap(
    priced: Sequence[PricedEntry],
    left: Decimal | None,
    owed: Decimal,
    at_cap: AtCap,
    *,
    by_day: bool = False,
) -> tuple[PricedEntry, ...]:
    """The entries that the next invoice claims, in billing order.

    `left` is what may still be billed on the line (None: no cap); `owed` is what earlier invoices left over
    the cap, which comes first. Whole entries are taken until the cap; with `bill_to_cap` also the one that
    crosses it, whose excess stays unbilled over the cap. Corrections (entries at no charge or below) are all
    taken: they only make room, and the client gets them however much waits at the cap. Time that the least
    time of its day covers is no correction: it goes with what was worked before it.

    `by_day`: a least time is charged for a person's day, so that a correction is worth what the rest of its
    day makes it. Time of a day that has a correction is claimed together, with what it comes to.
    """
    if left is None:
        return tuple(priced)
    groups = _together(priced) if by_day else [(each,) for each in priced]
    worth = [total(each.amount for each in group) for group in groups]
    corrects = [
        amount <= ZERO and not all(each.covered for each in group)
        for group, amount in zip(groups, worth, strict=True)
    ]
    taken = {each.entry.id for group, one in zip(groups, corrects, strict=True) for each in group if one}
    so_far = total((owed, *(amount for amount, one in zip(worth, corrects, strict=True) if one)))
    for group, amount in zip(groups, worth, strict=True):
        if all(each.covered for each in group):
            taken.update(each.entry.id for each in group)
        if amount <= ZERO:
            continue
        following = total((so_far, amount))
        if not (following <= left if at_cap is AtCap.hold_whole_entries else so_far < left):
            break
        taken.update(each.entry.id for each in group)
        so_far = following
    return tuple(candidate for candidate in priced if candidate.entry.id in taken)


def _together(priced: Sequence[PricedEntry]) -> list[tuple[PricedEntry, ...]]:
    """The entries one by one, but time of a person's day that has a correction as one, where it begins."""
    days = [
        (each.entry.person, each.entry.work_date) if each.entry.counts_to_minimum else None for each in priced
    ]
    corrected = {day for day, each in zip(days, priced, strict=True) if day and each.entry.seconds < 0}
    groups: dict[object, list[PricedEntry]] = {}
    for day, each in zip(days, priced, strict=True):
        groups.setdefault(day if day in corrected else each.entry.id, []).append(each)
    return [tuple(group) for group in groups.values()]


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

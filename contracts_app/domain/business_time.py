"""Business time: the firm's calendar, its dates and deadlines.

Instants are UTC. A firm's calendar is shifted against the database clock by a number of seconds: 0 for a
live firm; a practice firm may move it forward, never back.
"""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from contracts_app.domain.refusals import Refused

OPENING = time(8, 0)
"""Dated work (reminders, period ends) falls due at eight in the morning of the legal entity's zone."""


def business_now(clock: datetime, shift_seconds: int) -> datetime:
    """The firm's instant at the database instant `clock`. Raises ValueError for one without a time zone."""
    return _aware(clock) + timedelta(seconds=shift_seconds)


def date_in(instant: datetime, zone: str) -> date:
    """The calendar date of an instant in `zone`. Raises ValueError for one without a time zone."""
    return _aware(instant).astimezone(ZoneInfo(zone)).date()


def _aware(instant: datetime) -> datetime:
    # Python reads a naive instant in the zone of the machine: an answer that depends on where it is asked.
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no time zone")
    return instant


def opening_of(day: date, zone: str) -> datetime:
    """The instant at which dated work of `day` falls due, in UTC."""
    return datetime.combine(day, OPENING, ZoneInfo(zone)).astimezone(UTC)


def shift_to(target: datetime, clock: datetime, shift_seconds: int) -> int:
    """The new shift that makes it `target` now. Raises Refused when that would go back in time."""
    new = -((clock - target) // timedelta(seconds=1))
    if new < shift_seconds:
        raise Refused("calendar_goes_forward_only", "A practice firm's calendar moves forward, never back.")
    return new


def period_end(anchor_day: int, on_or_after: date) -> date:
    """The first period end on or after a date, for periods that end on `anchor_day` of each month.

    A month that is shorter than the anchor day ends its period on its last day, and the next month returns
    to the anchor (always counted from the anchor, never stepped).
    """
    for months in (0, 1):
        year, month = divmod(on_or_after.year * 12 + on_or_after.month - 1 + months, 12)
        day = date(year, month + 1, min(anchor_day, calendar.monthrange(year, month + 1)[1]))
        if day >= on_or_after:
            return day
    raise AssertionError("a month has a period end")

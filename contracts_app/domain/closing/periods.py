"""Accounting months of a firm: which are closed, what may still be dated into them, where late entries go.

Months follow each other without a gap from the first one that the firm closed. Source: usual practice of
monthly close (soft and hard lock, reopened by a controller alone, late entries posted to the open period with
their original date).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from contracts_app.domain.refusals import Refused, not_allowed, wrong_content


class PeriodState(StrEnum):
    """How far an accounting month is closed."""

    open = "open"
    soft_closed = "soft_closed"
    """Only a controller dates anything into it."""
    closed = "closed"
    """Nobody does; a controller may reopen it."""


@dataclass(frozen=True)
class Lock:
    """From when to when (instants; None: still) a month was closed for everybody."""

    since: datetime
    until: datetime | None = None

    def held(self, at: datetime) -> bool:
        """Whether the month was closed at that instant."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True)
class Period:
    """An accounting month, by its first day."""

    month: date
    state: PeriodState
    locks: tuple[Lock, ...] = ()


def month_of(day: date) -> date:
    """The first day of the month of a day."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first day of the month after."""
    return month_of(month_of(month) + timedelta(days=31))


def last_day(month: date) -> date:
    """The last day of a month."""
    return next_month(month) - timedelta(days=1)


def called(month: date) -> str:
    """The month in words, e.g. `March 2024`."""
    return f"{month:%B} {month.year}"


def state_on(day: date, periods: Sequence[Period]) -> PeriodState:
    """How far the month of a day is closed. `periods`: all of the firm, by month.

    What lies before the first month is closed as soon as that one was ever closed.
    """
    month = month_of(day)
    for one in periods:
        if one.month == month:
            return one.state
    if periods and month < periods[0].month and periods[0].locks:
        return PeriodState.closed
    return PeriodState.open


def first_day_for(day: date, periods: Sequence[Period], is_controller: bool) -> date:
    """The day itself, or the first later one into whose month this person may date something."""
    refused = {PeriodState.closed} if is_controller else {PeriodState.closed, PeriodState.soft_closed}
    while state_on(day, periods) in refused:
        day = next_month(month_of(day))
    return day


def posting_date(day: date, entered_at: datetime, periods: Sequence[Period]) -> date:
    """The day in whose month time or an expense of `day` is posted, as the months stood when it was entered.

    The day itself, unless its month was closed for everybody by then: the first day of the first later month
    that was not. It does not change when months are closed or reopened later.
    """
    while _was_closed(day, entered_at, periods):
        day = next_month(month_of(day))
    return day


def _was_closed(day: date, at: datetime, periods: Sequence[Period]) -> bool:
    month = month_of(day)
    for one in periods:
        if one.month == month:
            return any(lock.held(at) for lock in one.locks)
    before = bool(periods) and month < periods[0].month
    return before and any(lock.since <= at for lock in periods[0].locks)


def require_open(day: date, periods: Sequence[Period], what: str, is_controller: bool) -> None:
    """Raises Refused where nothing (a controller: nothing any more) may be dated on that day.

    `what` begins the sentence, e.g. `A payment`.
    """
    take = first_day_for(day, periods, is_controller)
    if take == day:
        return
    name = called(month_of(day))
    if state_on(day, periods) is PeriodState.soft_closed:
        raise not_allowed(
            f"{what} of {day} falls into {name}, which is being closed: a controller may still enter it. "
            f"The first day that is open for others is {take}."
        )
    if month_of(day) < periods[0].month:
        reopened = f"What lies before {called(periods[0].month)} is closed for good"
    else:
        reopened = f"A controller may reopen {name}, with a reason"
    raise Refused(
        "period_closed",
        f"{what} of {day} falls into {name}, which is closed. {reopened}; otherwise take {take} or later.",
    )


def refused_by_the_books(day: date, *, closed: bool) -> Refused:
    """What is said of an entry that the database did not let into its month: one closed meanwhile, or a day
    that the command chose itself."""
    name = called(month_of(day))
    if closed:
        return Refused(
            "period_closed",
            f"What this enters on {day} falls into {name}, which is closed. A controller may reopen it, with "
            "a reason; otherwise give it a later day.",
        )
    return not_allowed(
        f"What this enters on {day} falls into {name}, which is being closed: a controller may enter it."
    )


def require_next(month: date, periods: Sequence[Period], last_ended: date) -> None:
    """Raises Refused unless this month may be closed softly as one more: it has ended by `last_ended` (the
    earliest business date of the firm's companies) and follows the last one. The first may be any."""
    if last_day(month) >= last_ended:
        raise wrong_content(
            "period_not_ended",
            f"{called(month)} can be closed from {next_month(month)} on: it has not ended yet.",
        )
    if not periods or any(one.month == month for one in periods):
        return
    due = next_month(periods[-1].month)
    if month != due:
        raise wrong_content(
            "months_in_their_order", f"Months are closed in their order: the next one is {called(due)}."
        )


def require_earlier_closed(month: date, periods: Sequence[Period]) -> None:
    """Raises Refused while an earlier month is not closed for everybody."""
    for one in periods:
        if one.month < month and one.state is not PeriodState.closed:
            raise Refused(
                "earlier_month_open", f"Close {called(one.month)} first: months are closed in their order."
            )

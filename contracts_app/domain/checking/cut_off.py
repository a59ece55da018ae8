"""The last day that an application may cover, where its contract ends periods on the cut-off day."""

from __future__ import annotations

from datetime import date, timedelta

from contracts_app.domain import business_time


def last_cut_off(cut_off_day: int, begins: date, period_to: date) -> date | None:
    """The last cut-off day from `begins` to the period's end; None where the period ends before any.

    A period that ends early, before its cut-off, is no fault: later work waits for the next application.
    """
    found = None
    following = business_time.period_end(cut_off_day, begins)
    while following <= period_to:
        found = following
        following = business_time.period_end(cut_off_day, following + timedelta(days=1))
    return found

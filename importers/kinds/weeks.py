"""Hours of whole weeks, told by a week's number: one row becomes an equal part on each of its days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from importers import values
from importers.columns import Column
from importers.sheets import Cell
from importers.values import Conventions, Flaw

_WEEKS = range(1, 54)
_YEARS = range(1990, 2101)
_DAYS = range(1, 8)


def _within(cell: Cell, conventions: Conventions, allowed: range, expected: str) -> int | Flaw:
    value = values.whole_number(cell, conventions)
    if isinstance(value, Flaw) or value in allowed:
        return value
    return Flaw("out_of_range", f"{expected} from {allowed[0]} to {allowed[-1]}", "Correct the number.")


def _week(cell: Cell, conventions: Conventions) -> int | Flaw:
    return _within(cell, conventions, _WEEKS, "a week of the year")


def _year(cell: Cell, conventions: Conventions) -> int | Flaw:
    return _within(cell, conventions, _YEARS, "a year")


def _days(cell: Cell, conventions: Conventions) -> int | Flaw:
    return _within(cell, conventions, _DAYS, "a number of days")


COLUMNS = (
    Column("week", "Week number", _week, required=False, title="Week number", only=()),
    Column(
        "week_year",
        "Year",
        _year,
        required=False,
        title="Year of the weeks",
        question="The file names weeks by their numbers. Of which year?",
        stand_in="2000",
        along="week",
        only=(),
    ),
    Column(
        "week_days",
        "Days a week",
        _days,
        required=False,
        title="Days a week",
        question="Over how many days of each week, from Monday on, are its hours spread equally (5 or 7)?",
        stand_in="7",
        along="week",
        only=(),
    ),
)
"""Never looked for under a header: only a mapping says that a column is the number of a week."""


def spread(seconds: int, week: int, year: int, days: int) -> Sequence[tuple[date, int]]:
    """The days of an ISO week, from Monday on, each with its part of the seconds; the last has the rest.
    None where the year has no such week."""
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        return ()
    part = seconds // days
    parts = [part] * (days - 1) + [seconds - part * (days - 1)]
    return [(monday + timedelta(days=index), size) for index, size in enumerate(parts)]

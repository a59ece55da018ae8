"""How a whole file writes dates and numbers. Found from all its rows; asked where they leave it open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from importers.columns import Record
from importers.duration_unit import agree_on_unit
from importers.problems import Decision, Place, Problem, ask
from importers.profiles.model import Profile
from importers.remembered import remembering
from importers.settled import How, Settled
from importers.sheets import Cell
from importers.values import (
    Conventions,
    DateOrder,
    DecimalMark,
    date_readings,
    number_readings,
)

_C = TypeVar("_C", bound=StrEnum)


def agree(
    file: str,
    records: Sequence[Record],
    dates: Collection[str],
    numbers: Collection[str],
    decisions: Mapping[str, str],
    profile: Profile | None = None,
    durations: Collection[str] = (),
) -> tuple[Conventions, Sequence[Problem], Sequence[Decision], Sequence[Settled]]:
    """The file's conventions; a part is None while a person has to say, and then only cells that depend on
    it wait. What the profile fixes is neither looked for nor asked."""
    given_order = _given(DateOrder, decisions.get("date_order"))
    given_mark = _given(DecimalMark, decisions.get("decimal_mark"))
    fixed_order = profile.date_order if profile and not given_order else None
    fixed_mark = profile.decimal_mark if profile and not given_mark else None
    order, open_dates = (fixed_order, ()) if fixed_order else _evident(file, records, dates, date_readings)
    mark, open_numbers = (fixed_mark, ()) if fixed_mark else _evident(file, records, numbers, number_readings)
    order, mark = (
        (order if open_dates else given_order or order),
        (mark if open_numbers else given_mark or mark),
    )
    asked: list[tuple[Problem, Decision]] = []
    date_order: DateOrder | None = order or DateOrder.month_first
    decimal_mark: DecimalMark | None = mark or DecimalMark.point
    if open_dates:
        problem, decision = ask(
            "date_order_open",
            "date_order",
            question="Which comes first in dates like 3/4/2025?",
            choices=[
                ("month_first", "3/4 is the fourth of March."),
                ("day_first", "3/4 is the third of April."),
            ],
            proposal="month_first",
            places=open_dates,
            found="dates that leave the order of day and month open",
            expected="one order of day and month",
            decisions=decisions,
        )
        asked.append((problem, decision))
        date_order = DateOrder(decision.decided) if decision.decided else None
    if open_numbers:
        problem, decision = ask(
            "decimal_mark_open",
            "decimal_mark",
            question="Is 1,234 one thousand two hundred and thirty-four?",
            choices=[
                (".", "Yes: the point stands before decimals."),
                (",", "No: the comma stands before decimals."),
            ],
            proposal=".",
            places=open_numbers,
            found="numbers that leave the decimal mark open",
            expected="one decimal mark",
            decisions=decisions,
        )
        asked.append((problem, decision))
        decimal_mark = DecimalMark(decision.decided) if decision.decided else None
    unit, unit_asked, unit_settled = agree_on_unit(file, records, durations, decisions, profile)
    if unit_asked is not None:
        asked.append(unit_asked)
    settled = [
        _settled("date_order", order, fixed_order, date_order, open_dates, given_order),
        _settled("decimal_mark", mark, fixed_mark, decimal_mark, open_numbers, given_mark),
        *([unit_settled] if unit_settled else []),
    ]
    return (
        Conventions(date_order, decimal_mark, unit),
        [problem for problem, _ in asked],
        [decision for _, decision in asked],
        settled,
    )


def _settled(
    key: str,
    found: StrEnum | None,
    fixed: StrEnum | None,
    decided: StrEnum | None,
    left_open: Sequence[Place],
    given: StrEnum | None,
) -> Settled:
    """How the convention was reached; without a value where no cell depends on it."""
    if left_open:
        how = "asked" if decided is None else "given"
        return Settled(key=key, value=decided.value if decided else None, how=how)
    by_profile: How = "profile" if fixed else "found"
    return Settled(key=key, value=found.value if found else None, how="given" if given else by_profile)


def _given(kind: type[_C], answer: str | None) -> _C | None:
    """The convention that an answer names; None for any other answer."""
    return kind(answer) if answer in {each.value for each in kind} else None


def _evident(
    file: str, records: Sequence[Record], fields: Collection[str], readings: Callable[[Cell], frozenset[_C]]
) -> tuple[_C | None, Sequence[Place]]:
    """The convention that at least three quarters of the telling cells show; else the places that leave it
    open."""
    told: Counter[_C] = Counter()
    readings = remembering(readings)
    places: list[Place] = []
    for record in records:
        for field in fields:
            fitting = readings(record.cells[field]) if field in record.cells else frozenset()
            if len(fitting) == 1:
                told.update(fitting)
            if fitting:
                places.append(record.place(file, field))
    if not told:
        return None, places
    convention, count = told.most_common(1)[0]
    return (convention, ()) if count * 4 >= told.total() * 3 else (None, places)

"""How a whole file writes dates and numbers. Found from all its rows; asked where they leave it open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from importers.columns import Record
from importers.problems import Decision, Place, Problem, ask
from importers.sheets import Cell
from importers.values import Conventions, DateOrder, DecimalMark, date_readings, number_readings

_C = TypeVar("_C", bound=StrEnum)


def agree(
    file: str,
    records: Sequence[Record],
    dates: Collection[str],
    numbers: Collection[str],
    decisions: Mapping[str, str],
) -> tuple[Conventions, Sequence[Problem], Sequence[Decision]]:
    """The file's conventions; a part is None while a person has to say, and then only cells that depend on
    it wait."""
    order, open_dates = _evident(file, records, dates, date_readings)
    mark, open_numbers = _evident(file, records, numbers, number_readings)
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
    return Conventions(date_order, decimal_mark), [p for p, _ in asked], [d for _, d in asked]


def _evident(
    file: str, records: Sequence[Record], fields: Collection[str], readings: Callable[[Cell], frozenset[_C]]
) -> tuple[_C | None, Sequence[Place]]:
    """The convention that at least three quarters of the telling cells show; else the places that leave it
    open."""
    told: Counter[_C] = Counter()
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

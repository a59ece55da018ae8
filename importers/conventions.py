"""How a whole file writes dates and numbers. Found from all its rows; asked where they leave it open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Generic, TypeVar

from importers.columns import Places, Record
from importers.duration_unit import Counted, agree_on_unit
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
    records: Iterable[Record],
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
    of_dates = _Evident(file, () if fixed_order else dates, date_readings)
    of_numbers = _Evident(file, () if fixed_mark else numbers, number_readings)
    counted = Counted(file, durations)
    for record in records:
        of_dates.look_at(record)
        of_numbers.look_at(record)
        counted.look_at(record)
    order, open_dates = (fixed_order, ()) if fixed_order else of_dates.found()
    mark, open_numbers = (fixed_mark, ()) if fixed_mark else of_numbers.found()
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
    unit, unit_asked, unit_settled = agree_on_unit(counted, decisions, profile)
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


class _Evident(Generic[_C]):
    """Which convention the cells of some columns show."""

    def __init__(self, file: str, fields: Collection[str], readings: Callable[[Cell], frozenset[_C]]) -> None:
        self._fields = fields
        self._readings = remembering(readings)
        self._told: Counter[_C] = Counter()
        self._places = Places(file)

    def look_at(self, record: Record) -> None:
        """One row more."""
        cells = record.cells
        for field in self._fields:
            cell = cells.get(field)
            fitting = self._readings(cell) if cell is not None else None
            if fitting:
                if len(fitting) == 1:
                    self._told.update(fitting)
                self._places.add(record, field)

    def found(self) -> tuple[_C | None, Sequence[Place]]:
        """The convention that at least three quarters of the telling cells show; else the places that leave
        it open."""
        if not self._told:
            return None, self._places
        convention, count = self._told.most_common(1)[0]
        return (convention, ()) if count * 4 >= self._told.total() * 3 else (None, self._places)

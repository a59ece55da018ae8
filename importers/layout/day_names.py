"""What a header of a day says: a weekday, a date with or without its year; and which week a title names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from importers.layout.months import day_number
from importers.sheets import Cell, CellKind, Row
from importers.values import Conventions, DateOrder, day

_WEEKDAYS = {
    name: index
    for index, names in enumerate(
        (
            "mon monday mo mo. montag lun lundi lunes ma maandag",
            "tue tues tuesday di di. dienstag mar mardi martes dinsdag",
            "wed weds wednesday mi mi. mittwoch mer mercredi miércoles woensdag",
            "thu thur thurs thursday do do. donnerstag jeu jeudi jueves donderdag",
            "fri friday fr fr. freitag ven vendredi viernes vrijdag",
            "sat saturday sa sa. samstag sonnabend sam samedi sábado zaterdag",
            "sun sunday so so. sonntag dim dimanche domingo zondag",
        )
    )
    for name in names.split()
}
_NAME_AND_REST = re.compile(r"([^\W\d]+\.?)?[\s,]*(.*)\Z", re.DOTALL)
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})\.?\Z", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_OF_NAMED = re.compile(
    r"(?:([0-9]{1,2})[ -])?([a-z]{3})[a-z]*(?:[ -]([0-9]{1,2}))?\Z", re.ASCII | re.IGNORECASE
)
_WEEK_NUMBER = re.compile(
    r"\b(?:kw|cw|wk|week|woche|semaine|semana)\.?\s*(?:no\.?\s*)?([0-9]{1,2})"
    r"\s*(?:[/,.-]|of|\s)\s*(20[0-9]{2})\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(20[0-9]{2})\b", re.ASCII)
_WEEK_ENDS = re.compile(
    r"week\s*end|w/e\b|period\s*end|pay\s*period\s*end|through\b|wochenende", re.IGNORECASE
)
_WEEK_BEGINS = re.compile(
    r"week\s*(?:of|begin|start|commenc)|w/[bc]\b|period\s*(?:start|begin)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class DayHead:
    """What the header of one day says: any of its weekday, its date, its day and month without a year."""

    weekday: int | None = None
    on: date | None = None
    numbers: tuple[int, int] | None = None
    """Day and month as they stand, the order still open unless `dotted`."""
    dotted: bool = False
    of_month: int | None = None
    """The number of the day, where neither month nor year are said."""


@dataclass(frozen=True, slots=True)
class Week:
    """What the rows above the header say of the time: a day of the week that is meant, a year."""

    first: date | None = None
    last: date | None = None
    year: int | None = None


def day_head(cell: Cell, order: DateOrder | None = None) -> DayHead | None:
    """The day that a header names, its numbers in that order; None for any other header."""
    if cell.kind in {CellKind.date, CellKind.datetime}:
        on = day(cell, Conventions())
        return DayHead(on=on, weekday=on.weekday()) if isinstance(on, date) else None
    if cell.kind is not CellKind.text:
        return None
    match = _NAME_AND_REST.match(cell.raw.strip())
    if match is None:
        return None
    weekday = _WEEKDAYS.get((match[1] or "").casefold())
    rest = match[2].strip().strip("()").strip() if weekday is not None else cell.raw.strip()
    if not rest:
        return DayHead(weekday)
    if weekday is not None and (only := day_number(Cell(0, CellKind.text, rest))) is not None:
        return DayHead(weekday, of_month=only)
    numbers = _DAY_AND_MONTH.match(rest)
    if numbers and 1 <= int(numbers[1]) <= 31 and 1 <= int(numbers[3]) <= 31:
        return DayHead(weekday, numbers=(int(numbers[1]), int(numbers[3])), dotted=numbers[2] == ".")
    named = _DAY_OF_NAMED.match(rest)
    if named and named[2].lower() in _MONTHS and bool(named[1]) != bool(named[3]):
        pair = (int(named[1] or named[3]), _MONTHS.index(named[2].lower()) + 1)
        return DayHead(weekday, numbers=pair, dotted=True)
    whole = _whole_date(rest, weekday, order)
    if whole is None:
        return None
    return DayHead(weekday if weekday is not None else whole.weekday(), on=whole)


def _whole_date(text: str, weekday: int | None, order: DateOrder | None = None) -> date | None:
    """A date with its year; where its order is open, the one that is that weekday."""
    cell = Cell(0, CellKind.text, text)
    found = [day(cell, Conventions(date_order=each)) for each in ((order,) if order else DateOrder)]
    dates = list(dict.fromkeys(each for each in found if isinstance(each, date)))
    fitting = [each for each in dates if weekday is None or each.weekday() == weekday]
    return fitting[0] if len(fitting) == 1 else None


def week_above(rows: Sequence[Row]) -> Week:
    """What titles say of the week: `Week ending: 3/16/2025`, `Week of …`, `KW 11/2025`, a year."""
    year: int | None = None
    for row in rows:
        for place, cell in enumerate(row.cells):
            text = cell.raw.strip()
            if cell.kind is CellKind.text:
                number = _WEEK_NUMBER.search(text)
                if number and 1 <= int(number[1]) <= 53:
                    first = date.fromisocalendar(int(number[2]), min(int(number[1]), 52), 1)
                    first += timedelta(weeks=int(number[1]) - min(int(number[1]), 52))
                    return Week(first, first + timedelta(days=6), int(number[2]))
                ends, begins = _WEEK_ENDS.search(text), _WEEK_BEGINS.search(text)
                if ends or begins:
                    said = _date_after(text, row.cells[place + 1 :])
                    if said is not None and ends:
                        return Week(said - timedelta(days=6), said, said.year)
                    if said is not None:
                        return Week(said, said + timedelta(days=6), said.year)
                found = _YEAR.search(text)
                year = int(found[1]) if found else year
    return Week(year=year)


def _date_after(text: str, others: Sequence[Cell]) -> date | None:
    behind = Cell(0, CellKind.text, re.split(r"[:=]| (?=[0-9])", text, maxsplit=1)[-1].strip())
    for cell in (behind, *others[:2]):
        said = day(cell, Conventions(date_order=None))
        on = said if isinstance(said, date) else _whole_date(cell.raw.strip(), None)
        if on is not None:
            return on
    return None


def dates_of(heads: Sequence[DayHead], week: Week) -> Sequence[date] | None:
    """The date of each head; None where it cannot be told for all of them."""
    found = [_dated(head, week) for head in heads]
    dates = [each for each in found if each is not None]
    return dates if len(dates) == len(heads) and len(set(dates)) == len(dates) else None


def _dated(head: DayHead, week: Week) -> date | None:
    if head.on is not None:
        return head.on
    if head.numbers is not None:
        return _with_year(head, week)
    if head.weekday is None or week.first is None:
        return None
    return week.first + timedelta(days=(head.weekday - week.first.weekday()) % 7)


def _with_year(head: DayHead, week: Week) -> date | None:
    """Day and month in the year of the week or the title; the weekday, where it is said, must be right."""
    assert head.numbers is not None
    first, second = head.numbers
    orders = [(first, second)] if head.dotted else [(first, second), (second, first)]
    ends = [each.year for each in (week.first, week.last) if each is not None]
    years = set(ends or ([week.year] if week.year else []))
    dates = []
    for day_, month in orders:
        for year in years:
            try:
                dates.append(date(year, month, day_))
            except ValueError:
                continue
    fitting = {
        each
        for each in dates
        if (head.weekday is None or each.weekday() == head.weekday)
        and (week.first is None or week.last is None or week.first <= each <= week.last)
    }
    return fitting.pop() if len(fitting) == 1 else None

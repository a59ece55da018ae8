"""Days that are only numbers of a month (1 to 31, `Mon 3`), and which month a title or a sheet says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from importers.sheets import Cell, CellKind, Row
from importers.values import Conventions, day

FEWEST = 13
"""Numbers side by side before they are taken for days of a month: the second half of a February."""
_NUMBER = re.compile(r"([0-9]{1,2})(?:\.0*)?\Z", re.ASCII)
_NAMES = {
    name: month
    for month, names in enumerate(
        (
            "jan january januar jänner janvier januari enero gennaio",
            "feb february februar février februari febrero febbraio",
            "mar mär march märz mars maart marzo",
            "apr april avril abril aprile",
            "may mai mei mayo maggio",
            "jun june juni juin junio giugno",
            "jul july juli juillet julio luglio",
            "aug august août augustus agosto",
            "sep sept september septembre septiembre settembre",
            "oct okt october oktober octobre octubre ottobre",
            "nov november novembre noviembre",
            "dec dez december dezember décembre diciembre dicembre",
        ),
        start=1,
    )
    for name in names.split()
}
_NAMED = re.compile(r"\b([^\W\d_]{3,10})\.?,?[\s_/-]*((?:20)[0-9]{2}|'[0-9]{2})\b")
_IN_NUMBERS = re.compile(
    r"(?<![0-9./-])(?:(20[0-9]{2})[./-](0?[1-9]|1[0-2])|(0?[1-9]|1[0-2])[./-](20[0-9]{2}))(?![0-9./-])",
    re.ASCII,
)
_MONTH_ONLY = re.compile(r"(?:month|monat|mois|mes|maand)\s*:?\s*(.*)\Z", re.IGNORECASE)
_YEAR = re.compile(r"\b(20[0-9]{2})\b", re.ASCII)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year."""

    year: int
    month: int

    def before(self) -> Month:
        return Month(self.year, self.month - 1) if self.month > 1 else Month(self.year - 1, 12)

    def after(self) -> Month:
        return Month(self.year, self.month + 1) if self.month < 12 else Month(self.year + 1, 1)


def day_number(cell: Cell) -> int | None:
    """The number of a day of a month, 1 to 31, that is all a cell says."""
    match = _NUMBER.match(cell.raw.strip()) if cell.kind in {CellKind.number, CellKind.text} else None
    return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None


def month_said(text: str) -> Month | None:
    """The one month that a text says: `March 2025`, `Hours 03/2025`, `2025-03`. A whole date says none."""
    found = {
        Month(int(match[2].replace("'", "20")), _NAMES[match[1].casefold()])
        for match in _NAMED.finditer(text)
        if match[1].casefold() in _NAMES
    } | {Month(int(m[1] or m[4]), int(m[2] or m[3])) for m in _IN_NUMBERS.finditer(text)}
    return found.pop() if len(found) == 1 else None


def month_above(rows: Sequence[Row], sheet: str) -> Month | None:
    """What the rows above the header say, else the sheet's name where it is a month and nothing else."""
    named: int | None = None
    years: set[int] = set()
    for row in rows:
        for place, cell in enumerate(row.cells):
            text = cell.raw.strip()
            if (said := month_said(text)) is not None and cell.kind is CellKind.text:
                return said
            label = _MONTH_ONLY.match(text)
            beside = row.cells[place + 1] if place + 1 < len(row.cells) else None
            if label and beside is not None and not label[1]:
                on = day(beside, Conventions()) if beside.kind is not CellKind.text else None
                if isinstance(on, date):
                    return Month(on.year, on.month)
                named = _month_named(beside.raw) or named
            named = _month_named(label[1] if label and label[1] else text) or named
            years |= {int(year) for year in _YEAR.findall(text)}
    if named is not None and len(years) == 1:
        return Month(years.pop(), named)
    whole = month_said(sheet)
    return whole if whole is not None and not re.sub(r"[\W\d_]+", "", _NAMED.sub("", sheet)) else None


def _month_named(text: str) -> int | None:
    return _NAMES.get(text.strip().casefold())


def dates_in(
    numbers: Sequence[int], weekdays: Sequence[int | None], begin_in: Sequence[Month]
) -> Sequence[str] | None:
    """The ISO dates of days that follow each other, begun in one of these months. A day that its month does
    not have (30 February) is no date and stays as it is. None where the weekdays fit in none of the months,
    or in several."""
    found = []
    for first in begin_in:
        dates, last, month = [], 0, first
        for number in numbers:
            month = month.after() if number < last else month
            dates.append(f"{month.year:04d}-{month.month:02d}-{number:02d}")
            last = number
        if all(_fits(text, weekday) for text, weekday in zip(dates, weekdays, strict=True)):
            found.append(dates)
    return found[0] if len(found) == 1 else None


def _fits(text: str, weekday: int | None) -> bool:
    try:
        return weekday is None or date.fromisoformat(text).weekday() == weekday
    except ValueError:
        return True


def follow(numbers: Sequence[int]) -> bool:
    """Whether days follow each other, the first of a month after a 28th to 31st."""
    return all(b == a + 1 or (b == 1 and a >= 28) for a, b in pairwise(numbers))


def turn(numbers: Sequence[int]) -> bool:
    """Whether days begin in one month and end in the next."""
    return any(b < a for a, b in pairwise(numbers))

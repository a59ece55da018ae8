"""What plain numbers of time worked count: hours, minutes, seconds, days. Told by the file, else asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from decimal import Decimal

from importers.columns import Places, Record
from importers.problems import Decision, Problem, ask
from importers.profiles.model import Profile
from importers.remembered import remembering
from importers.settled import Settled
from importers.sheets import Cell
from importers.values import HOURS, MINUTES, SECONDS, Conventions, DecimalMark, Unit, number, unit_named

KEY = "duration_unit"
CHOICES = (
    ("hours", "Hours: 7.5 is seven and a half hours."),
    ("minutes", "Minutes: 90 is an hour and a half."),
    ("seconds", "Seconds: 5400 is an hour and a half."),
    ("clock", "A clock: 7.30 is seven hours and thirty minutes."),
    ("days_8", "Days of 8 hours."),
    ("days_7.5", "Days of 7.5 hours."),
    ("days_7", "Days of 7 hours."),
    ("days_10", "Days of 10 hours."),
)
"""Days of another length are answered as `days_7.6`."""
_IN_WORDS = (
    (HOURS, re.compile(r"h(?:ou)?rs?(?![a-z])|hour|stunden|std|heure|horas|uren|(?<![a-z])h(?![a-z])")),
    (MINUTES, re.compile(r"(?<![a-z])min(?:ute|uten)?s?(?![a-z])")),
    (SECONDS, re.compile(r"seconds?|sekunden|(?<![a-z])secs?(?![a-z])")),
)
_DAYS = re.compile(r"(?<![a-z])(?:man ?|person ?|work(?:ing)? ?)?(?:days?|tage?|jours?|dias)(?![a-z])")
_A_DAY = 24
_FEW = 2
"""Numbers up to it may be days as well as hours."""


class Counted:
    """The plain numbers in the columns `durations` of a file: the largest, and where they stand."""

    def __init__(self, file: str, durations: Collection[str]) -> None:
        self._durations = durations
        self._size_of = remembering(_size)
        self.places = Places(file)
        self.largest: Decimal | None = None
        self.headers: dict[str, str] = {}
        """Field → header, of columns with any cell that is not empty."""

    def look_at(self, record: Record) -> None:
        """One row more."""
        cells = record.cells
        for field in self._durations:
            cell = cells.get(field)
            if cell is None:
                continue
            if field not in self.headers:
                self.headers[field] = record.columns[field][1]
            size = self._size_of(cell)
            if size:
                self.largest = size if self.largest is None or size > self.largest else self.largest
                self.places.add(record, field)


def agree_on_unit(
    counted: Counted, decisions: Mapping[str, str], profile: Profile | None
) -> tuple[Unit | None, tuple[Problem, Decision] | None, Settled | None]:
    """The unit of the plain numbers, the question where nothing tells it, and how it was reached. Without a
    column of durations there is nothing to settle."""
    if not counted.headers:
        return HOURS, None, None
    given = unit_named(decisions.get(KEY, ""))
    fixed = unit_named(profile.duration_unit) if profile and profile.duration_unit else None
    texts = {header.casefold() for header in counted.headers.values()}
    largest = counted.largest
    told = fixed or _in_words(texts) or (None if _says_days(texts) else _by_size(largest))
    if given is None and told is not None:
        return told, None, Settled(key=KEY, value=told.name, how="profile" if fixed else "found")
    if given is not None and told is not None:
        return given, None, Settled(key=KEY, value=given.name, how="given")
    if largest is None:
        return HOURS, None, Settled(key=KEY, value="clock", how="found")
    choices = [*CHOICES] if given is None or given.name in dict(CHOICES) else [*CHOICES, (given.name, "")]
    asked = ask(
        "duration_unit_open",
        KEY,
        question=f"What do the numbers of time worked count? The largest is {largest:f}.",
        choices=choices,
        proposal=_proposal(texts, largest),
        places=counted.places,
        found=", ".join(sorted(texts)) or "numbers",
        expected="a header that names the unit, such as Hours or Minutes",
        decisions=decisions,
    )
    return (
        given,
        asked,
        Settled(key=KEY, value=given.name if given else None, how="given" if given else "asked"),
    )


def _size(cell: Cell) -> Decimal | None:
    for mark in (DecimalMark.point, DecimalMark.comma):
        value = number(cell, Conventions(decimal_mark=mark))
        if isinstance(value, Decimal):
            return abs(value)
    return None


def _in_words(headers: Collection[str]) -> Unit | None:
    """The unit that the headers name; None where they name none, or several."""
    found = {unit.name: unit for text in headers for unit, words in _IN_WORDS if words.search(text)}
    return next(iter(found.values())) if len(found) == 1 and not _says_days(headers) else None


def _says_days(headers: Collection[str]) -> bool:
    return any(_DAYS.search(text) for text in headers)


def _by_size(largest: Decimal | None) -> Unit | None:
    """Hours, where the numbers fit a day and are more than days could be; else the numbers do not tell."""
    return HOURS if largest is not None and _FEW < largest <= _A_DAY else None


def _proposal(headers: Collection[str], largest: Decimal) -> str:
    if _says_days(headers):
        return "days_8"
    if largest <= _A_DAY:
        return "hours"
    return "minutes" if largest <= _A_DAY * 60 else "seconds"

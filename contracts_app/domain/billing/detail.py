"""How much of the time behind a line its paper shows: every entry, or entries taken together.

Lines taken together are sums of entries, each rounded by itself, so they always come to what is billed; hours
times rate may differ from such a sum by cents, which the entries explain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import Amount, Rate, total


class DetailLevel(StrEnum):
    """What is one printed line: an entry, a person's day, a person at a rate, or the line itself."""

    entry = "entry"
    person_and_day = "person_and_day"
    person = "person"
    line = "line"


class DetailTerms(BaseModel):
    """What the client gets to see of time. With a `backup` every entry follows as an annex of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    level: DetailLevel = DetailLevel.entry
    backup: bool = False

    @property
    def shows_entries(self) -> bool:
        """Whether every entry is shown somewhere."""
        return self.backup or self.level is DetailLevel.entry


class Printed(BaseModel):
    """A printed line of time: so many entries from one day to another, seconds at a rate, their amount.

    Without a person it is the whole line; then, and where rates differ, there is no rate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    first: date
    last: date
    person: str = ""
    role: str | None = None
    what: str = ""
    source: str = ""
    seconds: int
    rate: Rate | None = None
    amount: Amount
    entries: int = 1
    overtime: str = ""
    """How the price of overtime came about."""


_Key = tuple[object, ...]
_KEYS: Mapping[DetailLevel, Callable[[Printed], _Key]] = {
    DetailLevel.person_and_day: lambda one: (one.person, one.role, one.rate, one.overtime, one.first),
    DetailLevel.person: lambda one: (one.person, one.role, one.rate, one.overtime),
    DetailLevel.line: lambda one: (),
}


def printed(entries: Iterable[Printed], level: DetailLevel) -> tuple[Printed, ...]:
    """The entries of a line as its paper shows them, in the order in which each begins. They come to the
    same time and amount."""
    if level is DetailLevel.entry:
        return tuple(entries)
    groups: dict[_Key, list[Printed]] = {}
    for one in entries:
        groups.setdefault(_KEYS[level](one), []).append(one)
    return tuple(_together(own, level) for own in groups.values())


def _together(own: list[Printed], level: DetailLevel) -> Printed:
    count = sum(one.entries for one in own)
    whole = level is DetailLevel.line
    first = own[0]
    words = f"{count:,} {'entry' if count == 1 else 'entries'}"
    return Printed(
        first=min(one.first for one in own),
        last=max(one.last for one in own),
        person="" if whole else first.person,
        role=None if whole else first.role,
        what=words,
        seconds=sum(one.seconds for one in own),
        rate=None if whole else first.rate,
        amount=total(one.amount for one in own),
        entries=count,
        overtime="" if whole else first.overtime,
    )


def comes_to(lines: Iterable[Printed]) -> Decimal:
    """The sum of printed lines."""
    return total(one.amount for one in lines)

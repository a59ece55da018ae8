"""What a report for an auditor is made of: its question, parts with their queries, and what it is asked with.

An auditor uses a report only after he has tested that it is complete and accurate (PCAOB AS 1105.10,
"information produced by the entity"): so each says its parameters, queries with version, row count, control
totals, who ran it when, and where the audit log stood (CONTROLS, 1.2).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Shown(StrEnum):
    """How a column is written, and whether it is added up."""

    text = "text"
    amount = "amount"
    """Money in the row's currency (its column `currency`), added up by currency."""
    number = "number"
    """A quantity, added up."""
    date = "date"
    instant = "instant"
    """An instant by the clock, in UTC."""


@dataclass(frozen=True)
class Column:
    """A column: its name in the query, and its title."""

    name: str
    title: str
    shown: Shown = Shown.text


@dataclass(frozen=True)
class Query:
    """A query with a name that stays and a version that rises with its text.

    It may use `:firm`, `:from_on`, `:to_on` (days of the firm's calendar), `:as_of` (an instant by the
    clock), `:contract` and `:client` (ids or none).
    """

    name: str
    version: int
    select: str
    tables: str = ""
    """What it selects from, where several queries share that: `WITH …`."""
    actions: Sequence[str] = ()
    """Which entries of the audit log it is about: `:actions`."""
    given: Sequence[Mapping[str, Any]] = ()
    """What it shows that stands in no table: `:given`."""

    @property
    def sql(self) -> str:
        """Its whole text."""
        return self.tables + self.select

    @property
    def sha256(self) -> str:
        """The hash of its text."""
        return hashlib.sha256("\n".join((self.sql, *self.actions)).encode()).hexdigest()


@dataclass(frozen=True)
class Part:
    """A table of a report. `exceptions`: each row of it is something to explain, and none is the good answer;
    `none` says so in words."""

    name: str
    title: str
    query: Query
    columns: Sequence[Column]
    exceptions: bool = False
    none: str = "Nothing."


class Asks(StrEnum):
    """What a report can be asked with."""

    from_on = "from"
    to_on = "to"
    as_of = "as_of"
    contract = "contract"
    client = "client"


PERIOD = (Asks.from_on, Asks.to_on, Asks.as_of, Asks.contract, Asks.client)
END = (Asks.to_on, Asks.as_of, Asks.contract, Asks.client)


@dataclass(frozen=True)
class Report:
    """One of the named reports.

    `again`: whether the same parameters, with the same instant, give the same rows later, and where not.
    `limits`: what it does not say, so that nobody relies on it for that. `tested_by`: the test that
    recomputes its figures by another way.
    """

    number: int
    title: str
    question: str
    parts: Sequence[Part]
    asks: Sequence[Asks]
    again: str
    limits: Sequence[str] = ()
    tested_by: str = ""


@dataclass(frozen=True)
class Asked:
    """The parameters of one run. Days are of the firm's calendar, both included; `as_of` is by the clock:
    what was written after it is not looked at."""

    from_on: date
    to_on: date
    as_of: datetime
    contract_id: UUID | None = None
    client_id: UUID | None = None
    contract: str = ""
    client: str = ""

"""One file for many contracts: its rows by project, which contract each project means, and one part alone."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, total
from importers.entries import TAKEN_IN, Entry, Kind, canonical
from importers.kinds.timesheet_entry import hours
from importers.many import column, figures, only
from importers.matching.names import Matcher, Names
from importers.problems import information, plural
from importers.rules import Checked, Context, Rules

SEVERAL: frozenset[Kind] = frozenset({Kind.timesheet, Kind.expenses, Kind.purchase_orders} & set(TAKEN_IN))
"""The kinds whose rows name a project each, so that one file may be for many contracts."""
PART = "part"
"""Key of the answer that an import of a part has from the beginning: its projects, as a JSON list."""
IN_OTHER = "in another contract from the same file"
"""Why rows are left out that came in with the same bytes."""
UNREADABLE = "refused in the file for many contracts, and mended there"
"""Why rows are left out of every part that could not be read as rows of any project."""
WITHOUT = "(no project)"
"""What the rows of no project are called."""


class Offer(BaseModel):
    """A contract that a project may mean: its id, what it is called, and how like that is, in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    contract: str
    called: str
    in_words: str


class Part(BaseModel):
    """The rows of one project: how many, their hours and amount as decimal text, and which contract is meant.

    `how`: by a name that the contract's work had before (alias), exactly, or open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: str
    rows: int
    hours: str | None = None
    amount: str | None = None
    how: Literal["alias", "exact", "open"] = "open"
    contract: str | None = None
    offers: tuple[Offer, ...] = ()


@dataclass(slots=True)
class Apart:
    """Stands for what belongs to a contract while a file is only taken apart: keeps the rows."""

    entries: Sequence[Entry] = ()

    def __call__(self, entries: Sequence[Entry], context: Context) -> Checked[Entry]:
        """All rows are put aside: each belongs to the part of its project."""
        self.entries = entries
        return Checked((), ignored=len(entries), ignored_as="to be given to their contracts")

    def parts(self, rules: Rules[Any], names: Names) -> tuple[Part, ...]:
        """The projects with what they amount to, the largest first, and the contracts that they mean."""
        matcher = Matcher(names)
        sizes: dict[str, _Size] = defaultdict(_Size)
        hours_of = figures(self.entries, rules.hours)
        amounts = figures(self.entries, rules.amount)
        for project, seconds, amount in zip(_projects(self.entries), hours_of, amounts, strict=True):
            size = sizes[project]
            size.rows += 1
            size.seconds += seconds or 0
            if amount is not None:
                size.amount = total((size.amount or ZERO, amount))
        found = [_part(project, size, rules, matcher) for project, size in sizes.items()]
        return tuple(sorted(found, key=lambda part: (part.project == WITHOUT, -part.rows, part.project)))


@dataclass(slots=True)
class _Size:
    rows: int = 0
    seconds: int = 0
    amount: Decimal | None = None


def _projects(entries: Sequence[Entry]) -> Iterator[str]:
    """The project that each row names, or that it names none."""
    spelled: dict[str | None, str] = {}
    for project in column(entries, "project"):
        if project not in spelled:
            spelled[project] = canonical(project) or WITHOUT
        yield spelled[project]


def only_part(rules: Rules[Any], context: Context) -> tuple[Rules[Any], Context]:
    """The rules and what is known for an import of some projects of a file; as they are for any other."""
    if PART not in context.decisions:
        return rules, context
    projects = frozenset(json.loads(context.decisions[PART]))

    def belongs(entries: Sequence[Any], context: Context) -> Checked[Any]:
        kept = only(entries, (project in projects for project in _projects(entries)))
        others = len(entries) - len(kept)
        if rules.belongs is None:
            return Checked(kept, ignored=others)
        sifted = rules.belongs(kept, context)
        return replace(sifted, ignored=sifted.ignored + others)

    known = context.known.model_copy(
        update={"project_names": context.known.project_names | (projects - {WITHOUT})}
    )
    return replace(rules, belongs=belongs), replace(context, known=known)


def without_elsewhere(entries: Sequence[Entry], context: Context) -> Checked[Entry]:
    """Leave out rows of projects that another contract has from the same bytes: they would be in two."""
    elsewhere = context.known.elsewhere
    if not elsewhere:
        return Checked(entries)
    found: dict[str, list[int]] = {}
    for at, project in enumerate(_projects(entries)):
        if project in elsewhere:
            found.setdefault(project, [at, 0])[1] += 1
    kept = only(entries, (project not in elsewhere for project in _projects(entries)))
    said = [
        information(
            context.place(entries[first], "project"),
            "in_other_contract",
            found=f"{project}: {plural(rows, 'row')}",
            expected=f"rows of a file in one contract: these are in {elsewhere[project]}",
            mend=f"Left out here, because the same file brought them into contract {elsewhere[project]}. "
            "If they belong here, withdraw or take back that import first, then bring this file in again.",
            rows=rows,
        )
        for project, (first, rows) in found.items()
    ]
    return Checked(kept, ignored=len(entries) - len(kept), ignored_as=IN_OTHER, problems=said)


def _part(project: str, size: _Size, rules: Rules[Any], matcher: Matcher) -> Part:
    match = matcher.match(project) if project != WITHOUT else None
    return Part(
        project=project,
        rows=size.rows,
        hours=hours(size.seconds) if rules.hours else None,
        amount=None if size.amount is None else f"{size.amount:.2f}",
        how=match.how if match else "open",
        contract=match.value if match and match.value else None,
        offers=tuple(
            Offer(contract=one.meaning.value, called=one.meaning.called[0], in_words=one.in_words)
            for one in (match.suggestions if match else ())
        ),
    )

"""Which time a page shows, as its address says it, and that time by person and week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode
from uuid import UUID

from contracts_app.domain.money import total
from contracts_app.store.views.time_grid import Wanted, Week, WorkRow
from contracts_app.store.views.time_register import Standing
from contracts_app.web.pages.addresses import given_id

ALL_WEEKS = "all"
ENTERED_AGAIN = ("item_no", "person", "role", "work_date", "overtime")
"""The fields that the form for entering time starts with after an entry; `e_` and the name in the address."""


@dataclass(frozen=True)
class Shown:
    """The choice in the address. `week` is the Monday, None for the usual one; `every` is the page of all
    contracts; `invoice_id` the draft that the person came from."""

    week: date | None = None
    all_weeks: bool = False
    person: str = ""
    standing: Standing | None = None
    entry_id: UUID | None = None
    every: bool = False
    invoice_id: UUID | None = None

    @property
    def query(self) -> str:
        """The choice as the query of an address."""
        week = ALL_WEEKS if self.all_weeks else self.week.isoformat() if self.week else ""
        said = {
            "week": week,
            "person": self.person,
            "standing": self.standing.value if self.standing else "",
            "entry": str(self.entry_id) if self.entry_id else "",
            "of": "all" if self.every else "",
            "invoice": str(self.invoice_id) if self.invoice_id else "",
        }
        return urlencode({name: value for name, value in said.items() if value})

    def address(self, contract_id: UUID) -> str:
        """The page with this choice."""
        if self.every:
            return f"/time?{self.query}"
        return f"/contracts/{contract_id}?tab=time&{self.query}"

    def with_entry(self, entry_id: UUID) -> Shown:
        """The same, with one entry opened."""
        return replace(self, entry_id=entry_id)

    def closed(self) -> Shown:
        """The same without an opened entry."""
        return replace(self, entry_id=None)

    def in_week(self, monday: date) -> Shown:
        """The same in another week."""
        return replace(self, week=monday, all_weeks=False)


def shown_of(query: Mapping[str, str]) -> Shown:
    """The choice that an address makes; what is none is left open."""
    week = query.get("week", "")
    try:
        day: date | None = date.fromisoformat(week)
    except ValueError:
        day = None
    standing = query.get("standing", "")
    return Shown(
        week=None if day is None else day - timedelta(days=day.weekday()),
        all_weeks=week == ALL_WEEKS,
        person=query.get("person", "").replace("\0", ""),
        standing=Standing(standing) if standing in set(Standing) else None,
        entry_id=given_id(query.get("entry", "")),
        every=query.get("of", "") == "all",
        invoice_id=given_id(query.get("invoice", "")),
    )


def settled_on(shown: Shown, weeks: Sequence[Week]) -> Shown:
    """The choice with its week: usually the first in which something waits, else the last one."""
    if shown.all_weeks or shown.week is not None or not weeks:
        return shown
    waiting = [week.monday for week in weeks if week.waiting]
    return replace(shown, week=waiting[0] if waiting else weeks[-1].monday)


def wanted(shown: Shown) -> Wanted:
    """What to read for it."""
    week = None if shown.all_weeks else shown.week
    return Wanted(
        from_day=week,
        to_day=None if week is None else week + timedelta(days=6),
        person=shown.person or None,
        standings=(shown.standing,) if shown.standing else (),
    )


@dataclass(frozen=True)
class PersonWeek:
    """A person's week on a contract. `days` are seconds worked and not rejected, Monday first.

    `approvable` names entries as they are seen here.
    """

    key: str
    contract_id: UUID
    person: str
    monday: date
    days: tuple[int, ...]
    seconds: int
    amount: Decimal
    rows: Sequence[WorkRow]
    approvable: tuple[str, ...]
    standings: Mapping[Standing, int]
    warnings: int

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)


@dataclass(frozen=True)
class Grid:
    """Person-weeks with their totals."""

    weeks: Sequence[PersonWeek]
    days: tuple[int, ...]
    seconds: int
    amount: Decimal
    approvable: tuple[str, ...]

    @property
    def decidable(self) -> bool:
        """Whether anything can still be decided about one of its entries."""
        return any(row.decidable for week in self.weeks for row in week.rows)


def grid_of(rows: Sequence[WorkRow], decider: UUID | None) -> Grid:
    """The rows by person and week. `decider` may approve; not what he entered or wrote up."""
    grouped: dict[tuple[date, str], list[WorkRow]] = {}
    for row in rows:
        grouped.setdefault((row.monday, row.person), []).append(row)
    weeks = [
        _person_week(number, monday, person, own, decider)
        for number, ((monday, person), own) in enumerate(sorted(grouped.items()), start=1)
    ]
    return Grid(
        weeks=weeks,
        days=tuple(sum(week.days[day] for week in weeks) for day in range(7)),
        seconds=sum(week.seconds for week in weeks),
        amount=total(week.amount for week in weeks),
        approvable=tuple(one for week in weeks for one in week.approvable),
    )


def _person_week(
    number: int, monday: date, person: str, rows: Sequence[WorkRow], decider: UUID | None
) -> PersonWeek:
    days = [0] * 7
    standings: dict[Standing, int] = {}
    for row in rows:
        if row.standing not in (Standing.rejected, Standing.replaced):
            days[row.work_date.weekday()] += row.seconds
        standings[row.standing] = standings.get(row.standing, 0) + 1
    return PersonWeek(
        key=f"w{number}",
        contract_id=rows[0].contract_id,
        person=person,
        monday=monday,
        days=tuple(days),
        seconds=sum(days),
        amount=total(row.amount for row in rows if row.counts and row.amount is not None),
        rows=rows,
        approvable=tuple(row.seen for row in rows if decider is not None and row.may_be_approved_by(decider)),
        standings={standing: standings[standing] for standing in Standing if standing in standings},
        warnings=sum(
            len(row.warnings) for row in rows if row.counts or row.standing is Standing.not_billable
        ),
    )

"""A contract of one line billed by time, lived through invoice after invoice over the pure domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing import certifying, claiming, drafting
from contracts_app.domain.billing.pay_application import (
    Entry,
    PayApplication,
    PreviousCertificate,
    as_previous,
)
from contracts_app.domain.billing.schedule_of_values import (
    Basis,
    ChangeOrder,
    SovLine,
    in_force,
    schedule_in_force,
)
from contracts_app.domain.billing.snapshot import Snapshot, TimeBefore
from contracts_app.domain.contract import AtCap, HourRounding
from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.time.rate_card import RateCard, RateRow
from contracts_app.domain.time.time_and_materials import TimeEntry, accepted_part, price
from tests.domain.agreements import executed, identity, snapshot, sov, terms

LINE = identity("line 1")
DAY = date(2025, 1, 1)
HOUR = 3600


def row_of(rate: str, start: str, end: str | None = None, **whose: str) -> RateRow:
    """A row of a rate card."""
    return RateRow(
        rate=Decimal(rate),
        effective_from=date.fromisoformat(start),
        effective_to=date.fromisoformat(end) if end else None,
        **whose,
    )


CARD = (
    row_of("100.00", "2025-01-01"),
    row_of("140.00", "2025-01-01", "2025-04-01", role="Engineer"),
    row_of("150.00", "2025-04-01", role="Engineer"),
    row_of("165.00", "2025-02-01", person="Ada"),
    row_of("185.00", "2025-03-01", "2025-05-01", person="Ada", role="Engineer"),
    row_of("0.00", "2025-01-01", role="Trainee"),
)
"""The card of the page's table of rate lookups."""


def worked(
    number: int, seconds: int, on: date = DAY, person: str = "Bo", role: str | None = None
) -> TimeEntry:
    """An entry on line 1; entries of a day follow each other by their number."""
    return TimeEntry(
        id=identity(f"entry {number}"),
        line_id=LINE,
        work_date=on,
        person=person,
        role=role,
        seconds=seconds,
        position=number,
    )


def by_hour(rate: str) -> tuple[RateRow, ...]:
    """One rate for everybody."""
    return (row_of(rate, "2020-01-01"),)


@dataclass
class UnderACap:
    """What was agreed, what waits and what was billed."""

    cap: Decimal
    at_cap: AtCap
    rates: tuple[RateRow, ...]
    rounding: HourRounding = field(default_factory=HourRounding)
    line: SovLine = field(init=False)
    orders: list[ChangeOrder] = field(default_factory=list)
    waiting: dict[UUID, TimeEntry] = field(default_factory=dict)
    claimed: list[TimeEntry] = field(default_factory=list)
    figures: list[PayApplication] = field(default_factory=list)
    previous: PreviousCertificate | None = None
    cut: Decimal = ZERO
    accepted: Decimal = ZERO
    """Of every certificate so far; `cut` is what the last one cut."""

    def __post_init__(self) -> None:
        self.line = sov(1, self.cap, basis=Basis.time_and_materials)

    def work(self, entries: Iterable[TimeEntry]) -> None:
        """Approved entries that no invoice claims yet."""
        self.waiting.update((entry.id, entry) for entry in entries)

    def raise_cap(self, by: Decimal, on: date) -> None:
        """An executed amendment of the line."""
        number = f"A-{len(self.orders) + 1}"
        self.orders.append(executed(number, by, on).model_copy(update={"raises": self.line.id}))

    def captured(self, period_to: date) -> Snapshot:
        """The snapshot of the next invoice, with nothing claimed yet."""
        counted = in_force(self.orders, period_to)
        before = total(e.amount for known in self.figures for line in known.time for e in line.entries)
        before = less(before, self.accepted)
        return snapshot(
            terms(self.cap, work="0", at_cap=self.at_cap, hour_rounding=self.rounding),
            schedule_in_force([self.line], counted),
            (Entry(line_id=self.line.id),),
            number=len(self.figures) + 1,
            period_to=period_to,
            previous=self.previous,
            change_orders=counted,
            rate_card=self.rates,
            time_before=(TimeBefore(line_id=self.line.id, amount=before),) if self.figures else (),
        )

    def invoice(self, period_to: date) -> Snapshot:
        """Claim what can be claimed and issue it."""
        base = self.captured(period_to)
        offered = [entry for entry in self.waiting.values() if entry.work_date <= period_to]
        drawn = base.model_copy(update={"time": claiming.claimable(base, offered)})
        shown = drafting.draft(drawn)
        self.claimed += [self.waiting.pop(entry.id) for entry in drawn.time]
        self.figures.append(shown)
        self.previous = as_previous(shown)
        self.cut = ZERO
        return drawn

    def certify(self, drawn: Snapshot, this_period: Decimal) -> None:
        """The client certifies less of the invoice."""
        certificate = certifying.certified(drawn, [Entry(line_id=self.line.id, this_period=this_period)])
        self.previous = as_previous(certificate)
        self.cut = less(self.figures[-1].lines[0].total, certificate.lines[0].total)

    def accept(self, asked: Decimal | None) -> None:
        """The project manager accepts the cut of the last certificate, or part of it."""
        part = accepted_part(self.cut, ZERO, asked, "USD")
        self.accepted, self.cut = total((self.accepted, part)), less(self.cut, part)

    def worth(self, entries: Iterable[TimeEntry]) -> Decimal:
        """What entries come to at the rates of their work dates."""
        card = RateCard(self.rates)
        return total(price(entry, card, self.rounding, "USD").amount for entry in entries)

    def told(self) -> Mapping[str, Decimal | int]:
        """The last invoice as the tables tell it."""
        shown = self.figures[-1]
        (line,) = shown.time
        to_date = shown.lines[0].total
        return {
            "Cap": shown.lines[0].scheduled_value,
            "Claimed": len(line.entries),
            "Entries come to": total(entry.amount for entry in line.entries),
            "Over cap": line.over_cap,
            "Billed": line.amount,
            "To date": to_date,
            "Left over cap": less(self.worth(self.claimed), to_date),
            "Waiting": self.worth(e for e in self.waiting.values() if e.work_date <= shown.period_to),
        }

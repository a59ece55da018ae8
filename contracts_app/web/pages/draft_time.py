"""A draft by phases: fee or limit, billed before, this invoice, left; time claimed and time left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing import claiming
from contracts_app.domain.billing.milestones import Milestone, gained
from contracts_app.domain.billing.pay_application import ContinuationLine, PayApplication
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.money import ZERO, in_words_of_a_page, less, total
from contracts_app.domain.time.overtime import in_words
from contracts_app.domain.time.time_and_materials import PricedEntry
from contracts_app.services.consulting_contents import snapshot_before
from contracts_app.store import claimed_time
from contracts_app.store.views import time_grid
from contracts_app.store.views.time_grid import WorkRow
from contracts_app.store.views.time_register import Standing

OVER_LIMIT = "over the limit of its line"
APPROVED_SINCE = "can be billed since the draft was made: take it onto this invoice"
_LEFT_OUT: Mapping[Standing, str] = {
    Standing.waits: "not approved yet",
    Standing.held: "held",
    Standing.unbilled: OVER_LIMIT,
}


@dataclass(frozen=True)
class Phase:
    """A line of a draft. `left` is None where a line billed by time has no limit.

    `over_limit` is signed as in `TimeBilled`; `sentence` says in words what the limit does.
    """

    line_id: UUID
    item_no: str
    description: str
    change_order: str | None
    basis: Basis
    not_to_exceed: bool
    scheduled_value: Decimal
    previous: Decimal
    this_invoice: Decimal
    to_date: Decimal
    left: Decimal | None
    over_limit: Decimal
    sentence: str
    entries: tuple[PricedEntry, ...]
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True)
class LeftOut:
    """An entry up to the end of the period that the draft does not claim, and why."""

    row: WorkRow
    why: str


@dataclass(frozen=True)
class DraftTime:
    """The phases of a draft and the time that it leaves out."""

    phases: Sequence[Phase]
    left_out: Sequence[LeftOut]
    claimable: int
    """Entries that it would claim now and does not."""
    milestones_now: Mapping[UUID, Decimal]
    """What was approved of milestones since the invoice before: what this one bills of them."""

    @staticmethod
    def overtime_of(priced: PricedEntry) -> str:
        """How the price of overtime came about; empty for regular time."""
        worked = priced.entry.overtime
        if worked is None:
            return ""
        return in_words(worked.kind, priced.base_rate, priced.factor, worked.premium_only)


def draft_time(
    connection: Connection, firm_id: UUID, snapshot: Snapshot, figures: PayApplication
) -> DraftTime:
    """What a draft bills and leaves out, from its own snapshot and the time as it stands."""
    left_out, again = _left_out(connection, firm_id, snapshot)
    lines = {line.id: line for line in snapshot.schedule}
    over: dict[UUID, list[Decimal]] = {}
    for one in left_out:
        if one.why == OVER_LIMIT and one.row.line_id is not None and one.row.amount is not None:
            over.setdefault(one.row.line_id, []).append(one.row.amount)
    phases = [
        _phase(snapshot, figures, lines[line.line_id], line, total(over.get(line.line_id, ())))
        for line in figures.lines
    ]
    before = snapshot_before(connection, firm_id, snapshot)
    now = gained(snapshot.milestones, before.milestones if before else ())
    return DraftTime(phases, left_out, again, now)


def _left_out(connection: Connection, firm_id: UUID, snapshot: Snapshot) -> tuple[Sequence[LeftOut], int]:
    """Unclaimed entries of the period with the reason of each, and how many of them could be claimed now."""
    rows = time_grid.rows(
        connection,
        firm_id,
        [snapshot.contract_id],
        time_grid.Wanted(to_day=snapshot.period_to, standings=tuple(_LEFT_OUT)),
    )
    claimed = {entry.id for entry in snapshot.time}
    own = {line.id for line in snapshot.own_lines}
    candidates = [row for row in rows if row.id not in claimed]
    priced = {row.id for row in candidates if row.rate is not None}
    offered = [
        entry
        for entry in claimed_time.offered(connection, firm_id, snapshot.contract_id, snapshot.period_to)
        if entry.id in priced
    ]
    now = {entry.id for entry in claiming.claimable(snapshot, (*snapshot.time, *offered))} - claimed
    found = []
    for row in candidates:
        why = _LEFT_OUT[row.standing]
        if row.held_reason is not None:
            why = f"held: {row.held_reason}"
        elif row.standing is Standing.unbilled and row.line_id is None:
            why = "on no line: transfer it to one"
        elif row.line_id is not None and row.line_id not in own:
            why = "billed to another address"
        elif row.standing is Standing.unbilled and row.rate is None:
            why = "no rate on the rate card"
        elif row.id in now:
            why = APPROVED_SINCE
        found.append(LeftOut(row, why))
    return found, len(now)


def _phase(
    snapshot: Snapshot, figures: PayApplication, line: SovLine, shown: ContinuationLine, kept_back: Decimal
) -> Phase:
    billed = next((one for one in figures.time if one.line_id == line.id), None)
    worked = ZERO if billed is None else total(entry.amount for entry in billed.entries)
    unbilled = ZERO
    if billed is not None and line.cap is not None:
        unbilled = less(total((worked, claiming.owed_over_cap(snapshot, line.id))), billed.amount)
    return Phase(
        line_id=line.id,
        item_no=line.item_no,
        description=line.description,
        change_order=line.change_order,
        basis=line.basis,
        not_to_exceed=line.not_to_exceed,
        scheduled_value=line.scheduled_value,
        previous=shown.previous,
        this_invoice=shown.this_period,
        to_date=shown.total,
        left=None if line.cap is None else less(line.cap, shown.total),
        over_limit=ZERO if billed is None else billed.over_cap,
        sentence=_sentence(line, unbilled, kept_back, figures.currency),
        entries=() if billed is None else billed.entries,
        milestones=tuple(one for one in snapshot.milestones if one.line_id == line.id),
    )


def _sentence(line: SovLine, unbilled: Decimal, kept_back: Decimal, currency: str) -> str:
    if line.cap is None or (unbilled <= ZERO and kept_back <= ZERO):
        return ""
    limit = in_words_of_a_page(line.cap, currency)
    whole = in_words_of_a_page(total((max(unbilled, ZERO), kept_back)), currency)
    return f"{whole} stays unbilled over the limit of {limit}, until an amendment raises it."

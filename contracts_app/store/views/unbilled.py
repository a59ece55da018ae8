"""Unbilled work: what time and approved milestones came to that no invoice has, per contract, read for all
contracts at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, Select, or_, select, true

from contracts_app.domain.billing.claiming import left_under_cap, owed_over_cap
from contracts_app.domain.billing.milestones import MilestoneState, approved_amounts
from contracts_app.domain.billing.pay_application import Entry, Kind
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.money import ZERO, in_words_of_a_page, less, total
from contracts_app.domain.reports.unbilled_age import Aged, by_age
from contracts_app.domain.reports.unbilled_age import Unbilled as Worked
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.transitions import NOT_OUT, OPEN_INVOICE
from contracts_app.store import capturing, offering
from contracts_app.store.capturing import Wanted
from contracts_app.store.tables import client, contract, invoice, milestone, person, sov_line
from contracts_app.store.views.time_grid import contracts_with_time
from contracts_app.store.views.time_register import (
    TO_BE_BILLED,
    Standing,
    of_entries,
    standing_column,
    to_be_billed,
)
from contracts_app.store.views.time_value import COLUMNS, charge

_NEXT_NUMBER = 10_000
"""Above every application number: what is captured for it has every certificate before it."""


@dataclass(frozen=True)
class Part:
    """A part of the unbilled work: amount at the rate card and time charged, in seconds."""

    amount: Decimal
    seconds: int
    entries: int


@dataclass(frozen=True)
class InHand:
    """The invoice of a contract that is not done with: the next one comes after it."""

    invoice_id: UUID
    kind: str
    application_no: int
    state: str
    entries: Sequence[Entry]

    @property
    def is_draft(self) -> bool:
        """Whether it has not gone out: what it claims may still change."""
        return self.state in NOT_OUT


@dataclass(frozen=True)
class OverLimit:
    """Approved work of a line that its limit keeps back until an amendment raises it."""

    item_no: str
    description: str
    limit: Decimal
    over: Decimal


@dataclass(frozen=True)
class Unbilled:
    """The unbilled time and milestones of a contract in its currency.

    `to_bill` is approved and within the limits, `milestones` the part of it that milestones came to, also in
    parts; `drafted` what the open draft bills, `over` approved work that the limits keep back, whether
    earlier invoices left it over or the next one would. `approved` is time on no invoice, within the limits
    or not.
    `unpriced` counts entries that the rate card does not price: they are in the hours, in no amount.
    `aged` is the time that is not issued, on a draft or not, by the days since it was worked.
    """

    contract_id: UUID
    number: str
    title: str
    client: str
    project_manager: str | None
    currency: str
    state: str
    to_bill: Decimal
    milestones: Decimal
    over: Decimal
    drafted: Decimal
    approved: Part
    waits: Part
    held: Part
    unpriced: int
    in_hand: InHand | None
    over_limits: Sequence[OverLimit]
    aged: Sequence[Aged]

    @property
    def over_limits_in_words(self) -> list[str]:
        """What each limit keeps back, as a part of a sentence."""
        return [
            f"line {one.item_no}: {in_words_of_a_page(one.over, self.currency)} over the limit of "
            f"{in_words_of_a_page(one.limit, self.currency)}"
            for one in self.over_limits
        ]

    @property
    def all(self) -> Decimal:
        """Everything that is worked or reached and not issued."""
        return total((self.to_bill, self.over, self.waits.amount, self.held.amount, self.drafted))


@dataclass
class _Sums:
    amounts: list[Decimal] = field(default_factory=list)
    seconds: int = 0
    entries: int = 0

    def part(self) -> Part:
        return Part(total(self.amounts), self.seconds, self.entries)


def unbilled(
    connection: Connection, firm_id: UUID, today: date, only: Collection[UUID] | None = None
) -> Sequence[Unbilled]:
    """Every contract in force (or `only` these) that has time or approved milestones unbilled, by number.

    A fixed number of queries, whatever the number of contracts.
    """
    agreed = {
        row.id: row
        for row in connection.execute(
            select(
                contract.c.id,
                contract.c.number,
                contract.c.title,
                contract.c.state,
                client.c.name.label("client"),
                person.c.name.label("manager"),
            )
            .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
            .outerjoin(
                person,
                (person.c.firm_id == contract.c.firm_id) & (person.c.id == contract.c.project_manager_id),
            )
            .where(
                contract.c.firm_id == firm_id,
                contract.c.state == "active",
                true() if only is None else contract.c.id.in_(only),
                or_(
                    contract.c.id.in_(contracts_with_time(connection, firm_id)),
                    contract.c.id.in_(_with_milestones_reached(firm_id)),
                ),
            )
            .order_by(contract.c.number)
        )
    }
    if not agreed:
        return ()
    standings = offering.standings(connection, firm_id, list(agreed))
    invoices = in_hand_of(connection, firm_id, agreed)
    snapshots = capturing.capture(
        connection,
        firm_id,
        [
            # The certificate before the invoice in hand: what that one claims is counted below.
            Wanted(
                contract_id,
                Kind.consulting,
                (standings[contract_id].in_hand_number if contract_id in standings else None) or _NEXT_NUMBER,
                today,
            )
            for contract_id in agreed
        ],
    )
    sums: dict[UUID, dict[Standing, _Sums]] = {one: {s: _Sums() for s in TO_BE_BILLED} for one in agreed}
    on_line: dict[tuple[UUID | None, Standing], list[Decimal]] = {}
    by_work_day: dict[UUID, list[Worked]] = {one: [] for one in agreed}
    unpriced = dict.fromkeys(agreed, 0)
    cards = {contract_id: RateCard(one.rate_card) for contract_id, one in snapshots.items()}
    rows = connection.execute(
        of_entries(select(*COLUMNS, standing_column.label("standing"))).where(to_be_billed(firm_id, agreed))
    )
    for row in rows:
        standing = Standing(row.standing)
        own = sums[row.contract_id][standing]
        seconds, amount = charge(row, snapshots[row.contract_id].terms, cards[row.contract_id])
        own.seconds += seconds
        own.entries += 1
        if amount is None:
            unpriced[row.contract_id] += 1
            continue
        own.amounts.append(amount)
        by_work_day[row.contract_id].append(Worked(worked_on=row.work_date, amount=amount))
        on_line.setdefault((row.sov_line_id, standing), []).append(amount)
    found = []
    for contract_id, row in agreed.items():
        parts = {standing: own.part() for standing, own in sums[contract_id].items()}
        by_line = [
            (line, under_limit(snapshots[contract_id], line, on_line))
            for line in snapshots[contract_id].schedule
            if line.basis is Basis.time_and_materials
        ]
        room = [one for _, one in by_line]
        in_hand = invoices.get(contract_id)
        reached, on_draft = _of_milestones(snapshots[contract_id], in_hand)
        owed = total(one.owed for one in room)
        found.append(
            Unbilled(
                contract_id=contract_id,
                number=row.number,
                title=row.title,
                client=row.client,
                project_manager=row.manager,
                currency=snapshots[contract_id].terms.currency,
                state=row.state,
                to_bill=total((total(one.approved for one in room), ZERO if in_hand else owed, reached)),
                milestones=reached,
                over=total(one.over for one in room),
                drafted=total((total(one.drafted for one in room), owed if in_hand else ZERO, on_draft)),
                approved=parts[Standing.unbilled],
                waits=parts[Standing.waits],
                held=parts[Standing.held],
                unpriced=unpriced[contract_id],
                in_hand=in_hand,
                over_limits=[
                    OverLimit(line.item_no, line.description, line.cap, one.over)
                    for line, one in by_line
                    if line.cap is not None and one.over > ZERO
                ],
                aged=by_age(by_work_day[contract_id], today)[0],
            )
        )
    return [one for one in found if one.all or one.unpriced]


def _with_milestones_reached(firm_id: UUID) -> Select[tuple[UUID]]:
    """Contracts with a line billed by milestones of which something is approved."""
    return (
        select(milestone.c.contract_id)
        .join(
            sov_line,
            (sov_line.c.firm_id == milestone.c.firm_id) & (sov_line.c.id == milestone.c.sov_line_id),
        )
        .where(
            milestone.c.firm_id == firm_id,
            sov_line.c.basis == Basis.milestone.value,
            or_(milestone.c.state == MilestoneState.approved.value, milestone.c.approved_amount > 0),
        )
    )


def in_hand_of(
    connection: Connection, firm_id: UUID, contract_ids: Collection[UUID]
) -> Mapping[UUID, InHand]:
    """The invoices of contracts that are not done with, contract → invoice."""
    rows = connection.execute(
        select(
            invoice.c.contract_id,
            invoice.c.id,
            invoice.c.kind,
            invoice.c.application_no,
            invoice.c.state,
            invoice.c.entries,
        ).where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id.in_(contract_ids),
            invoice.c.state.in_([state.value for state in OPEN_INVOICE]),
        )
    )
    return {
        row.contract_id: InHand(
            row.id,
            row.kind,
            row.application_no,
            row.state,
            [Entry.model_validate(one) for one in row.entries],
        )
        for row in rows
    }


def _of_milestones(snapshot: Snapshot, in_hand: InHand | None) -> tuple[Decimal, Decimal]:
    """Of the milestones approved: what no invoice has, and what the open draft bills."""
    approved = approved_amounts(snapshot.milestones)
    before = {line.line_id: line.completed for line in snapshot.previous.lines} if snapshot.previous else {}
    claimed = {entry.line_id: entry.this_period for entry in in_hand.entries} if in_hand else {}
    left, drafted = [], []
    for line in snapshot.schedule:
        if line.basis is Basis.milestone:
            on_it = claimed.get(line.id, ZERO)
            billed = total((before.get(line.id, ZERO), on_it))
            left.append(max(less(approved.get(line.id, ZERO), billed), ZERO))
            drafted.append(on_it)
    return total(left), total(drafted) if in_hand and in_hand.is_draft else ZERO


@dataclass(frozen=True)
class Room:
    """Of a line's work not issued: what its limit lets be billed, and what is `over` it."""

    owed: Decimal
    drafted: Decimal
    approved: Decimal
    over: Decimal


def under_limit(
    snapshot: Snapshot, line: SovLine, on_line: Mapping[tuple[UUID | None, Standing], Sequence[Decimal]]
) -> Room:
    """What of a line's work fits under its limit, and what is over it.

    What earlier invoices left over comes first, then the open draft, then what the next one can claim.
    """
    parts = (
        owed_over_cap(snapshot, line.id),
        total(on_line.get((line.id, Standing.claimed), ())),
        total(on_line.get((line.id, Standing.unbilled), ())),
    )
    left = left_under_cap(snapshot, line)
    if left is None:
        return Room(parts[0], parts[1], parts[2], ZERO)
    left = max(left, ZERO)
    fits = []
    for part in parts:
        fits.append(min(part, left))
        left = less(left, fits[-1])
    return Room(fits[0], fits[1], fits[2], less(total(parts), total(fits)))

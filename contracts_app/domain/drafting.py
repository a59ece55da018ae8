"""A draft is a pure function of a captured snapshot.

The snapshot holds everything that decides a figure: terms, schedule, executed change orders, the prior
certificate, what is claimed and what is released. It is stored with the invoice by its hash, so that any
figure on any issued invoice can be recomputed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts_app.domain import canonical
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.milestones import Milestone
from contracts_app.domain.money import ZERO, Amount, less, total
from contracts_app.domain.pay_application import (
    Entry,
    Kind,
    PayApplication,
    PreviousCertificate,
    PreviousLine,
    compose,
)
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.domain.schedule_of_values import ChangeOrder, SovLine, in_force

RULES = "pay-application-1"
"""Names the version of the rules that made a figure; it is part of every snapshot."""


class Release(BaseModel):
    """Retainage released on a line by this invoice."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    amount: Amount


class Snapshot(BaseModel):
    """Everything that an application for payment is computed from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    rules: str = RULES
    contract_id: UUID
    contract_number: str
    kind: Kind
    application_no: int
    period_to: date
    terms: ContractTerms
    schedule: tuple[SovLine, ...]
    change_orders: tuple[ChangeOrder, ...]
    milestones: tuple[Milestone, ...]
    previous: PreviousCertificate | None
    entries: tuple[Entry, ...]
    releases: tuple[Release, ...] = ()
    submission: int = 0
    """How often the draft was handed over for approval: what was approved before it was sent back or edited
    is approved again, even where no figure differs."""

    def released_to_date(self) -> Mapping[UUID, Decimal]:
        """Retainage released per line, on earlier invoices and on this one."""
        released = {line.line_id: line.released for line in self.previous.lines} if self.previous else {}
        for release in self.releases:
            released[release.line_id] = total((released.get(release.line_id, ZERO), release.amount))
        return released


def draft(snapshot: Snapshot) -> PayApplication:
    """The application that the snapshot gives: always the same figures for the same snapshot.

    Of the change orders only those in force at the end of the period count. Raises Refused when a line is
    entered twice or is not in the schedule of values, or a sum has more digits than an amount can have.
    """
    entries = {entry.line_id: entry for entry in snapshot.entries}
    if len(entries) < len(snapshot.entries):
        raise wrong_content("entered_twice", "A line of the schedule of values is entered twice.")
    try:
        return compose(
            kind=snapshot.kind,
            application_no=snapshot.application_no,
            period_to=snapshot.period_to,
            terms=snapshot.terms,
            schedule=snapshot.schedule,
            orders_in_force=in_force(snapshot.change_orders, snapshot.period_to),
            previous=snapshot.previous,
            entries=entries,
            released=snapshot.released_to_date(),
        )
    except ValidationError:
        raise wrong_content("amount_too_large", "The amounts add up to more than can be billed.") from None


def certified(snapshot: Snapshot, entries: Sequence[Entry]) -> PayApplication:
    """The certificate: the application with the amounts accepted on the lines that are cut.

    Lines not named stay as applied for. A certifier may say that material claimed as built in is still
    stored. Raises Refused for a line that is accepted with more work, or more in all, than was applied for,
    for a certificate below zero, and as `draft` does.
    """
    applied = {entry.line_id: entry for entry in snapshot.entries}
    accepted = {entry.line_id: entry for entry in entries}
    for line_id, entry in accepted.items():
        claim = applied.get(line_id, Entry(line_id=line_id))
        if entry.this_period > claim.this_period or _claimed(entry) > _claimed(claim):
            raise _above_applied()
    cut = tuple(accepted.pop(entry.line_id, entry) for entry in snapshot.entries)
    certificate = draft(snapshot.model_copy(update={"entries": (*cut, *accepted.values())}))
    if certificate.line8 < ZERO:
        raise wrong_content(
            "certificate_negative", "This certificate would take back money that was certified before."
        )
    if certificate.line8 > draft(snapshot).line8:  # less retainage is withheld where material is still stored
        raise _above_applied()
    return certificate


def _above_applied() -> Refused:
    return wrong_content("certified_above_applied", "A certificate cannot be above what was applied for.")


def _claimed(entry: Entry) -> Decimal:
    return total((entry.this_period, entry.stored))


def withheld(snapshot: Snapshot) -> PayApplication:
    """The certificate that accepts nothing new: earlier work and stored material stay as certified before."""
    entries = unchanged_entries(snapshot.schedule, snapshot.previous)
    return draft(snapshot.model_copy(update={"entries": entries, "releases": ()}))


def unchanged_entries(schedule: Sequence[SovLine], previous: PreviousCertificate | None) -> tuple[Entry, ...]:
    """Entries that leave the work as certified before: nothing new, stored material where it was."""
    stored = {line.line_id: line.stored for line in previous.lines} if previous else {}
    return tuple(Entry(line_id=line.id, stored=stored.get(line.id, ZERO)) for line in schedule)


def suggested_entries(
    schedule: Sequence[SovLine],
    previous: PreviousCertificate | None,
    reported: Mapping[UUID, Decimal],
    not_certified: Mapping[UUID, Decimal],
    *,
    complete: bool,
) -> tuple[Entry, ...]:
    """What a new application claims before anybody edits it.

    Per line: the work reported for the period, and again what the prior certificate cut from the last
    application. `complete` claims the whole balance instead. Stored material stays until it is incorporated.
    """
    before = {line.line_id: line for line in previous.lines} if previous else {}
    entries = []
    for line in schedule:
        known = before.get(line.id, PreviousLine(line_id=line.id))
        if complete:
            entries.append(Entry(line_id=line.id, this_period=less(line.scheduled_value, known.completed)))
        else:
            claimed = total((reported.get(line.id, ZERO), not_certified.get(line.id, ZERO)))
            entries.append(Entry(line_id=line.id, this_period=claimed, stored=known.stored))
    return tuple(entries)


def content_hash(snapshot: Snapshot) -> str:
    """What an approval is bound to: the snapshot and every figure that follows from it."""
    return canonical.digest({"snapshot": snapshot, "figures": draft(snapshot)})

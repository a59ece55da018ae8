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

from pydantic import BaseModel, ConfigDict

from contracts_app.domain import canonical
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.milestones import Milestone
from contracts_app.domain.money import ZERO, Amount
from contracts_app.domain.pay_application import Entry, Kind, PayApplication, PreviousCertificate, compose
from contracts_app.domain.schedule_of_values import ChangeOrder, SovLine

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

    def released_to_date(self) -> Mapping[UUID, Decimal]:
        """Retainage released per line, on earlier invoices and on this one."""
        released = {line.line_id: line.released for line in self.previous.lines} if self.previous else {}
        for release in self.releases:
            released[release.line_id] = released.get(release.line_id, ZERO) + release.amount
        return released


def draft(snapshot: Snapshot) -> PayApplication:
    """The application that the snapshot gives: always the same figures for the same snapshot."""
    return compose(
        kind=snapshot.kind,
        application_no=snapshot.application_no,
        period_to=snapshot.period_to,
        terms=snapshot.terms,
        schedule=snapshot.schedule,
        orders_in_force=snapshot.change_orders,
        previous=snapshot.previous,
        entries={entry.line_id: entry for entry in snapshot.entries},
        released=snapshot.released_to_date(),
    )


def certified(snapshot: Snapshot, entries: Sequence[Entry]) -> PayApplication:
    """The certificate: the same application with the amounts that the certifier accepts."""
    return draft(snapshot.model_copy(update={"entries": tuple(entries)}))


def content_hash(snapshot: Snapshot) -> str:
    """What an approval is bound to: the snapshot and every figure that follows from it."""
    return canonical.digest({"snapshot": snapshot, "figures": draft(snapshot)})

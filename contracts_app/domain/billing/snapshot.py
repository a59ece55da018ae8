"""What an application for payment is computed from, captured at one moment.

The snapshot holds everything that decides a figure: terms, schedule, executed change orders, the prior
certificate, what is claimed and what is released. It is stored with the invoice by its hash, so that any
figure on any issued invoice can be recomputed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.approving.chain import Band
from contracts_app.domain.billing.addressed import Addressed
from contracts_app.domain.billing.milestones import Milestone
from contracts_app.domain.billing.pay_application import Entry, Kind, PreviousCertificate
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, SovLine
from contracts_app.domain.billing.stored_material import Backup
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.contract import ContractTerms, ReceivableArises
from contracts_app.domain.cost_plus.ledger import CostsBefore, JobCost
from contracts_app.domain.funding.limited import Limits
from contracts_app.domain.money import ZERO, Amount, total
from contracts_app.domain.retainage.retainage_release import ReleaseCause
from contracts_app.domain.tax.books import DraftExchange
from contracts_app.domain.tax.contract_tax import DraftTax
from contracts_app.domain.tax.invoicing import DraftInvoicing
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.domain.time.time_and_materials import DayBefore, TimeEntry

RULES = "pay-application-1"
"""Names the version of the rules that made a figure; it is part of every snapshot."""


class Release(BaseModel):
    """Retainage released on a line by this invoice."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    line_id: UUID
    amount: Amount


class TimeBefore(BaseModel):
    """What entries of a line came to on earlier invoices, whether or not the cap let it be billed, less the
    certifier's cuts that were accepted."""

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
    rate_card: tuple[RateRow, ...] = ()
    time: tuple[TimeEntry, ...] = ()
    """The entries that this invoice claims."""
    time_before: tuple[TimeBefore, ...] = ()
    days_before: Annotated[tuple[DayBefore, ...], ADDED_LATER] = ()
    """Only where the terms charge a least time for a person's day."""
    backup: Annotated[tuple[Backup, ...], ADDED_LATER] = ()
    """The papers for stored material, as they lie with this application."""
    deposit_balance: Amount = ZERO
    costs: Annotated[tuple[JobCost, ...], ADDED_LATER] = ()
    """The costs that this invoice claims."""
    costs_before: Annotated[tuple[CostsBefore, ...], ADDED_LATER] = ()
    limits: Annotated[Limits | None, ADDED_LATER] = None
    """Only where caps of the contract or purchase orders say what may be billed."""
    addressed: Annotated[Addressed | None, ADDED_LATER] = None
    """Only where the contract's lines are billed to several addresses."""
    tax: Annotated[DraftTax | None, ADDED_LATER] = None
    """Only where the terms say how the contract is taxed."""
    exchange: Annotated[DraftExchange | None, ADDED_LATER] = None
    """Only where the books of who bills are in another currency than what is owed."""
    invoicing: Annotated[DraftInvoicing | None, ADDED_LATER] = None
    """Only where the contract is invoiced in another currency than its own."""
    release_cause: Annotated[ReleaseCause | None, ADDED_LATER] = None
    """Only where retainage is released before everything is closed out."""
    work_completed: Annotated[bool, ADDED_LATER] = False
    """By the period's end the work is complete: savings under a guaranteed maximum price are split, and the
    rest of an advance payment is recovered. Of other contracts the figures do not depend on it."""
    advance_guarantee: Annotated[str | None, ADDED_LATER] = None
    """What the client holds for the advance payment that this invoice asks for."""
    later_orders: Annotated[Amount, ADDED_LATER] = ZERO
    """Of an advance payment: what the change orders executed after its day come to. They count from the next
    application on, so what recovers the advance is more or less by them."""
    approval: Annotated[tuple[Band, ...] | None, ADDED_LATER] = None
    """Who approves it, where the firm's approval policy said so when it was submitted."""
    submission: int = 0
    """How often the draft was handed over for approval: what was approved before it was sent back or edited
    is approved again, even where no figure differs."""

    @property
    def is_certified(self) -> bool:
        """Whether the client certifies it: not an advance payment, which is agreed and not measured."""
        return self.terms.certified_by_client and self.kind is not Kind.advance

    @property
    def owed_at_issue(self) -> bool:
        """Whether the client owes it from the day of its issue."""
        return self.terms.receivable_arises is ReceivableArises.submission or self.kind is Kind.advance

    @property
    def own_lines(self) -> tuple[SovLine, ...]:
        """The lines that this invoice bills: all, or those of its address."""
        if self.addressed is None:
            return self.schedule
        own = set(self.addressed.line_ids)
        return tuple(line for line in self.schedule if line.id in own)

    def released_to_date(self) -> Mapping[UUID, Decimal]:
        """Retainage released per line, on earlier invoices and on this one."""
        released = {line.line_id: line.released for line in self.previous.lines} if self.previous else {}
        for release in self.releases:
            released[release.line_id] = total((released.get(release.line_id, ZERO), release.amount))
        return released

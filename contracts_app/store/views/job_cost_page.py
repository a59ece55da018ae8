"""The costs of a contract as a page shows them: each with where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.money import less
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store.cost_tables import cost_claim, job_cost
from contracts_app.store.job_costs import source_in_words
from contracts_app.store.tables import invoice, person, sov_line
from contracts_app.store.views.late_entries import posted_to


class CostStands(StrEnum):
    """Where a cost stands on its way to the client."""

    waits = "waits"
    unbilled = "unbilled"
    held = "held"
    claimed = "claimed"
    billed = "billed"
    not_billable = "not_billable"
    recorded = "recorded"
    sent_back = "sent_back"
    replaced = "replaced"


@dataclass(frozen=True)
class CostShown:
    """A recorded cost. `amount` is net of recoverable tax, `billed` what is billed instead, if written."""

    id: UUID
    version: int
    incurred_on: date
    item_no: str
    line: str
    category: str
    description: str
    vendor: str | None
    source: str
    gross: Decimal
    recoverable_tax: Decimal
    fee_within: Decimal
    amount: Decimal
    state: str
    reason: str
    held_reason: str | None
    billed: Decimal | None
    written_reason: str | None
    written_up_by: str | None
    written_up_by_id: UUID | None
    replaced_reason: str | None
    part_of: UUID | None
    corrects: UUID | None
    recorded_by: str
    recorded_by_id: UUID
    decided_by: str | None
    invoice_id: UUID | None
    application_no: int | None
    stands: CostStands
    posted_to: date | None

    @property
    def to_bill(self) -> Decimal:
        """What is billed of it, or would be."""
        return self.amount if self.billed is None else self.billed

    @property
    def movable(self) -> bool:
        """Whether it can still be held, written, transferred or split: no invoice has gone out with it."""
        return self.stands not in (CostStands.billed, CostStands.sent_back, CostStands.replaced)


def costs(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[CostShown]:
    """Every cost of the contract, latest first."""
    recorder, decider, raiser = (person.alias(name) for name in ("recorder", "decider", "raiser"))
    rows = connection.execute(
        select(
            job_cost,
            sov_line.c.item_no,
            sov_line.c.description.label("line"),
            sov_line.c.basis,
            recorder.c.name.label("recorder"),
            decider.c.name.label("decider"),
            raiser.c.name.label("raiser"),
            cost_claim.c.invoice_id,
            invoice.c.application_no,
            invoice.c.state.label("invoice_state"),
            posted_to("cost", job_cost).label("posted_to"),
        )
        .join(
            sov_line, (sov_line.c.firm_id == job_cost.c.firm_id) & (sov_line.c.id == job_cost.c.sov_line_id)
        )
        .join(
            recorder, (recorder.c.firm_id == job_cost.c.firm_id) & (recorder.c.id == job_cost.c.recorded_by)
        )
        .outerjoin(
            decider, (decider.c.firm_id == job_cost.c.firm_id) & (decider.c.id == job_cost.c.decided_by)
        )
        .outerjoin(
            raiser, (raiser.c.firm_id == job_cost.c.firm_id) & (raiser.c.id == job_cost.c.written_up_by)
        )
        .outerjoin(
            cost_claim,
            (cost_claim.c.firm_id == job_cost.c.firm_id) & (cost_claim.c.job_cost_id == job_cost.c.id),
        )
        .outerjoin(
            invoice, (invoice.c.firm_id == cost_claim.c.firm_id) & (invoice.c.id == cost_claim.c.invoice_id)
        )
        .where(job_cost.c.firm_id == firm_id, job_cost.c.contract_id == contract_id)
        .order_by(job_cost.c.incurred_on.desc(), sov_line.c.position, job_cost.c.description, job_cost.c.id)
    ).mappings()
    return [
        CostShown(
            id=row["id"],
            version=row["version"],
            incurred_on=row["incurred_on"],
            item_no=row["item_no"],
            line=row["line"],
            category=row["category"],
            description=row["description"],
            vendor=row["vendor"],
            source=source_in_words(row["source_kind"], row["source_ref"]),
            gross=row["gross"],
            recoverable_tax=row["recoverable_tax"],
            fee_within=row["fee_within"],
            amount=less(row["gross"], row["recoverable_tax"]),
            state=row["state"],
            reason=row["sent_back_reason"] or row["not_billable_reason"] or "",
            held_reason=row["held_reason"],
            billed=row["billed"],
            written_reason=row["written_reason"],
            written_up_by=row["raiser"],
            written_up_by_id=row["written_up_by"],
            replaced_reason=row["replaced_reason"],
            part_of=row["part_of_id"],
            corrects=row["corrects_id"],
            recorded_by=row["recorder"],
            recorded_by_id=row["recorded_by"],
            decided_by=row["decider"],
            invoice_id=row["invoice_id"],
            application_no=row["application_no"],
            stands=_stands(row),
            posted_to=row["posted_to"],
        )
        for row in rows
    ]


def count(connection: Connection, firm_id: UUID, contract_id: UUID) -> int | None:
    """How many costs the contract has; None for one that has none, and no line billed at cost."""
    number: int = connection.execute(
        select(func.count()).where(job_cost.c.firm_id == firm_id, job_cost.c.contract_id == contract_id)
    ).scalar_one()
    if number:
        return number
    at_cost = connection.execute(
        select(sov_line.c.id)
        .where(
            sov_line.c.firm_id == firm_id,
            sov_line.c.contract_id == contract_id,
            sov_line.c.basis == Basis.cost_plus.value,
        )
        .limit(1)
    ).first()
    return 0 if at_cost is not None else None


def _stands(row: Any) -> CostStands:
    if row["state"] == "sent_back":
        return CostStands.sent_back
    if row["state"] == "replaced":
        return CostStands.replaced
    if row["held_reason"] is not None:
        return CostStands.held
    if row["invoice_id"] is not None:
        return CostStands.claimed if row["invoice_state"] in NOT_OUT else CostStands.billed
    if row["state"] == "open":
        return CostStands.waits
    if not row["billable"]:
        return CostStands.not_billable
    return CostStands.unbilled if row["basis"] == Basis.cost_plus else CostStands.recorded

"""Which costs of a contract come from vendors' bills, and where they are billed to the client."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.store.cost_tables import cost_claim, job_cost
from contracts_app.store.job_costs import parts_standing
from contracts_app.store.purchasing import insert_many
from contracts_app.store.purchasing_tables import purchase_cost, vendor_bill_line
from contracts_app.store.tables import invoice, sov_line


@dataclass(frozen=True)
class Posted:
    """A cost that the ledger has of a line of a bill, net of tax that is recovered."""

    cost_id: UUID
    amount: Decimal
    corrects: UUID | None
    counts: bool
    """Not sent back."""


def posted(
    connection: Connection, firm_id: UUID, bill_line_ids: Collection[UUID]
) -> Mapping[UUID, tuple[Posted, ...]]:
    """By line of a bill, the costs that the ledger has of it, in their order."""
    rows = connection.execute(
        select(
            purchase_cost.c.bill_line_id,
            job_cost.c.id,
            (job_cost.c.gross - job_cost.c.recoverable_tax).label("amount"),
            job_cost.c.corrects_id,
            job_cost.c.state,
        )
        .join(
            job_cost,
            (job_cost.c.firm_id == purchase_cost.c.firm_id) & (job_cost.c.id == purchase_cost.c.job_cost_id),
        )
        .where(
            purchase_cost.c.firm_id == firm_id,
            purchase_cost.c.bill_line_id.in_(bill_line_ids),
        )
        .order_by(job_cost.c.incurred_on, job_cost.c.id)
    )
    found: dict[UUID, tuple[Posted, ...]] = {}
    for row in rows:
        one_more = Posted(row.id, row.amount, row.corrects_id, row.state != "sent_back")
        found[row.bill_line_id] = (*found.get(row.bill_line_id, ()), one_more)
    return found


def link_costs(connection: Connection, firm_id: UUID, costs: Mapping[UUID, UUID]) -> None:
    """Say which lines of bills costs come from, cost → line."""
    insert_many(
        connection,
        purchase_cost,
        [{"firm_id": firm_id, "job_cost_id": cost, "bill_line_id": line} for cost, line in costs.items()],
    )


@dataclass(frozen=True)
class PassedOn:
    """A cost of the contract that comes from a line of a bill, and the invoice that bills it."""

    bill_line_id: UUID
    cost_id: UUID
    incurred_on: date
    amount: Decimal
    fee_within: Decimal
    item_no: str
    billable: bool
    not_billable_reason: str | None
    state: str
    invoice_id: UUID | None
    invoice_state: str | None
    application_no: int | None


def passed_on(connection: Connection, firm_id: UUID, bill_id: UUID) -> Sequence[PassedOn]:
    """What of a bill is a cost of the contract, and where it is billed to the client; a cost that was split
    by what stands for it."""
    rows = connection.execute(
        select(purchase_cost.c.bill_line_id, purchase_cost.c.job_cost_id, job_cost.c.state)
        .join(
            vendor_bill_line,
            (vendor_bill_line.c.firm_id == purchase_cost.c.firm_id)
            & (vendor_bill_line.c.id == purchase_cost.c.bill_line_id),
        )
        .join(
            job_cost,
            (job_cost.c.firm_id == purchase_cost.c.firm_id) & (job_cost.c.id == purchase_cost.c.job_cost_id),
        )
        .where(purchase_cost.c.firm_id == firm_id, vendor_bill_line.c.bill_id == bill_id)
        .order_by(vendor_bill_line.c.position, job_cost.c.incurred_on, job_cost.c.id)
    )
    of_line = {}
    for row in rows.all():
        stands = [row.job_cost_id]
        if row.state == "replaced":
            stands = [one["id"] for one in parts_standing(connection, firm_id, row.job_cost_id)]
        of_line.update(dict.fromkeys(stands, row.bill_line_id))
    found = _billed(connection, firm_id, list(of_line))
    return [PassedOn(bill_line_id=line, **found[cost_id]) for cost_id, line in of_line.items()]


def _billed(
    connection: Connection, firm_id: UUID, cost_ids: Collection[UUID]
) -> Mapping[UUID, dict[str, Any]]:
    """These costs as they stand, with the invoice that claims each."""
    rows = connection.execute(
        select(
            job_cost.c.id.label("cost_id"),
            job_cost.c.incurred_on,
            (job_cost.c.gross - job_cost.c.recoverable_tax).label("amount"),
            job_cost.c.fee_within,
            sov_line.c.item_no,
            job_cost.c.billable,
            job_cost.c.not_billable_reason,
            job_cost.c.state,
            cost_claim.c.invoice_id,
            invoice.c.state.label("invoice_state"),
            invoice.c.application_no,
        )
        .join(
            sov_line, (sov_line.c.firm_id == job_cost.c.firm_id) & (sov_line.c.id == job_cost.c.sov_line_id)
        )
        .outerjoin(
            cost_claim,
            (cost_claim.c.firm_id == job_cost.c.firm_id) & (cost_claim.c.job_cost_id == job_cost.c.id),
        )
        .outerjoin(
            invoice, (invoice.c.firm_id == cost_claim.c.firm_id) & (invoice.c.id == cost_claim.c.invoice_id)
        )
        .where(job_cost.c.firm_id == firm_id, job_cost.c.id.in_(cost_ids))
    )
    return {row.cost_id: dict(row._mapping) for row in rows}

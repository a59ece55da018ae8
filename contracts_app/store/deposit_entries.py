"""What clients paid ahead, as it is recorded and drawn."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.transitions import InvoiceState
from contracts_app.store.billing_tables import deposit_entry
from contracts_app.store.tables import invoice, issued_invoice


def deposit_known(connection: Connection, firm_id: UUID, contract_id: UUID, reference: str) -> bool:
    """Whether a deposit, or its return, with this reference is recorded."""
    return (
        connection.execute(
            select(deposit_entry.c.id).where(
                deposit_entry.c.firm_id == firm_id,
                deposit_entry.c.contract_id == contract_id,
                deposit_entry.c.reference == reference,
            )
        ).first()
        is not None
    )


def deposit_stands_since(connection: Connection, firm_id: UUID, contract_id: UUID) -> date | None:
    """The day of the last entry of the contract's deposit; None where nothing was paid ahead."""
    day: date | None = connection.execute(
        select(func.max(deposit_entry.c.posted_on)).where(
            deposit_entry.c.firm_id == firm_id, deposit_entry.c.contract_id == contract_id
        )
    ).scalar_one()
    return day


def deposit_counted_on(connection: Connection, firm_id: UUID, contract_id: UUID) -> Decimal:
    """The part of the deposit that an application with the client will draw once it is certified."""
    amount: Decimal = connection.execute(
        select(func.coalesce(func.sum(issued_invoice.c.deposit_applied), 0))
        .join_from(
            issued_invoice,
            invoice,
            (invoice.c.firm_id == issued_invoice.c.firm_id) & (invoice.c.id == issued_invoice.c.invoice_id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id == contract_id,
            invoice.c.state.in_((InvoiceState.submitted.value, InvoiceState.being_revised.value)),
        )
    ).scalar_one()
    return amount

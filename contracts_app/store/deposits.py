"""What clients have paid ahead."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.money import less
from contracts_app.domain.transitions import InvoiceState
from contracts_app.store.billing_tables import deposit_entry
from contracts_app.store.tables import invoice, issued_invoice


def deposit_balances(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Decimal]:
    """What clients have paid ahead and no invoice has used; contracts without a deposit are left out."""
    rows = connection.execute(
        select(deposit_entry.c.contract_id, func.sum(deposit_entry.c.amount).label("balance"))
        .where(deposit_entry.c.firm_id == firm_id, deposit_entry.c.contract_id.in_(ids))
        .group_by(deposit_entry.c.contract_id)
    )
    return {row.contract_id: row.balance for row in rows}


def deposits_left(
    connection: Connection, firm_id: UUID, before: Mapping[UUID, int]
) -> Mapping[UUID, Decimal]:
    """What of the deposit is left for an application, contract → its number: without what those before it
    that wait for their certificate will draw."""
    balances = deposit_balances(connection, firm_id, list(before))
    rows = connection.execute(
        select(invoice.c.contract_id, invoice.c.application_no, issued_invoice.c.deposit_applied)
        .join_from(
            invoice,
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id.in_(list(balances)),
            invoice.c.state.in_((InvoiceState.submitted.value, InvoiceState.being_revised.value)),
        )
    )
    found = dict(balances)
    for row in rows:
        if row.application_no < before[row.contract_id]:
            found[row.contract_id] = less(found[row.contract_id], row.deposit_applied)
    return found

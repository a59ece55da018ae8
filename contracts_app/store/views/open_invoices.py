"""Invoices of contracts that are not closed, issued and in hand."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, and_, select, true
from sqlalchemy.engine import RowMapping

from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store.tables import contract, invoice, issued_invoice


def issued(connection: Connection, firm_id: UUID, *, closed_too: bool = False) -> Sequence[RowMapping]:
    """Issued invoices by series and number: id, number_text, currency."""
    wanted = true() if closed_too else contract.c.state != "closed"
    return (
        connection.execute(
            select(invoice.c.id, issued_invoice.c.number_text, issued_invoice.c.currency)
            .join(
                issued_invoice,
                and_(
                    issued_invoice.c.firm_id == invoice.c.firm_id, issued_invoice.c.invoice_id == invoice.c.id
                ),
            )
            .join(
                contract,
                and_(contract.c.firm_id == invoice.c.firm_id, contract.c.id == invoice.c.contract_id),
            )
            .where(invoice.c.firm_id == firm_id, wanted)
            .order_by(issued_invoice.c.legal_entity_id, issued_invoice.c.series, issued_invoice.c.number)
        )
        .mappings()
        .all()
    )


def in_hand(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """Drafts that are not issued: their columns, and `contract_number`."""
    return (
        connection.execute(
            select(invoice, contract.c.number.label("contract_number"))
            .join(
                contract,
                and_(contract.c.firm_id == invoice.c.firm_id, contract.c.id == invoice.c.contract_id),
            )
            .where(invoice.c.firm_id == firm_id, invoice.c.state.in_(NOT_OUT))
            .order_by(contract.c.number, invoice.c.application_no, invoice.c.id)
        )
        .mappings()
        .all()
    )

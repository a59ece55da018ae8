"""The register of invoices, for the API: drafts and issued, by contract, state or client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.store.tables import certificate, contract, invoice, issued_invoice


@dataclass(frozen=True)
class InvoiceRow:
    """One application or release invoice; figures only once it is issued or certified."""

    id: UUID
    kind: str
    application_no: int
    period_to: date
    state: str
    contract_id: UUID
    contract_number: str
    client_id: UUID
    currency: str
    number: str | None
    issued_on: date | None
    line8: Decimal | None
    certified_line6: Decimal | None
    certified_line8: Decimal | None
    decision: str | None


def register(
    connection: Connection,
    firm_id: UUID,
    *,
    contract_id: UUID | None = None,
    state: str | None = None,
    client_id: UUID | None = None,
) -> Sequence[InvoiceRow]:
    """By contract and application number. A client's register holds only what was issued to it."""
    query = (
        select(
            invoice.c.id,
            invoice.c.kind,
            invoice.c.application_no,
            invoice.c.period_to,
            invoice.c.state,
            invoice.c.contract_id,
            contract.c.number.label("contract_number"),
            contract.c.client_id,
            contract.c.terms["currency"].astext.label("currency"),
            issued_invoice.c.number_text,
            issued_invoice.c.issued_on,
            issued_invoice.c.line8,
            certificate.c.line6.label("certified_line6"),
            certificate.c.line8.label("certified_line8"),
            certificate.c.decision,
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .outerjoin(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .outerjoin(
            certificate,
            (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
        )
        .where(invoice.c.firm_id == firm_id)
        .order_by(contract.c.number, invoice.c.application_no, invoice.c.id)
    )
    if contract_id is not None:
        query = query.where(invoice.c.contract_id == contract_id)
    if state is not None:
        query = query.where(invoice.c.state == state)
    if client_id is not None:
        query = query.where(contract.c.client_id == client_id, issued_invoice.c.invoice_id.is_not(None))
    return [
        InvoiceRow(
            id=row.id,
            kind=row.kind,
            application_no=row.application_no,
            period_to=row.period_to,
            state=row.state,
            contract_id=row.contract_id,
            contract_number=row.contract_number,
            client_id=row.client_id,
            currency=row.currency,
            number=row.number_text,
            issued_on=row.issued_on,
            line8=row.line8,
            certified_line6=row.certified_line6,
            certified_line8=row.certified_line8,
            decision=row.decision,
        )
        for row in connection.execute(query)
    ]

"""What a client sees: its applications and invoices with their balance, and what it may certify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.billing.pay_application import revised_number
from contracts_app.store.submission_tables import pencil_copy
from contracts_app.store.tables import (
    blob,
    certificate,
    contract,
    document,
    invoice,
    issued_invoice,
    payment,
    receivable,
    receivable_entry,
)
from contracts_app.store.views.invoice_page import Download


@dataclass(frozen=True)
class ClientInvoice:
    """An issued application as its client sees it. `open` is None until something is owed on it."""

    id: UUID
    kind: str
    application_no: int
    number: str
    contract_number: str
    contract_title: str
    period_to: date
    issued_on: date
    certification_due_on: date
    state: str
    currency: str
    applied_for: Decimal
    certified: Decimal | None
    decision: str | None
    due_on: date | None
    open: Decimal | None
    revision: int = 0

    @property
    def numbered(self) -> str:
        """The number of the application, `7` or `7R1`."""
        return revised_number(self.application_no, self.revision)

    @property
    def is_certified(self) -> bool:
        """Whether the client certifies it, or has; else it stands as issued."""
        return self.decision != "not_required"


def invoices(connection: Connection, firm_id: UUID, client_id: UUID) -> Sequence[ClientInvoice]:
    """Everything issued to the client, newest first."""
    still_open = (
        select(func.sum(receivable_entry.c.amount))
        .where(
            receivable_entry.c.firm_id == receivable.c.firm_id,
            receivable_entry.c.receivable_id == receivable.c.id,
        )
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            invoice.c.id,
            invoice.c.kind,
            invoice.c.application_no,
            invoice.c.period_to,
            invoice.c.state,
            issued_invoice.c.number_text,
            issued_invoice.c.issued_on,
            issued_invoice.c.certification_due_on,
            issued_invoice.c.currency,
            issued_invoice.c.line8,
            contract.c.number.label("contract_number"),
            contract.c.title,
            certificate.c.line8.label("certified"),
            certificate.c.decision,
            receivable.c.due_on,
            still_open.label("open"),
            invoice.c.revision,
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .outerjoin(
            certificate,
            (certificate.c.firm_id == invoice.c.firm_id) & (certificate.c.invoice_id == invoice.c.id),
        )
        .outerjoin(
            receivable,
            (receivable.c.firm_id == invoice.c.firm_id) & (receivable.c.invoice_id == invoice.c.id),
        )
        .where(invoice.c.firm_id == firm_id, contract.c.client_id == client_id)
        .order_by(issued_invoice.c.issued_on.desc(), issued_invoice.c.number.desc())
    )
    return [
        ClientInvoice(
            row.id,
            row.kind,
            row.application_no,
            row.number_text,
            row.contract_number,
            row.title,
            row.period_to,
            row.issued_on,
            row.certification_due_on,
            row.state,
            row.currency,
            row.line8,
            row.certified,
            row.decision,
            row.due_on,
            row.open,
            row.revision,
        )
        for row in rows
    ]


def how_to_pay(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[str]:
    """Where an issued invoice is to be paid to, as it said when it was issued, line by line."""
    words = connection.execute(
        select(issued_invoice.c.payment_instructions).where(
            issued_invoice.c.firm_id == firm_id, issued_invoice.c.invoice_id == invoice_id
        )
    ).scalar_one()
    return str(words).splitlines()


def download(
    connection: Connection, firm_id: UUID, document_id: UUID, client_id: UUID | None = None
) -> Download | None:
    """A document's bytes; for a client only those about its own invoices and payments."""
    statement = (
        select(document.c.file_name, document.c.media_type, blob.c.bytes)
        .join(blob, (blob.c.firm_id == document.c.firm_id) & (blob.c.sha256 == document.c.sha256))
        .where(document.c.firm_id == firm_id, document.c.id == document_id)
    )
    if client_id is not None:
        own_invoices = (
            select(issued_invoice.c.invoice_id)
            .join(
                invoice,
                (invoice.c.firm_id == issued_invoice.c.firm_id)
                & (invoice.c.id == issued_invoice.c.invoice_id),
            )
            .join(
                contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id)
            )
            .where(contract.c.firm_id == firm_id, contract.c.client_id == client_id)
        )
        own_payments = select(payment.c.id).where(
            payment.c.firm_id == firm_id, payment.c.client_id == client_id
        )
        shown_to_it = (
            select(pencil_copy.c.document_id)
            .join(
                invoice,
                (invoice.c.firm_id == pencil_copy.c.firm_id) & (invoice.c.id == pencil_copy.c.invoice_id),
            )
            .join(
                contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id)
            )
            .where(
                contract.c.firm_id == firm_id,
                contract.c.client_id == client_id,
                pencil_copy.c.document_id.is_not(None),
            )
        )
        statement = statement.where(
            document.c.id.in_(shown_to_it)
            | document.c.invoice_id.in_(own_invoices)
            | document.c.payment_id.in_(own_payments)
        )
    row = connection.execute(statement).first()
    return Download(row.file_name, row.media_type, bytes(row.bytes)) if row else None

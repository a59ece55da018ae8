"""What a client sees: its applications and invoices with their balance, and what it may certify."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.billing.pay_application import Kind, revised_number
from contracts_app.domain.billing.uncertified import UNCERTIFIED
from contracts_app.domain.money import total
from contracts_app.domain.transitions import InvoiceState
from contracts_app.store.group_tables import group_invoice
from contracts_app.store.invoiced import owed_in
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
class Section:
    """The part of one contract on an invoice of several."""

    id: UUID
    contract_number: str


@dataclass(frozen=True)
class ClientInvoice:
    """An issued application as its client sees it. `open` is None until something is owed on it.

    `together` is the number of the invoice of several contracts that it is a section of.
    """

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
    owed_in: str
    """The currency of what is open."""
    revision: int = 0
    together: str | None = None
    sections: tuple[Section, ...] = ()
    """Only of what several contracts are billed on."""

    @property
    def numbered(self) -> str:
        """The number of the application, `7` or `7R1`."""
        if self.kind == Kind.advance or self.sections:
            return ""  # there is one; each section has a number of its own
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
            owed_in().label("owed_in"),
            invoice.c.revision,
            group_invoice.c.number_text.label("together"),
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
        .outerjoin(
            group_invoice,
            (group_invoice.c.firm_id == issued_invoice.c.firm_id)
            & (group_invoice.c.id == issued_invoice.c.group_invoice_id),
        )
        .where(invoice.c.firm_id == firm_id, contract.c.client_id == client_id)
        .order_by(issued_invoice.c.issued_on.desc(), issued_invoice.c.number.desc(), contract.c.number)
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
            row.owed_in,
            row.revision,
            row.together,
        )
        for row in rows
    ]


def as_sent(rows: Sequence[ClientInvoice]) -> Sequence[ClientInvoice]:
    """One row for each number that the client got: the sections of an invoice of several contracts are one,
    with their sums, in the state of the one that is furthest from paid."""
    wholes: dict[str, list[ClientInvoice]] = {}
    for row in rows:
        if row.together is not None:
            wholes.setdefault(row.together, []).append(row)
    found = []
    for row in rows:
        if row.together is None:
            found.append(row)
        elif own := wholes.pop(row.together, None):
            found.append(_whole(row.together, own))
    return found


def _whole(number: str, own: Sequence[ClientInvoice]) -> ClientInvoice:
    left = next((one for one in own if one.state != InvoiceState.paid.value), own[0])
    owed = [one.open for one in own if one.open is not None]
    return replace(
        left,
        number=number,
        contract_number=", ".join(one.contract_number for one in own),
        applied_for=total([one.applied_for for one in own]),
        open=total(owed) if owed else None,
        due_on=next((one.due_on for one in own if one.due_on is not None), None),
        sections=tuple(Section(one.id, one.contract_number) for one in own),
    )


def certified_first(
    connection: Connection, firm_id: UUID, contract_id: UUID, application_no: int
) -> str | None:
    """The number of the application that is certified before this one; None where it is this one's turn."""
    row = connection.execute(
        select(invoice.c.application_no, invoice.c.revision)
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id == contract_id,
            invoice.c.application_no < application_no,
            invoice.c.state.in_([state.value for state in UNCERTIFIED]),
        )
        .order_by(invoice.c.application_no)
        .limit(1)
    ).first()
    return revised_number(row.application_no, row.revision) if row else None


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

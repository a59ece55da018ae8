"""Payments as they stand now: what was posted of them, and the invoices that they may be applied to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.money import ZERO
from contracts_app.domain.receivables.receivables import Owed, ReceivedCash
from contracts_app.store import brought_forward
from contracts_app.store.invoiced import owed_in
from contracts_app.store.tables import (
    contract,
    invoice,
    issued_invoice,
    payment,
    receivable,
    receivable_entry,
)


def is_recorded(
    connection: Connection, firm_id: UUID, client_id: UUID, legal_entity_id: UUID, reference: str
) -> bool:
    """Whether a payment of this client to this legal entity is recorded under this reference."""
    known = connection.execute(
        select(payment.c.id).where(
            payment.c.firm_id == firm_id,
            payment.c.client_id == client_id,
            payment.c.legal_entity_id == legal_entity_id,
            payment.c.reference == reference,
        )
    ).first()
    return known is not None


def received(connection: Connection, firm_id: UUID, client_id: UUID, payment_id: UUID) -> ReceivedCash | None:
    """A payment of a client with its postings; None when this client made no such payment."""
    row = connection.execute(
        select(payment).where(
            payment.c.firm_id == firm_id, payment.c.client_id == client_id, payment.c.id == payment_id
        )
    ).first()
    if row is None:
        return None
    before_ours = brought_forward.cash_of(connection, firm_id, payment_id)
    posted = connection.execute(
        select(receivable_entry.c.amount, receivable_entry.c.receivable_id).where(
            receivable_entry.c.firm_id == firm_id, receivable_entry.c.payment_id == payment_id
        )
    ).all()
    return ReceivedCash(
        reference=row.reference,
        client_id=row.client_id,
        legal_entity_id=row.legal_entity_id,
        currency=row.currency,
        amount=row.amount,
        posted=(*(one.amount for one in posted), *(one["amount"] for one in before_ours)),
        applied_to=frozenset(
            (*(one.receivable_id for one in posted), *(one["brought_forward_id"] for one in before_ours))
        ),
    )


def day_of(connection: Connection, firm_id: UUID, payment_id: UUID) -> date:
    """The day on which a payment that is there came in."""
    day: date = connection.execute(
        select(payment.c.received_on).where(payment.c.firm_id == firm_id, payment.c.id == payment_id)
    ).scalar_one()
    return day


def owner_of(connection: Connection, firm_id: UUID, payment_id: UUID) -> tuple[UUID, str]:
    """The client who made a payment that is there, and its reference."""
    row = connection.execute(
        select(payment.c.client_id, payment.c.reference).where(
            payment.c.firm_id == firm_id, payment.c.id == payment_id
        )
    ).one()
    return row.client_id, row.reference


def owed(connection: Connection, firm_id: UUID, invoice_ids: Sequence[UUID]) -> Mapping[UUID, Owed]:
    """These invoices, of ours or brought forward, with what is open on each; without a receivable where none
    has arisen."""
    still_open = (
        select(func.coalesce(func.sum(receivable_entry.c.amount), ZERO))
        .where(
            receivable_entry.c.firm_id == receivable.c.firm_id,
            receivable_entry.c.receivable_id == receivable.c.id,
        )
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            invoice.c.id,
            invoice.c.application_no,
            issued_invoice.c.number_text,
            contract.c.client_id,
            contract.c.legal_entity_id,
            owed_in().label("currency"),
            receivable.c.id.label("receivable_id"),
            still_open.label("open"),
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .outerjoin(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .outerjoin(
            receivable,
            (receivable.c.firm_id == invoice.c.firm_id) & (receivable.c.invoice_id == invoice.c.id),
        )
        .where(invoice.c.firm_id == firm_id, invoice.c.id.in_(invoice_ids))
    )
    ours = {
        row.id: Owed(
            invoice_id=row.id,
            name=row.number_text or f"The draft of application {row.application_no}",
            client_id=row.client_id,
            legal_entity_id=row.legal_entity_id,
            currency=row.currency,
            receivable_id=row.receivable_id,
            open=row.open,
        )
        for row in rows
    }
    return {**ours, **brought_forward.owed(connection, firm_id, invoice_ids)}

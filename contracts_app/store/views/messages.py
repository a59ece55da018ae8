"""Mail and its delivery, per recipient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.store.messages import INSIDE
from contracts_app.store.tables import client, message

LIMIT = 500


@dataclass(frozen=True)
class MessageRow:
    """One mail to one recipient and how its delivery went. `message_id` is the mail's own."""

    id: UUID
    kind: str
    client_id: UUID
    client: str
    recipient: str
    subject: str
    message_id: str
    business_date: date
    invoice_id: UUID | None
    payment_id: UUID | None
    reminder_id: UUID | None
    document_id: UUID | None
    state: str
    attempts: int
    queued_at: datetime
    sent_at: datetime | None
    smtp_reply: str | None


def messages(
    connection: Connection, firm_id: UUID, *, invoice_id: UUID | None = None, client_id: UUID | None = None
) -> Sequence[MessageRow]:
    """Newest first; of one invoice, or to one client (so without notices inside the firm)."""
    query = (
        select(message, client.c.name.label("client_name"))
        .join(client, (client.c.firm_id == message.c.firm_id) & (client.c.id == message.c.client_id))
        .where(message.c.firm_id == firm_id)
        .order_by(message.c.business_date.desc(), message.c.queued_at.desc(), message.c.recipient)
        .limit(LIMIT)
    )
    if invoice_id is not None:
        query = query.where(message.c.invoice_id == invoice_id)
    if client_id is not None:
        query = query.where(message.c.client_id == client_id, message.c.kind.not_in(INSIDE))
    return [
        MessageRow(
            id=row.id,
            kind=row.kind,
            client_id=row.client_id,
            client=row.client_name,
            recipient=row.recipient,
            subject=row.subject,
            message_id=row.message_id,
            business_date=row.business_date,
            invoice_id=row.invoice_id,
            payment_id=row.payment_id,
            reminder_id=row.reminder_id,
            document_id=row.document_id,
            state=row.state,
            attempts=row.attempts,
            queued_at=row.queued_at,
            sent_at=row.sent_at,
            smtp_reply=row.smtp_reply,
        )
        for row in connection.execute(query)
    ]

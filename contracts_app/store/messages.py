"""Messages: one mail to one recipient, queued with what it is about, and what became of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain.approving import reminding
from contracts_app.domain.receivables import reply_clock
from contracts_app.store.tables import message
from contracts_app.store.transaction import Transaction

NOTICE = "certified_less"
INSIDE = frozenset({NOTICE, "limit_notice"}) | reply_clock.KINDS | reminding.KINDS
"""The kinds of messages inside the firm: no client sees them."""


def queue(tx: Transaction, *, recipient: str | None, subject: str, body: str, **values: Any) -> UUID:
    """Queue one message to one recipient; a client without an address gets a bounced one, for all to see."""
    about = [str(values[name]) for name in ("invoice_id", "payment_id", "reminder_id") if values.get(name)]
    message_id = tx.new_id("message", values["kind"], recipient or "", *about)
    tx.create(
        message,
        "message",
        "queue_message",
        id=message_id,
        recipient=recipient or "",
        subject=subject,
        body=body,
        content_sha256=hashlib.sha256(f"{subject}\n{body}".encode()).hexdigest(),
        message_id=f"<{message_id}@contracts.invalid>",
        state="queued" if recipient else "bounced",
        smtp_reply=None if recipient else "the client has no e-mail address",
        **values,
    )
    return message_id


def queued(connection: Connection, firm_id: UUID, **about: UUID) -> Sequence[RowMapping]:
    """Messages not yet sent, the least tried and oldest first, so that one that always fails is tried last;
    those to a client (`client_id=…`) that are about no invoice."""
    query = (
        select(message)
        .where(message.c.firm_id == firm_id, message.c.state == "queued")
        .order_by(message.c.attempts, message.c.queued_at, message.c.id)
    )
    for name, value in about.items():
        query = query.where(message.c[name] == value)
    if "client_id" in about:
        query = query.where(message.c.invoice_id.is_(None))  # an invoice's own process sends those
    return connection.execute(query).mappings().all()


def kinds_about(connection: Connection, firm_id: UUID, invoice_id: UUID) -> frozenset[str]:
    """The kinds of the messages that are about an invoice, sent or not."""
    return frozenset(
        connection.scalars(
            select(message.c.kind).where(message.c.firm_id == firm_id, message.c.invoice_id == invoice_id)
        )
    )


def kinds_since(connection: Connection, firm_id: UUID, invoice_id: UUID, since: datetime) -> frozenset[str]:
    """The kinds of those that were queued after an instant of the database's clock."""
    return frozenset(
        connection.scalars(
            select(message.c.kind).where(
                message.c.firm_id == firm_id, message.c.invoice_id == invoice_id, message.c.queued_at > since
            )
        )
    )


def note_attempt(connection: Connection, firm_id: UUID, message_id: UUID) -> None:
    """Count a try before it is made, so that a message cut off in between shows more than one."""
    connection.execute(
        update(message)
        .where(message.c.firm_id == firm_id, message.c.id == message_id)
        .values(attempts=message.c.attempts + 1)
    )


def note_sent(tx: Transaction, row: RowMapping, reply: str, *, bounced: bool) -> None:
    """The server took the message, or refused it for good."""
    tx.change(
        message,
        "message",
        row,
        "bounce_message" if bounced else "send_message",
        to="bounced" if bounced else "sent",
        sent_at=None if bounced else tx.clock,
        smtp_reply=reply[:1000],
    )

"""Delivery of queued messages by SMTP, with the state kept per recipient.

The same bytes and the same Message-ID at every try: a try that was cut off after the server took the message
is repeated, and the copy is the same message. Temporary failures raise, so that the workflow tries again.
"""

from __future__ import annotations

import smtplib
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.documents.mail import Attachment, Letter, MailRefused, build_message
from contracts_app.settings import Settings
from contracts_app.store import documents, imports, legal_entities, messages
from contracts_app.store.tables import message
from contracts_app.store.transaction import Origin, firm_transaction, own_step, reading

_PERMANENT = 500
SECONDS = 20
"""How long the mail server may take to answer."""


def deliver(engine: Engine, settings: Settings, firm_id: UUID, origin: Origin, **about: UUID) -> None:
    """Send every queued message about an invoice or to a client.

    Raises OSError or SMTPException when it is worth trying again.
    """
    with reading(engine, firm_id) as connection:
        waiting = [row["id"] for row in messages.queued(connection, firm_id, **about)]
    for message_id in waiting:
        _deliver_one(engine, settings, firm_id, message_id, origin)


def _deliver_one(engine: Engine, settings: Settings, firm_id: UUID, message_id: UUID, origin: Origin) -> None:
    with firm_transaction(engine, firm_id) as connection:
        messages.note_attempt(connection, firm_id, message_id)
    with own_step(engine, firm_id, f"deliver:{message_id}", origin) as tx:
        row = tx.lock(message, message_id, "message")
        if row["state"] != "queued":
            return
        attachments = []
        if row["document_id"] is not None:
            paper = documents.get(tx.connection, firm_id, row["document_id"])
            attachments.append(
                Attachment(paper["file_name"], imports.bytes_of(tx.connection, firm_id, paper["sha256"]))
            )
        try:
            letter = build_message(
                Letter(row["subject"], row["body"], "", ""),
                sender=legal_entities.get(tx.connection, firm_id, row["legal_entity_id"])["email"],
                recipient=row["recipient"],
                message_id=row["message_id"],
                sent_at=row["queued_at"],
                attachments=attachments,
            )
        except MailRefused as refused:
            messages.note_sent(tx, row, str(refused), bounced=True)
            return
        host, _, port = settings.smtp_address.rpartition(":")
        try:
            with smtplib.SMTP(host, int(port), timeout=SECONDS) as server:
                refused_recipients = server.send_message(letter)
        except smtplib.SMTPRecipientsRefused as refused:
            refused_recipients = refused.recipients
        if refused_recipients:
            code, text = next(iter(refused_recipients.values()))
            if code < _PERMANENT:
                raise smtplib.SMTPResponseException(code, text)
            messages.note_sent(tx, row, f"{code} {text.decode(errors='replace')}", bounced=True)
            return
        messages.note_sent(tx, row, "250 accepted", bounced=False)

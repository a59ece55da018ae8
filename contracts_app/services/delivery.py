"""Delivery of queued messages by SMTP, with the state kept per recipient.

The same bytes and the same Message-ID at every try: a try that was cut off after the server took the message
is repeated, and the copy is the same message. What a recipient's letter meets holds up no other recipient's;
when all have been tried, a failure is raised, so that the workflow tries again what is still queued.
"""

from __future__ import annotations

import logging
import smtplib
from email.message import EmailMessage
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.documents.mail import Attachment, Letter, MailRefused, build_message
from contracts_app.settings import Settings
from contracts_app.store import documents, imports, legal_entities, messages
from contracts_app.store.outages import of_the_database
from contracts_app.store.tables import message
from contracts_app.store.transaction import Origin, firm_transaction, own_step, reading

_PERMANENT = 500
SECONDS = 20
"""How long the mail server may take to answer."""
_log = logging.getLogger(__name__)


class NoMailServer(Exception):
    """The mail server does not answer; no recipient can be reached."""


class NotYetTaken(Exception):
    """The mail server does not take a message now; it says that it may later."""


class _RefusedForGood(Exception):
    """The mail server will never take a message for this recipient."""


class NotAllSent(Exception):
    """Every recipient was tried, and some messages are still queued: how many, and what the first one met."""


def deliver(engine: Engine, settings: Settings, firm_id: UUID, origin: Origin, **about: UUID) -> None:
    """Send every queued message about an invoice or to a client.

    Raises NoMailServer when it cannot be reached, at once; NotAllSent when all the others have been tried.
    """
    with reading(engine, firm_id) as connection:
        waiting = [row["id"] for row in messages.queued(connection, firm_id, **about)]
    unsent: list[Exception] = []
    for message_id in waiting:
        try:
            _deliver_one(engine, settings, firm_id, message_id, origin)
        except Exception as error:
            if isinstance(error, NoMailServer) or of_the_database(error):
                raise
            _log.warning("message %s is still queued: %s", message_id, error, exc_info=True)
            unsent.append(error)
    if unsent:
        raise NotAllSent(f"{len(unsent)} of {len(waiting)} not sent: {unsent[0]}") from unsent[0]


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
        try:
            messages.note_sent(tx, row, _taken(settings, letter), bounced=False)
        except _RefusedForGood as refused:
            messages.note_sent(tx, row, str(refused), bounced=True)


def hand_over(settings: Settings, letter: EmailMessage) -> str:
    """Hand a letter that is in no queue to the mail server; what it answered, taken or refused for good.

    Raises NoMailServer and NotYetTaken, to be tried again.
    """
    try:
        return _taken(settings, letter)
    except _RefusedForGood as refused:
        return str(refused)


def _taken(settings: Settings, letter: EmailMessage) -> str:
    try:
        with _mail_server(settings) as server:
            refused_recipients = server.send_message(letter)
    except smtplib.SMTPRecipientsRefused as refused:
        refused_recipients = refused.recipients
    if refused_recipients:
        code, text = next(iter(refused_recipients.values()))
        told = f"{code} {text.decode(errors='replace')}"
        raise _RefusedForGood(told) if code >= _PERMANENT else NotYetTaken(told)
    return "250 accepted"


def _mail_server(settings: Settings) -> smtplib.SMTP:
    host, _, port = settings.smtp_address.rpartition(":")
    try:
        return smtplib.SMTP(host, int(port), timeout=SECONDS)
    except (OSError, smtplib.SMTPException) as error:
        raise NoMailServer(f"the mail server does not answer: {error}") from error

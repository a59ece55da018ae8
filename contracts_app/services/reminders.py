"""Reminders: what a client owes one legal entity past due, in one letter from that entity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from contracts_app.documents import mail, press
from contracts_app.documents.contents import OverdueInvoice, ReminderContent
from contracts_app.domain import canonical
from contracts_app.domain.money import total
from contracts_app.domain.receivables.follow_up import to_remind
from contracts_app.domain.receivables.receivables import days_past_due
from contracts_app.services import letterheads
from contracts_app.services.invoice_documents import PDF
from contracts_app.store import clients, documents, invoices, legal_entities, messages, receivables
from contracts_app.store.tables import client, reminder, reminder_item
from contracts_app.store.transaction import Origin, Transaction, own_step, reading


def make_reminders(engine: Engine, firm_id: UUID, client_id: UUID, origin: Origin) -> None:
    """For each legal entity that the client owes something, the reminder that is due from it."""
    with reading(engine, firm_id) as connection:
        creditors = [entity["id"] for entity in legal_entities.every(connection, firm_id)]
    for legal_entity_id in creditors:
        _make_reminder(engine, firm_id, client_id, legal_entity_id, origin)


def _make_reminder(
    engine: Engine, firm_id: UUID, client_id: UUID, legal_entity_id: UUID, origin: Origin
) -> None:
    """One reminder that lists all that is past due, when something reached a new level.

    The paper is made before the client is locked; should a payment have come in meanwhile, it is thrown
    away and the next look at the facts decides anew.
    """
    key = f"reminder:{client_id}:{legal_entity_id}"
    with own_step(engine, firm_id, key, origin) as tx:
        owner = clients.get(tx.connection, firm_id, client_id)
        today = legal_entities.today(tx, legal_entity_id)
        due = _due(tx, client_id, legal_entity_id, today)
        if not due:
            return
        level = max(due.values())
        content = _content(tx.connection, firm_id, owner, legal_entity_id, today, level)
    made = press.paper(content)
    letter = mail.compose(content, greeting=letterheads.greeting(owner))
    with own_step(engine, firm_id, key, origin) as tx:
        locked = tx.lock(client, client_id, "client")
        due = _due(tx, client_id, legal_entity_id, today)
        if not due or locked["version"] != owner["version"]:
            return
        if legal_entities.today(tx, legal_entity_id) != today:
            return
        reminder_id = tx.new_id("reminder", today)
        tx.insert(
            reminder,
            id=reminder_id,
            client_id=client_id,
            legal_entity_id=legal_entity_id,
            reminded_on=today,
            level=max(due.values()),
        )
        for receivable_id, level in due.items():
            tx.insert(reminder_item, receivable_id=receivable_id, level=level, reminder_id=reminder_id)
        document_id = documents.keep(
            tx,
            kind="reminder",
            file_name=f"reminder-{today}.pdf",
            media_type=PDF,
            data=made.pdf,
            made_by=made.made_by,
            template_sha256=made.template_sha256,
            reminder_id=reminder_id,
        )
        messages.queue(
            tx,
            kind="reminder",
            client_id=client_id,
            legal_entity_id=legal_entity_id,
            recipient=locked["email"],
            subject=letter.subject,
            body=letter.text,
            business_date=today,
            document_id=document_id,
            reminder_id=reminder_id,
        )
        tx.change(client, "client", locked, "make_reminder", reason=f"level {max(due.values())}")


def _due(tx: Transaction, client_id: UUID, legal_entity_id: UUID, today: date) -> Mapping[UUID, int]:
    items = receivables.open_items(tx.connection, tx.firm_id, client_id, legal_entity_id)
    return to_remind(items, receivables.reminded(tx.connection, tx.firm_id, client_id), today)


def _content(
    connection: Connection, firm_id: UUID, owner: RowMapping, legal_entity_id: UUID, today: date, level: int
) -> ReminderContent:
    creditor = legal_entities.get(connection, firm_id, legal_entity_id)
    overdue = tuple(
        OverdueInvoice(
            invoice_number=row["number_text"],
            kind=row["kind"],
            application_number=row["application_no"],
            contract_number=row["contract_number"],
            issued_on=row["issued_on"],
            due_on=row["due_on"],
            days_past_due=days_past_due(row["due_on"], today),
            original=row["original"],
            paid=row["original"] - row["open"],
            open=row["open"],
        )
        for row in receivables.overdue(connection, firm_id, owner["id"], legal_entity_id, today)
    )
    return ReminderContent(
        firm=letterheads.of_legal_entity(creditor),
        client=letterheads.of_client(owner),
        payment_instructions=letterheads.instructions(creditor),
        currency=creditor["currency"],
        content_sha256=canonical.digest(
            {"client": owner["id"], "creditor": legal_entity_id, "as_of": today, "overdue": overdue}
        ),
        as_of=today,
        level=level,
        invoices=overdue,
        total_overdue=total([row.open for row in overdue]),
        retainage_held=invoices.held_of_client(connection, firm_id, owner["id"], legal_entity_id),
    )

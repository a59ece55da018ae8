"""Reminders: what a client owes past due, in one letter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from contracts_app.documents import mail, production
from contracts_app.documents.contents import OverdueInvoice, ReminderContent
from contracts_app.domain import canonical
from contracts_app.domain.follow_up import to_remind
from contracts_app.domain.money import total
from contracts_app.domain.receivables import days_past_due
from contracts_app.services import letterheads
from contracts_app.services.invoice_documents import PDF
from contracts_app.store import clients, documents, invoices, legal_entities, messages, receivables
from contracts_app.store.tables import client, reminder, reminder_item
from contracts_app.store.transaction import Origin, Transaction, own_step


def make_reminder(engine: Engine, firm_id: UUID, client_id: UUID, origin: Origin) -> None:
    """One reminder that lists all that the client owes past due, when something reached a new level.

    The paper is made before the client is locked; should a payment have come in meanwhile, it is thrown
    away and the next look at the facts decides anew.
    """
    key = f"reminder:{client_id}"
    with own_step(engine, firm_id, key, origin) as tx:
        owner = clients.get(tx.connection, firm_id, client_id)
        today = tx.today()
        due = _due_for_reminder(tx, client_id, today)
        if not due:
            return
        level = max(due.values())
        content = _reminder_content(tx.connection, firm_id, owner, today, level)
    made = production.produce([content])[0]
    letter = mail.compose(content, greeting=letterheads.greeting(owner))
    with own_step(engine, firm_id, key, origin) as tx:
        locked = tx.lock(client, client_id, "client")
        due = _due_for_reminder(tx, client_id, today)
        if not due or locked["version"] != owner["version"] or tx.today() != today:
            return
        reminder_id = tx.new_id("reminder", today)
        tx.insert(reminder, id=reminder_id, client_id=client_id, reminded_on=today, level=max(due.values()))
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
            recipient=locked["email"],
            subject=letter.subject,
            body=letter.text,
            business_date=today,
            document_id=document_id,
            reminder_id=reminder_id,
        )
        tx.change(client, "client", locked, "make_reminder", reason=f"level {max(due.values())}")


def _due_for_reminder(tx: Transaction, client_id: UUID, today: date) -> Mapping[UUID, int]:
    items = receivables.open_items(tx.connection, tx.firm_id, client_id)
    return to_remind(items, receivables.reminded(tx.connection, tx.firm_id, client_id), today)


def _reminder_content(
    connection: Connection, firm_id: UUID, owner: RowMapping, today: date, level: int
) -> ReminderContent:
    rows = receivables.overdue(connection, firm_id, owner["id"], today)
    overdue = tuple(
        OverdueInvoice(
            invoice_number=row["number_text"],
            application_number=row["application_no"],
            contract_number=row["contract_number"],
            issued_on=row["issued_on"],
            due_on=row["due_on"],
            days_past_due=days_past_due(row["due_on"], today),
            original=row["original"],
            paid=row["original"] - row["open"],
            open=row["open"],
        )
        for row in rows
    )
    return ReminderContent(
        firm=letterheads.of_legal_entity(legal_entities.get(connection, firm_id, rows[0]["legal_entity_id"])),
        client=letterheads.of_client(owner),
        currency=rows[0]["currency"],
        content_sha256=canonical.digest({"client": owner["id"], "as_of": today, "overdue": overdue}),
        as_of=today,
        level=level,
        invoices=overdue,
        total_overdue=total([row.open for row in overdue]),
        retainage_held=invoices.held_of_client(connection, firm_id, owner["id"]),
    )

"""Reminders: what a client owes one legal entity in one currency past due, in one letter from that entity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from contracts_app.documents import mail, press
from contracts_app.documents.contents import OverdueInvoice, ReminderContent
from contracts_app.domain import canonical
from contracts_app.domain.money import less, total
from contracts_app.domain.receivables.follow_up import to_remind
from contracts_app.domain.receivables.receivables import days_past_due
from contracts_app.services import letterheads
from contracts_app.services.invoice_documents import PDF
from contracts_app.store import clients, documents, legal_entities, messages, receivables, retainage_ledger
from contracts_app.store.tables import client, reminder, reminder_item
from contracts_app.store.transaction import Origin, Transaction, own_step, reading


def make_reminders(engine: Engine, firm_id: UUID, client_id: UUID, origin: Origin) -> None:
    """For each legal entity and currency that the client owes something in, the reminder that is due."""
    with reading(engine, firm_id) as connection:
        accounts = receivables.accounts(connection, firm_id, client_id)
    for legal_entity_id, currency in accounts:
        _make_reminder(engine, firm_id, client_id, legal_entity_id, currency, origin)


def _make_reminder(
    engine: Engine, firm_id: UUID, client_id: UUID, legal_entity_id: UUID, currency: str, origin: Origin
) -> None:
    """One reminder that lists all that is past due, when something reached a new level.

    The paper is made before the client is locked; should a payment have come in meanwhile, it is thrown
    away and the next look at the facts decides anew.
    """
    key = f"reminder:{client_id}:{legal_entity_id}:{currency}"
    with own_step(engine, firm_id, key, origin) as tx:
        owner = clients.get(tx.connection, firm_id, client_id)
        today = legal_entities.today(tx, legal_entity_id)
        due = _due(tx, client_id, legal_entity_id, currency, today)
        if not due:
            return
        level = max(due.values())
        content = _content(tx.connection, firm_id, owner, legal_entity_id, currency, today, level)
    made = press.paper(content)
    letter = mail.compose(content, greeting=letterheads.greeting(owner))
    with own_step(engine, firm_id, key, origin) as tx:
        locked = tx.lock(client, client_id, "client")
        due = _due(tx, client_id, legal_entity_id, currency, today)
        if not due or locked["version"] != owner["version"]:
            return
        if legal_entities.today(tx, legal_entity_id) != today:
            return
        reminder_id = tx.new_id("reminder", today, *sorted(due, key=str))
        tx.insert(
            reminder,
            id=reminder_id,
            client_id=client_id,
            legal_entity_id=legal_entity_id,
            currency=currency,
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


def _due(
    tx: Transaction, client_id: UUID, legal_entity_id: UUID, currency: str, today: date
) -> Mapping[UUID, int]:
    items = receivables.open_items(
        tx.connection, tx.firm_id, client_id, legal_entity_id, currency, demanded=True
    )
    return to_remind(items, receivables.reminded(tx.connection, tx.firm_id, client_id), today)


def _overdue(number: str, rows: Sequence[RowMapping], today: date) -> OverdueInvoice:
    """An invoice past due, from its row or from those of its sections."""
    first = rows[0]
    original, still_open = (total(row[name] for row in rows) for name in ("original", "open"))
    return OverdueInvoice(
        invoice_number=number,
        kind=first["kind"],
        application_number=first["application_no"] if first["together"] is None else None,
        contract_number=", ".join(row["contract_number"] for row in rows),
        issued_on=first["issued_on"],
        due_on=first["due_on"],
        days_past_due=days_past_due(first["due_on"], today),
        original=original,
        paid=less(original, still_open),
        open=still_open,
    )


def _content(
    connection: Connection,
    firm_id: UUID,
    owner: RowMapping,
    legal_entity_id: UUID,
    currency: str,
    today: date,
    level: int,
) -> ReminderContent:
    creditor = legal_entities.get(connection, firm_id, legal_entity_id)
    rows = receivables.overdue(connection, firm_id, owner["id"], legal_entity_id, currency, today)
    # The sections of an invoice of several contracts are one line, as they are one paper.
    papers = groupby(rows, key=lambda row: (row["due_on"], row["together"] or row["number_text"]))
    overdue = tuple(_overdue(number, list(own), today) for (_, number), own in papers)
    return ReminderContent(
        firm=letterheads.of_legal_entity(creditor),
        client=letterheads.of_client(owner),
        payment_instructions=letterheads.instructions(creditor),
        currency=currency,
        content_sha256=canonical.digest(
            {"client": owner["id"], "creditor": legal_entity_id, "as_of": today, "overdue": overdue}
        ),
        as_of=today,
        level=level,
        invoices=overdue,
        total_overdue=total([row.open for row in overdue]),
        retainage_held=retainage_ledger.held_of_client(
            connection, firm_id, owner["id"], legal_entity_id, currency
        ),
    )

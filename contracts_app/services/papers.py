"""Documents and letters: made from stored facts, kept by hash, queued for delivery.

A document is made outside any transaction (it takes seconds), then stored with its message in one. What is
stored already is not made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.engine import RowMapping

from contracts_app.documents import continuation_sheet, mail, production
from contracts_app.documents.contents import (
    ApplicationContent,
    AppliedCash,
    OverdueInvoice,
    Party,
    ReceiptContent,
    ReminderContent,
    RetainageReleaseContent,
    Signature,
)
from contracts_app.domain import business_time, canonical, drafting
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.follow_up import to_remind
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.pay_application import Kind
from contracts_app.domain.receivables import days_past_due
from contracts_app.services import people
from contracts_app.store import contracts, invoices, papers, receivables
from contracts_app.store.tables import (
    approval,
    client,
    contract,
    firm,
    invoice,
    issued_invoice,
    legal_entity,
    receivable,
    receivable_entry,
    reminder,
    reminder_item,
    retainage_entry,
)
from contracts_app.store.transaction import Origin, Transaction, own_step, reading

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_documents(engine: Engine, firm_id: UUID, invoice_id: UUID, origin: Origin) -> None:
    """The application for payment (or release invoice) as PDF, DOCX and workbook, and its letter."""
    with reading(engine, firm_id) as connection:
        if papers.documents_about(connection, firm_id, invoice_id=invoice_id):
            return
        content = application_content(connection, firm_id, invoice_id)
        row = invoices.find(connection, firm_id, invoice_id)
        assert row is not None
        agreed = contracts.find(connection, firm_id, row["contract_id"])
        assert agreed is not None
        owner = _client(connection, firm_id, agreed["client_id"])
        issued = invoices.issued(connection, firm_id, invoice_id)
        assert issued is not None
    made = production.produce([content])[0]
    sheet = continuation_sheet.workbook(content)
    letter = mail.compose(content, greeting=_greeting(owner))
    stem = mail.file_stem(f"{issued['number_text']}-{row['kind']}-{row['application_no']}")
    with own_step(engine, firm_id, f"documents:{invoice_id}", origin) as tx:
        locked = tx.lock(invoice, invoice_id, "invoice")
        if papers.documents_about(tx.connection, firm_id, invoice_id=invoice_id):
            return
        about = {"invoice_id": invoice_id}
        pdf_id = papers.keep_document(
            tx,
            kind=row["kind"],
            file_name=f"{stem}.pdf",
            media_type=PDF,
            data=made.pdf,
            made_by=made.made_by,
            template_sha256=made.template_sha256,
            **about,
        )
        papers.keep_document(
            tx,
            kind=f"{row['kind']}_docx",
            file_name=f"{stem}.docx",
            media_type=DOCX,
            data=made.docx,
            made_by="docxtpl",
            template_sha256=made.template_sha256,
            **about,
        )
        papers.keep_document(
            tx,
            kind="continuation_sheet",
            file_name=f"{stem}.xlsx",
            media_type=XLSX,
            data=sheet,
            made_by="openpyxl",
            template_sha256=None,
            **about,
        )
        papers.queue_message(
            tx,
            kind=row["kind"],
            client_id=agreed["client_id"],
            recipient=owner["email"],
            subject=letter.subject,
            body=letter.text,
            business_date=issued["issued_on"],
            document_id=pdf_id,
            **about,
        )
        tx.change(invoice, "invoice", locked, "make_documents", reason=stem)


def application_content(
    connection: Connection, firm_id: UUID, invoice_id: UUID
) -> ApplicationContent | RetainageReleaseContent:
    """What the paper of an invoice says: issued facts where there are any, else the draft of this moment."""
    row = invoices.find(connection, firm_id, invoice_id)
    if row is None:
        raise LookupError(str(invoice_id))
    agreed = contracts.find(connection, firm_id, row["contract_id"])
    assert agreed is not None
    issued = invoices.issued(connection, firm_id, invoice_id)
    if issued is None:
        snapshot = invoices.current_snapshot(connection, firm_id, invoice_id)
    else:
        snapshot = invoices.stored_snapshot(connection, firm_id, invoice_id)
    figures = drafting.draft(snapshot)
    terms = snapshot.terms
    arises = "submission" if terms.receivable_arises is ReceivableArises.submission else "certification"
    owed = receivables.of_invoice(connection, firm_id, invoice_id)
    common: dict[str, Any] = {
        "firm": _our_party(connection, firm_id, agreed["legal_entity_id"]),
        "client": _party(_client(connection, firm_id, agreed["client_id"])),
        "currency": figures.currency,
        "content_sha256": drafting.content_hash(snapshot),
        "application": figures,
        "contract_number": agreed["number"],
        "contract_title": agreed["title"],
        "architect": Party(name=agreed["architect"]) if agreed["architect"] else None,
        "invoice_number": issued["number_text"] if issued else None,
        "submitted_on": issued["issued_on"] if issued else None,
        "terms": f"Net {terms.payment_days} from {arises}",
        "due_on": owed["due_on"] if owed else None,
        "rate_completed": terms.retainage.rate_completed,
        "rate_stored": terms.retainage.rate_stored,
        "prepared": Signature(
            role="Prepared by",
            name=people.name_of(connection, firm_id, row["prepared_by"]),
            on=issued["issued_on"] if issued else _today(connection, firm_id, agreed["legal_entity_id"]),
        ),
        "approvals": _approvals(connection, firm_id, invoice_id, snapshot, issued),
    }
    if snapshot.kind is Kind.application:
        return ApplicationContent(**common)
    close_out = [known.title for known in snapshot.milestones if known.close_out]
    return RetainageReleaseContent(
        **common,
        condition="Approved: " + ", ".join(close_out) if close_out else "Release agreed in the contract",
        released_before={
            line.line_id: line.released for line in (snapshot.previous.lines if snapshot.previous else ())
        },
    )


def _today(connection: Connection, firm_id: UUID, legal_entity_id: UUID) -> date:
    """The business date of a legal entity."""
    clock, shift, zone = connection.execute(
        select(func.now(), firm.c.shift_seconds, legal_entity.c.time_zone)
        .join(legal_entity, legal_entity.c.firm_id == firm.c.id)
        .where(firm.c.id == firm_id, legal_entity.c.id == legal_entity_id)
    ).one()
    return business_time.date_in(business_time.business_now(clock, shift), zone)


def _approvals(
    connection: Connection,
    firm_id: UUID,
    invoice_id: UUID,
    snapshot: drafting.Snapshot,
    issued: RowMapping | None,
) -> tuple[Signature, ...]:
    """The approvals of exactly this content, with their business dates."""
    if issued is None:
        return ()
    rows = connection.execute(
        select(approval.c.step, approval.c.person_id, approval.c.decided_on)
        .where(
            approval.c.firm_id == firm_id,
            approval.c.invoice_id == invoice_id,
            approval.c.decision == "approved",
            approval.c.content_hash == drafting.content_hash(snapshot),
        )
        .order_by(approval.c.at)
    )
    return tuple(
        Signature(
            role=f"Approved by the {row.step.replace('_', ' ')}",
            name=people.name_of(connection, firm_id, row.person_id),
            on=row.decided_on,
        )
        for row in rows
    )


def make_receipts(engine: Engine, firm_id: UUID, client_id: UUID, origin: Origin) -> None:
    """A receipt for each payment of the client that has none."""
    with reading(engine, firm_id) as connection:
        waiting = receivables.payments_without_receipt(connection, firm_id, client_id)
    for known in waiting:
        _make_receipt(engine, firm_id, client_id, known, origin)


def _make_receipt(engine: Engine, firm_id: UUID, client_id: UUID, paid: RowMapping, origin: Origin) -> None:
    with reading(engine, firm_id) as connection:
        owner = _client(connection, firm_id, client_id)
        content = _receipt_content(connection, firm_id, owner, paid)
    made = production.produce([content])[0]
    letter = mail.compose(content, greeting=_greeting(owner))
    with own_step(engine, firm_id, f"receipt:{paid['id']}", origin) as tx:
        locked = tx.lock(client, client_id, "client")
        if papers.documents_about(tx.connection, firm_id, payment_id=paid["id"]):
            return
        document_id = papers.keep_document(
            tx,
            kind="receipt",
            file_name=mail.file_stem(f"receipt-{paid['reference']}") + ".pdf",
            media_type=PDF,
            data=made.pdf,
            made_by=made.made_by,
            template_sha256=made.template_sha256,
            payment_id=paid["id"],
        )
        papers.queue_message(
            tx,
            kind="receipt",
            client_id=client_id,
            recipient=owner["email"],
            subject=letter.subject,
            body=letter.text,
            business_date=tx.today(),
            document_id=document_id,
            payment_id=paid["id"],
        )
        tx.change(client, "client", locked, "make_receipt", reason=paid["reference"])


def _receipt_content(
    connection: Connection, firm_id: UUID, owner: RowMapping, paid: RowMapping
) -> ReceiptContent:
    """The payment, and each invoice before and after it (later payments do not count)."""
    rows = connection.execute(
        select(
            issued_invoice.c.number_text,
            invoice.c.application_no,
            contract.c.legal_entity_id,
            receivable_entry.c.amount,
            receivable_entry.c.receivable_id,
            receivable_entry.c.at,
        )
        .join_from(
            receivable_entry,
            receivable,
            (receivable.c.firm_id == receivable_entry.c.firm_id)
            & (receivable.c.id == receivable_entry.c.receivable_id),
        )
        .join(
            invoice, (invoice.c.firm_id == receivable.c.firm_id) & (invoice.c.id == receivable.c.invoice_id)
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .where(
            receivable_entry.c.firm_id == firm_id,
            receivable_entry.c.payment_id == paid["id"],
            receivable_entry.c.cause == "cash",
        )
        .order_by(issued_invoice.c.number)
    ).all()
    applied = []
    for row in rows:
        before = _open_before(connection, firm_id, row.receivable_id, row.at)
        applied.append(
            AppliedCash(
                invoice_number=row.number_text,
                application_number=row.application_no,
                open_before=before,
                applied=-row.amount,
                open_after=before + row.amount,
            )
        )
    entity_id = rows[0].legal_entity_id if rows else None
    return ReceiptContent(
        firm=_our_party(connection, firm_id, entity_id),
        client=_party(owner),
        currency=paid["currency"],
        content_sha256=canonical.digest({"payment": paid["id"], "applied": applied}),
        payment_reference=paid["reference"],
        received_on=paid["received_on"],
        amount=paid["amount"],
        applied=tuple(applied),
        unapplied=paid["unapplied"],
    )


def _open_before(connection: Connection, firm_id: UUID, receivable_id: UUID, at: datetime) -> Decimal:
    """What was open on a receivable when cash was applied: the entries that were made before."""
    amounts = connection.execute(
        select(receivable_entry.c.amount).where(
            receivable_entry.c.firm_id == firm_id,
            receivable_entry.c.receivable_id == receivable_id,
            receivable_entry.c.at < at,
        )
    ).scalars()
    return total([Decimal(amount) for amount in amounts])


def make_reminder(engine: Engine, firm_id: UUID, client_id: UUID, origin: Origin) -> None:
    """One reminder that lists all that the client owes past due, when something reached a new level.

    The paper is made before the client is locked; should a payment have come in meanwhile, it is thrown
    away and the next look at the facts decides anew.
    """
    key = f"reminder:{client_id}"
    with own_step(engine, firm_id, key, origin) as tx:
        owner = _client(tx.connection, firm_id, client_id)
        today = tx.today()
        due = _due_for_reminder(tx, client_id, today)
        if not due:
            return
        level = max(due.values())
        content = _reminder_content(tx.connection, firm_id, owner, today, level)
    made = production.produce([content])[0]
    letter = mail.compose(content, greeting=_greeting(owner))
    with own_step(engine, firm_id, key, origin) as tx:
        locked = tx.lock(client, client_id, "client")
        due = _due_for_reminder(tx, client_id, today)
        if not due or locked["version"] != owner["version"] or tx.today() != today:
            return
        reminder_id = tx.new_id("reminder", today)
        tx.insert(reminder, id=reminder_id, client_id=client_id, reminded_on=today, level=max(due.values()))
        for receivable_id, level in due.items():
            tx.insert(reminder_item, receivable_id=receivable_id, level=level, reminder_id=reminder_id)
        document_id = papers.keep_document(
            tx,
            kind="reminder",
            file_name=f"reminder-{today}.pdf",
            media_type=PDF,
            data=made.pdf,
            made_by=made.made_by,
            template_sha256=made.template_sha256,
            reminder_id=reminder_id,
        )
        papers.queue_message(
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
    rows = connection.execute(
        select(
            issued_invoice.c.number_text,
            issued_invoice.c.issued_on,
            issued_invoice.c.legal_entity_id,
            invoice.c.application_no,
            contract.c.number.label("contract_number"),
            receivable.c.due_on,
            receivable.c.currency,
            func.sum(receivable_entry.c.amount).label("open"),
            func.sum(receivable_entry.c.amount)
            .filter(receivable_entry.c.payment_id.is_(None))
            .label("original"),
        )
        .join_from(
            receivable,
            receivable_entry,
            (receivable_entry.c.firm_id == receivable.c.firm_id)
            & (receivable_entry.c.receivable_id == receivable.c.id),
        )
        .join(
            invoice, (invoice.c.firm_id == receivable.c.firm_id) & (invoice.c.id == receivable.c.invoice_id)
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .join(contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id))
        .where(
            receivable.c.firm_id == firm_id,
            receivable.c.client_id == owner["id"],
            receivable.c.due_on < today,
        )
        .group_by(
            issued_invoice.c.number_text,
            issued_invoice.c.number,
            issued_invoice.c.issued_on,
            issued_invoice.c.legal_entity_id,
            invoice.c.application_no,
            contract.c.number,
            receivable.c.due_on,
            receivable.c.currency,
        )
        .having(func.sum(receivable_entry.c.amount) > 0)
        .order_by(receivable.c.due_on, issued_invoice.c.number)
    ).all()
    overdue = tuple(
        OverdueInvoice(
            invoice_number=row.number_text,
            application_number=row.application_no,
            contract_number=row.contract_number,
            issued_on=row.issued_on,
            due_on=row.due_on,
            days_past_due=days_past_due(row.due_on, today),
            original=row.original,
            paid=row.original - row.open,
            open=row.open,
        )
        for row in rows
    )
    held = connection.execute(
        select(func.sum(retainage_entry.c.withheld - retainage_entry.c.released))
        .join(
            contract,
            (contract.c.firm_id == retainage_entry.c.firm_id)
            & (contract.c.id == retainage_entry.c.contract_id),
        )
        .where(retainage_entry.c.firm_id == firm_id, contract.c.client_id == owner["id"])
    ).scalar_one_or_none()
    return ReminderContent(
        firm=_our_party(connection, firm_id, rows[0].legal_entity_id),
        client=_party(owner),
        currency=rows[0].currency,
        content_sha256=canonical.digest({"client": owner["id"], "as_of": today, "overdue": overdue}),
        as_of=today,
        level=level,
        invoices=overdue,
        total_overdue=total([row.open for row in overdue]),
        retainage_held=held or ZERO,
    )


def _client(connection: Connection, firm_id: UUID, client_id: UUID) -> RowMapping:
    return (
        connection.execute(select(client).where(client.c.firm_id == firm_id, client.c.id == client_id))
        .mappings()
        .one()
    )


def _greeting(owner: RowMapping) -> str:
    return f"To {owner['name']}," if owner["name"] else "Good day,"


def _party(row: RowMapping) -> Party:
    return Party(
        name=row["name"],
        address=tuple(line for line in (row["address"] or "").splitlines() if line.strip()),
        email=row["email"] or "",
    )


def _our_party(connection: Connection, firm_id: UUID, legal_entity_id: UUID | None) -> Party:
    """The legal entity as a letterhead; for a payment that settles nothing, the firm itself."""
    if legal_entity_id is None:
        return Party(name=connection.execute(select(firm.c.name).where(firm.c.id == firm_id)).scalar_one())
    entity = contracts.legal_entity_of(connection, firm_id, legal_entity_id)
    assert entity is not None
    return Party(
        name=entity["name"],
        address=tuple(line for line in entity["address"].splitlines() if line.strip()),
        email=entity["email"],
        tax_id=entity["tax_id"] or "",
    )

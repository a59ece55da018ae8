"""Receipts: a paper and a letter for each payment, saying what it settled and what is left of it.

A credit that the client may set off against what he owes comes with its credit note instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from contracts_app.documents import mail, press
from contracts_app.documents.contents import AppliedCash, ReceiptContent
from contracts_app.domain import canonical
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.money import less, opposite, total
from contracts_app.services import credit_notes, letterheads
from contracts_app.services.invoice_documents import PDF
from contracts_app.store import (
    billing_groups,
    brought_forward,
    clients,
    documents,
    legal_entities,
    messages,
    receivables,
)
from contracts_app.store.tables import client
from contracts_app.store.transaction import Origin, own_step, reading


def make_receipts(engine: Engine, firm_id: UUID, client_id: UUID, origin: Origin) -> None:
    """A receipt for each payment of the client that has none."""
    with reading(engine, firm_id) as connection:
        waiting = receivables.payments_without_receipt(connection, firm_id, client_id)
    for known in waiting:
        _make_receipt(engine, firm_id, client_id, known, origin)


def _make_receipt(engine: Engine, firm_id: UUID, client_id: UUID, paid: RowMapping, origin: Origin) -> None:
    with reading(engine, firm_id) as connection:
        owner = clients.get(connection, firm_id, client_id)
        creditor = legal_entities.get(connection, firm_id, paid["legal_entity_id"])
        note = credit_notes.of_payment(connection, firm_id, paid["id"])
        content = (
            _receipt_content(connection, firm_id, owner, creditor, paid)
            if note is None
            else credit_notes.content(connection, firm_id, note)
        )
    kind = "receipt" if note is None else "credit_note"
    named = f"receipt-{paid['reference']}" if note is None else f"credit-note-{note['number_text']}"
    made = press.paper(content)
    letter = mail.compose(content, greeting=letterheads.greeting(owner))
    with own_step(engine, firm_id, f"receipt:{paid['id']}", origin) as tx:
        locked = tx.lock(client, client_id, "client")
        if documents.about(tx.connection, firm_id, payment_id=paid["id"]):
            return
        document_id = documents.keep(
            tx,
            kind=kind,
            file_name=mail.file_stem(named) + ".pdf",
            media_type=PDF,
            data=made.pdf,
            made_by=made.made_by,
            template_sha256=made.template_sha256,
            payment_id=paid["id"],
        )
        messages.queue(
            tx,
            kind=kind,
            client_id=client_id,
            legal_entity_id=creditor["id"],
            recipient=owner["email"],
            subject=letter.subject,
            body=letter.text,
            business_date=tx.today(creditor["time_zone"]),
            document_id=document_id,
            payment_id=paid["id"],
        )
        tx.change(client, "client", locked, f"make_{kind}", reason=paid["reference"])


def _receipt_content(
    connection: Connection, firm_id: UUID, owner: RowMapping, creditor: RowMapping, paid: RowMapping
) -> ReceiptContent:
    """The payment, and each invoice before and after it (later payments do not count).

    What was applied later and before this receipt is made is on it.
    """
    rows = receivables.applied_by(connection, firm_id, paid["id"])
    # The sections of an invoice of several contracts are one line, as they are one paper.
    papers = groupby(rows, key=lambda row: row["group_invoice_id"] or row["receivable_id"])
    applied = [_applied(connection, firm_id, list(own)) for _, own in papers]
    applied += [_applied_before(row) for row in brought_forward.cash_of(connection, firm_id, paid["id"])]
    return ReceiptContent(
        firm=letterheads.of_legal_entity(creditor),
        client=letterheads.of_client(owner),
        currency=paid["currency"],
        content_sha256=canonical.digest({"payment": paid["id"], "applied": applied}),
        payment_reference=paid["reference"],
        received_on=paid["received_on"],
        amount=paid["amount"],
        applied=tuple(applied),
        unapplied=less(paid["amount"], *(part.applied for part in applied)),
    )


def _applied_before(row: RowMapping) -> AppliedCash:
    """What was applied to an invoice of the system before ours."""
    paid = opposite(row["amount"])
    return AppliedCash(
        invoice_number=brought_forward.name_of(row["number"], row["part"]),
        kind=Kind.consulting,
        open_before=row["open_before"],
        applied=paid,
        open_after=less(row["open_before"], paid),
    )


def _applied(connection: Connection, firm_id: UUID, own: Sequence[RowMapping]) -> AppliedCash:
    """What was applied to one invoice, or to the sections of one, with what was open on all of it."""
    at = {row["receivable_id"]: row["at"] for row in own}
    number, application_no = own[0]["number_text"], own[0]["application_no"]
    if own[0]["group_invoice_id"] is not None:
        whole = billing_groups.find(connection, firm_id, own[0]["group_invoice_id"])
        assert whole is not None  # a section refers to it
        number, application_no = whole["number_text"], None
        for section in billing_groups.sections(connection, firm_id, whole["id"]):
            owed = receivables.of_invoice(connection, firm_id, section)
            if owed is not None:
                at.setdefault(owed["id"], max(row["at"] for row in own))
    before = total(receivables.balance_before(connection, firm_id, one, when) for one, when in at.items())
    paid = opposite(total(row["amount"] for row in own))
    return AppliedCash(
        invoice_number=number,
        kind=own[0]["kind"],
        application_number=application_no,
        open_before=before,
        applied=paid,
        open_after=less(before, paid),
    )

"""Receipts: a paper and a letter for each payment, saying what it settled and what is left of it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from contracts_app.documents import mail, press
from contracts_app.documents.contents import AppliedCash, ReceiptContent
from contracts_app.domain import canonical
from contracts_app.domain.money import less
from contracts_app.services import letterheads
from contracts_app.services.invoice_documents import PDF
from contracts_app.store import clients, documents, legal_entities, messages, receivables
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
        content = _receipt_content(connection, firm_id, owner, creditor, paid)
    made = press.paper(content)
    letter = mail.compose(content, greeting=letterheads.greeting(owner))
    with own_step(engine, firm_id, f"receipt:{paid['id']}", origin) as tx:
        locked = tx.lock(client, client_id, "client")
        if documents.about(tx.connection, firm_id, payment_id=paid["id"]):
            return
        document_id = documents.keep(
            tx,
            kind="receipt",
            file_name=mail.file_stem(f"receipt-{paid['reference']}") + ".pdf",
            media_type=PDF,
            data=made.pdf,
            made_by=made.made_by,
            template_sha256=made.template_sha256,
            payment_id=paid["id"],
        )
        messages.queue(
            tx,
            kind="receipt",
            client_id=client_id,
            legal_entity_id=creditor["id"],
            recipient=owner["email"],
            subject=letter.subject,
            body=letter.text,
            business_date=tx.today(creditor["time_zone"]),
            document_id=document_id,
            payment_id=paid["id"],
        )
        tx.change(client, "client", locked, "make_receipt", reason=paid["reference"])


def _receipt_content(
    connection: Connection, firm_id: UUID, owner: RowMapping, creditor: RowMapping, paid: RowMapping
) -> ReceiptContent:
    """The payment, and each invoice before and after it (later payments do not count).

    What was applied later and before this receipt is made is on it.
    """
    rows = receivables.applied_by(connection, firm_id, paid["id"])
    applied = []
    for row in rows:
        before = receivables.balance_before(connection, firm_id, row["receivable_id"], row["at"])
        applied.append(
            AppliedCash(
                invoice_number=row["number_text"],
                kind=row["kind"],
                application_number=row["application_no"],
                open_before=before,
                applied=-row["amount"],
                open_after=before + row["amount"],
            )
        )
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

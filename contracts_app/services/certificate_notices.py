"""Notices inside the firm: a certificate is lower than the application, or withheld altogether."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from contracts_app.documents import mail
from contracts_app.documents.contents import ReducedLine, ReductionContent
from contracts_app.domain.money import ZERO, less
from contracts_app.domain.pay_application import Kind
from contracts_app.domain.schedule_of_values import Basis
from contracts_app.services import letterheads
from contracts_app.settings import Settings
from contracts_app.store import clients, contracts, invoices, legal_entities, messages, people, receivables
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.store.views import invoice_page


def make_notice(engine: Engine, settings: Settings, firm_id: UUID, invoice_id: UUID, origin: Origin) -> None:
    """Write to whoever prepared the invoice, or to every coordinator where he is none any more."""
    with reading(engine, firm_id) as connection:
        row = invoices.find(connection, firm_id, invoice_id)
        assert row is not None
        agreed = contracts.find(connection, firm_id, row["contract_id"])
        assert agreed is not None
        content = _content(connection, firm_id, row, agreed)
        told = people.coordinators(connection, firm_id)
        told = [one for one in told if one["id"] == row["prepared_by"]] or told
        sender = legal_entities.get(connection, firm_id, agreed["legal_entity_id"])
    greetings = {one["email"]: f"To {one['name']}," for one in told} or {
        sender["email"]: "To the coordinator,"
    }
    link = f"{settings.public_url}/invoices/{invoice_id}"
    letters = {to: mail.compose(content, greeting=text, link=link) for to, text in greetings.items()}
    with own_step(engine, firm_id, f"notice:{invoice_id}", origin) as tx:
        locked = tx.lock(invoice, invoice_id, "invoice")
        if not invoices.notice_missing(tx.connection, firm_id, invoice_id):
            return
        for recipient, letter in letters.items():
            messages.queue(
                tx,
                kind=messages.NOTICE,
                client_id=agreed["client_id"],
                legal_entity_id=agreed["legal_entity_id"],
                recipient=recipient,
                subject=letter.subject,
                body=letter.text,
                business_date=content.certified_on,
                invoice_id=invoice_id,
            )
        tx.change(invoice, "invoice", locked, "make_notice", reason=content.invoice_number)


def _content(connection: Connection, firm_id: UUID, row: RowMapping, agreed: RowMapping) -> ReductionContent:
    """The certificate beside what was applied for, line by line where they differ."""
    issued = invoices.issued(connection, firm_id, row["id"])
    certified = invoice_page.certificate_of(connection, firm_id, row["id"])
    assert issued is not None
    assert certified is not None
    owner = clients.get(connection, firm_id, agreed["client_id"])
    owed = receivables.of_invoice(connection, firm_id, row["id"])
    basis = {line.id: line.basis for line in contracts.schedule(connection, firm_id, row["contract_id"])}
    lower = [
        line
        for line in invoice_page.lines(connection, firm_id, row["id"])
        if line.certified is not None and line.certified < line.total
    ]
    return ReductionContent(
        firm=letterheads.of_legal_entity(legal_entities.get(connection, firm_id, agreed["legal_entity_id"])),
        client=letterheads.of_client(owner),
        currency=issued["currency"],
        content_sha256=row["content_hash"],
        kind=Kind(row["kind"]),
        contract_number=agreed["number"],
        contract_title=agreed["title"],
        application_number=row["application_no"],
        invoice_number=issued["number_text"],
        period_to=row["period_to"],
        applied=issued["line8"],
        certified=max(certified.line8, ZERO),
        withheld=certified.decision == "withheld",
        certified_by=certified.by,
        certified_on=certified.certified_on,
        reason=certified.reason,
        due_on=owed["due_on"] if owed and certified.line8 > ZERO else None,
        lines=tuple(
            ReducedLine(
                item=line.item_no,
                description=line.description,
                applied=less(line.total, line.previous),
                certified=less(line.certified or ZERO, line.previous),
            )
            for line in lower
        ),
        time_cut=any(basis.get(line.line_id) is Basis.time_and_materials for line in lower),
    )

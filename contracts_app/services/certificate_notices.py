"""A certificate is lower than the invoice, or withheld altogether: its paper, and a notice in the firm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from contracts_app.documents import mail, press
from contracts_app.documents.books_words import books_said
from contracts_app.documents.contents import (
    Certificate,
    CertificateOutcome,
    ReducedLine,
    ReductionContent,
)
from contracts_app.documents.invoiced_words import invoiced_said
from contracts_app.domain.billing.booked import booked_if_known
from contracts_app.domain.billing.invoiced import invoiced_if_known
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.domain.money import ZERO, less
from contracts_app.services import letterheads
from contracts_app.services.invoice_documents import PDF, content_of
from contracts_app.services.proving.pay_application import certificate_again
from contracts_app.settings import Settings
from contracts_app.store import (
    clients,
    contracts,
    documents,
    invoices,
    legal_entities,
    messages,
    people,
    receivables,
)
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Origin, own_step, reading
from contracts_app.store.views import invoice_page, stored_invoice


def make_notice(engine: Engine, settings: Settings, firm_id: UUID, invoice_id: UUID, origin: Origin) -> None:
    """Make the certificate's paper, which the client sees too, and write to whoever prepared the invoice, or
    to every coordinator where he is none any more."""
    with reading(engine, firm_id) as connection:
        row = invoices.find(connection, firm_id, invoice_id)
        assert row is not None
        agreed = contracts.find(connection, firm_id, row["contract_id"])
        assert agreed is not None
        issued = invoices.issued(connection, firm_id, invoice_id)
        assert issued is not None
        content = _content(connection, firm_id, row, agreed, issued)
        owner = clients.get(connection, firm_id, agreed["client_id"])
        paper = content_of(
            connection, firm_id, row, agreed, owner, issued, **_certificate(connection, content, row, issued)
        )
        told = people.coordinators(connection, firm_id)
        told = [one for one in told if one["id"] == row["prepared_by"]] or told
        sender = legal_entities.get(connection, firm_id, agreed["legal_entity_id"])
    greetings = {one["email"]: f"To {one['name']}," for one in told} or {
        sender["email"]: "To the coordinator,"
    }
    link = f"{settings.public_url}/invoices/{invoice_id}"
    made = press.paper(paper)
    letters = {to: mail.compose(content, greeting=text, link=link) for to, text in greetings.items()}
    with own_step(engine, firm_id, f"notice:{invoice_id}", origin) as tx:
        locked = tx.lock(invoice, invoice_id, "invoice")
        if not invoices.notice_missing(tx.connection, firm_id, invoice_id):
            return
        stem = mail.file_stem(f"{content.invoice_number}-certificate-{content.application_number}")
        documents.keep(
            tx,
            kind="certificate",
            file_name=f"{stem}.pdf",
            media_type=PDF,
            data=made.pdf,
            made_by=made.made_by,
            template_sha256=made.template_sha256,
            invoice_id=invoice_id,
        )
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


def _certificate(
    connection: Connection, content: ReductionContent, row: RowMapping, issued: RowMapping
) -> Mapping[str, Any]:
    """What the certificate's paper says beside its invoice's."""
    certified = invoice_page.certificate_of(connection, row["firm_id"], row["id"])
    assert certified is not None
    snapshot = invoices.stored_snapshot(connection, row["firm_id"], row["id"])
    stored = stored_invoice.stored(connection, row["firm_id"], row["id"])
    assert stored is not None
    assert stored.certificate is not None
    figures = certificate_again(snapshot, certified.decision, stored.certificate["entries"])
    taxed = tax_of(snapshot, figures, issued["issued_on"]) if figures.line8 >= ZERO else None
    return {
        "tax": taxed,
        "books": books_said(booked_if_known(snapshot, figures, taxed), drawn=bool(figures.deposit_applied)),
        "invoiced": invoiced_said(invoiced_if_known(snapshot, figures, taxed)),
        "certificate": Certificate(
            outcome=CertificateOutcome.withheld if content.withheld else CertificateOutcome.less,
            amount=content.certified,
            line6=certified.line6,
            certified_by=content.certified_by,
            certified_on=content.certified_on,
            reason=content.reason,
        ),
        "cut": content.lines,
        "due_on": content.due_on,
    }


def _content(
    connection: Connection, firm_id: UUID, row: RowMapping, agreed: RowMapping, issued: RowMapping
) -> ReductionContent:
    """The certificate beside what was applied for, line by line where they differ."""
    certified = invoice_page.certificate_of(connection, firm_id, row["id"])
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
                reason=line.certified_because,
            )
            for line in lower
        ),
        time_cut=any(basis.get(line.line_id) is Basis.time_and_materials for line in lower),
    )

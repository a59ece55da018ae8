"""The papers of an issued invoice: PDF, DOCX and workbook, kept by hash, and the letter that brings them.

A document is made outside any transaction (it takes seconds), then stored with its message in one. What is
stored already is not made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping

from contracts_app.documents import annex_sheet, continuation_sheet, mail, press
from contracts_app.documents.books_words import books_said
from contracts_app.documents.consulting_invoice import ConsultingInvoiceContent
from contracts_app.documents.contents import (
    AdvanceContent,
    ApplicationContent,
    Party,
    RetainageReleaseContent,
    Signature,
)
from contracts_app.documents.invoiced_words import invoiced_said
from contracts_app.documents.production import ProducedDocument
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.bill_to import BillTo
from contracts_app.domain.billing.booked import booked_if_known
from contracts_app.domain.billing.invoiced import invoiced_if_known
from contracts_app.domain.billing.pay_application import Kind, PayApplication, revised_number
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.billing.taxed import tax_of
from contracts_app.domain.billing.unit_price import multiplied_out
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.cost_plus.explained import explained as cost_explained
from contracts_app.domain.funding.advance_words import recovery_in_words
from contracts_app.domain.money import in_percent
from contracts_app.domain.retainage.retainage_explained import slices
from contracts_app.services import group_contents, letterheads, people
from contracts_app.services.consulting_contents import consulting
from contracts_app.settings import Settings
from contracts_app.store import (
    billing_groups,
    clients,
    contracts,
    documents,
    invoice_approvals,
    invoices,
    legal_entities,
    messages,
    receivables,
)
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Origin, Transaction, own_step, reading

InvoiceContent = ApplicationContent | ConsultingInvoiceContent | RetainageReleaseContent | AdvanceContent
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_documents(
    engine: Engine, settings: Settings, firm_id: UUID, invoice_id: UUID, origin: Origin
) -> None:
    """The application, consulting invoice or release invoice as PDF, DOCX and workbook, and its letters.

    One letter goes to the client's billing address, and one to each person of the client who can certify.
    Where several contracts went out together it is their one paper, kept with each of them.
    """
    with reading(engine, firm_id) as connection:
        if documents.made(connection, firm_id, invoice_id):
            return
        row = invoices.find(connection, firm_id, invoice_id)
        assert row is not None
        agreed = contracts.find(connection, firm_id, row["contract_id"])
        assert agreed is not None
        owner = clients.get(connection, firm_id, agreed["client_id"])
        issued = invoices.issued(connection, firm_id, invoice_id)
        assert issued is not None
        together = issued["group_invoice_id"]
        ids = [invoice_id] if together is None else billing_groups.sections(connection, firm_id, together)
        sections = {one: _section(connection, firm_id, one) for one in ids}
        content = (
            sections[invoice_id]
            if together is None
            else group_contents.whole(connection, firm_id, together, _consulting(sections.values()))
        )
        greetings = {owner["email"]: letterheads.greeting(owner)}
        to = _address(invoices.stored_snapshot(connection, firm_id, invoice_id))
        if to is not None and to.email is not None:
            greetings = {to.email: f"To {to.addressee},"}
        if contracts.terms_of(agreed).certified_by_client and row["kind"] != Kind.advance:
            for one in clients.certifiers(connection, firm_id, agreed["client_id"]):
                greetings[one["email"]] = f"To {one['name']},"
    made = press.paper(content)
    sheets = {one: _sheet(section) for one, section in sections.items()}
    link = f"{settings.public_url}/client/invoices/{invoice_id}"
    letters = {to: mail.compose(content, greeting=text, link=link) for to, text in greetings.items()}
    numbered = revised_number(row["application_no"], row["revision"])
    what = f"{row['kind']}-{numbered}" if together is None else "contracts-together"
    stem = mail.file_stem(f"{content.invoice_number}-{what}")
    with own_step(engine, firm_id, f"documents:{invoice_id}", origin) as tx:
        locked = tx.lock(invoice, invoice_id, "invoice")
        if documents.made(tx.connection, firm_id, invoice_id):
            return
        pdf_ids = {
            one: _keep(tx, one, row["kind"], stem, made, sheet, sheet_name="" if together else stem)
            for one, sheet in sheets.items()
        }
        for recipient, letter in letters.items():
            messages.queue(
                tx,
                kind=row["kind"],
                client_id=agreed["client_id"],
                legal_entity_id=agreed["legal_entity_id"],
                recipient=recipient,
                subject=letter.subject,
                body=letter.text,
                business_date=issued["issued_on"],
                document_id=pdf_ids[invoice_id],
                invoice_id=invoice_id,
            )
        tx.change(invoice, "invoice", locked, "make_documents", reason=stem)


def _section(connection: Connection, firm_id: UUID, invoice_id: UUID) -> InvoiceContent:
    """What an issued invoice says, alone or as a section."""
    row = invoices.find(connection, firm_id, invoice_id)
    assert row is not None
    agreed = contracts.find(connection, firm_id, row["contract_id"])
    assert agreed is not None
    issued = invoices.issued(connection, firm_id, invoice_id)
    assert issued is not None
    owner = clients.get(connection, firm_id, agreed["client_id"])
    return content_of(connection, firm_id, row, agreed, owner, issued)


def _consulting(sections: Iterable[InvoiceContent]) -> Sequence[ConsultingInvoiceContent]:
    return [one for one in sections if isinstance(one, ConsultingInvoiceContent)]


def _sheet(content: InvoiceContent) -> tuple[str, bytes, str] | None:
    """The workbook that goes with an invoice: its kind, its bytes, and its name as that of a section; None
    for an advance payment, which has no lines."""
    if isinstance(content, AdvanceContent):
        return None
    name = mail.file_stem(f"{content.invoice_number}-detail")
    if isinstance(content, ConsultingInvoiceContent):
        return "detail_annex", annex_sheet.workbook(content), name
    return "continuation_sheet", continuation_sheet.workbook(content), name


def _keep(
    tx: Transaction,
    invoice_id: UUID,
    kind: str,
    stem: str,
    made: ProducedDocument,
    sheet: tuple[str, bytes, str] | None,
    sheet_name: str,
) -> UUID:
    """Store the files of one invoice, its workbook under `sheet_name` or its own; returns the id of its
    PDF."""
    pdf_id = documents.keep(
        tx,
        kind=kind,
        file_name=f"{stem}.pdf",
        media_type=PDF,
        data=made.pdf,
        made_by=made.made_by,
        template_sha256=made.template_sha256,
        invoice_id=invoice_id,
    )
    documents.keep(
        tx,
        kind=f"{kind}_docx",
        file_name=f"{stem}.docx",
        media_type=DOCX,
        data=made.docx,
        made_by="docxtpl",
        template_sha256=made.template_sha256,
        invoice_id=invoice_id,
    )
    if sheet is not None:
        sheet_kind, workbook, own_name = sheet
        documents.keep(
            tx,
            kind=sheet_kind,
            file_name=f"{sheet_name or own_name}.xlsx",
            media_type=XLSX,
            data=workbook,
            made_by="openpyxl",
            template_sha256=None,
            invoice_id=invoice_id,
        )
    return pdf_id


def content_of(
    connection: Connection,
    firm_id: UUID,
    row: RowMapping,
    agreed: RowMapping,
    owner: RowMapping,
    issued: RowMapping,
    **certified: Any,
) -> InvoiceContent:
    """What the paper of an issued invoice says; with `certificate` and `cut`, what its certificate's says."""
    snapshot = invoices.stored_snapshot(connection, firm_id, row["id"])
    return content_from(
        connection,
        firm_id,
        row,
        agreed,
        owner,
        dict(issued),
        snapshot,
        prepared_on=issued["issued_on"],
        **certified,
    )


def content_from(
    connection: Connection,
    firm_id: UUID,
    row: RowMapping,
    agreed: RowMapping,
    owner: RowMapping,
    issued: Mapping[str, Any],
    snapshot: Snapshot,
    *,
    prepared_on: date,
    **more: Any,
) -> InvoiceContent:
    """What a paper of this snapshot says; `issued` are the facts of its issue, empty as long as it is a
    draft."""
    figures = drafting.draft(snapshot)
    terms, tax = snapshot.terms, snapshot.tax
    taxed = tax_of(snapshot, figures, issued["issued_on"])
    owed = receivables.of_invoice(connection, firm_id, row["id"])
    creditor = legal_entities.get(connection, firm_id, agreed["legal_entity_id"])
    common: dict[str, Any] = {
        "firm": letterheads.taxed(letterheads.of_legal_entity(creditor), tax.our_number if tax else None),
        "payment_instructions": letterheads.instructions(issued),
        "client": letterheads.taxed(
            letterheads.billed_to(owner, _address(snapshot)), tax.client_number if tax else None
        ),
        "currency": figures.currency,
        "content_sha256": drafting.content_hash(snapshot),
        "application": figures,
        "tax": taxed,
        "books": books_said(booked_if_known(snapshot, figures, taxed), drawn=bool(figures.deposit_applied)),
        "invoiced": invoiced_said(invoiced_if_known(snapshot, figures, taxed)),
        "contract_number": agreed["number"],
        "contract_title": agreed["title"],
        "architect": Party(name=agreed["architect"]) if agreed["architect"] else None,
        "revision": row["revision"],
        "invoice_number": issued["number_text"],
        "submitted_on": issued["issued_on"],
        "terms": _payment_terms(snapshot),
        "due_on": owed["due_on"] if owed else None,
        "certify_by": issued["certification_due_on"] if snapshot.is_certified else None,
        "advance_before": snapshot.previous.advance if snapshot.previous else None,
        # Rates that change with completion, or stop at a cap, are not written beside lines 5a and 5b.
        "rate_completed": None if terms.retainage.remembers else terms.retainage.rate_completed,
        "rate_stored": None if terms.retainage.remembers else terms.retainage.rate_stored,
        "retainage_slices": slices(snapshot, figures),
        "explained": explained(snapshot, figures),
        "signed_by_hand": terms.submission.signed_by_hand,
        "notarised": terms.submission.notarised,
        "prepared": Signature(
            role="Prepared by",
            name=people.name_of(connection, firm_id, row["prepared_by"]),
            on=prepared_on,
        ),
        "approvals": _approvals(connection, firm_id, row["id"], drafting.content_hash(snapshot)),
        **more,
    }
    if snapshot.kind is Kind.consulting:
        return ConsultingInvoiceContent(**common, **consulting(connection, firm_id, snapshot))
    if snapshot.kind is Kind.application:
        return ApplicationContent(**common)
    if snapshot.kind is Kind.advance:
        return AdvanceContent(
            **common,
            recovery=recovery_in_words(terms, figures.currency),
            guarantee=snapshot.advance_guarantee or "",
        )
    close_out = [known.title for known in snapshot.milestones if known.close_out]
    return RetainageReleaseContent(
        **common,
        form=terms.invoice_form,
        condition="Approved: " + ", ".join(close_out) if close_out else "Release agreed in the contract",
        released_before={
            line.line_id: line.released for line in (snapshot.previous.lines if snapshot.previous else ())
        },
    )


def explained(snapshot: Snapshot, figures: PayApplication) -> Mapping[UUID, str]:
    """How the amounts of lines paid by measure or at cost came about, line → `38.5 t × 47.85`."""
    terms = {line.id: line.unit_price for line in snapshot.schedule if line.unit_price is not None}
    measured = {
        entry.line_id: multiplied_out(
            terms[entry.line_id], entry.quantity_to_date, finally_measured=entry.finally_measured
        )
        for entry in snapshot.entries
        if entry.line_id in terms and entry.quantity_to_date is not None
    }
    return {**measured, **cost_explained(figures.costs, figures.maximum, figures.currency)}


def _address(snapshot: Snapshot) -> BillTo | None:
    """The address of an invoice, where it is not the client's own."""
    addresses = snapshot.terms.bill_to
    return addresses.named(snapshot.addressed.name) if addresses and snapshot.addressed else None


def _payment_terms(snapshot: Snapshot) -> str:
    """From when the days to pay count."""
    terms = snapshot.terms
    if snapshot.kind is Kind.advance:
        start = "the invoice date"
    elif terms.receivable_arises is ReceivableArises.certification:
        start = "certification"
    elif terms.certified_by_client:
        start = "submission"
    else:
        start = "the invoice date"
    net = f"Net {terms.payment_days} from {start}"
    early = terms.early_payment
    if early is None:
        return net
    return f"{in_percent(early.rate)} off if paid within {early.days} days; {net[0].lower()}{net[1:]}"


def _approvals(
    connection: Connection, firm_id: UUID, invoice_id: UUID, content_hash: str
) -> tuple[Signature, ...]:
    """The approvals of exactly this content, with their business dates."""
    return tuple(
        Signature(
            role=f"Approved by the {row['step'].replace('_', ' ')}",
            name=people.name_of(connection, firm_id, row["person_id"]),
            on=row["decided_on"],
        )
        for row in invoice_approvals.approvals_of(connection, firm_id, invoice_id, content_hash)
    )

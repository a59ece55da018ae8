"""The pencil copy of a draft: shown to the certifier before submission, and his remarks."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine

from contracts_app.documents import mail, press
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.submission_commands import RemarkOnPencil, SharePencil
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.transitions import INVOICE, require
from contracts_app.services import letterheads, people
from contracts_app.services.draft_contents import of_draft
from contracts_app.services.invoice_documents import PDF
from contracts_app.services.invoices import locked, name_of
from contracts_app.services.periods import business_date
from contracts_app.settings import Settings
from contracts_app.store import clients, contracts, documents, invoices, messages, pencils
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.submission_tables import pencil_copy, pencil_remark
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Origin, Transaction, own_step, reading

KIND = "pencil_copy"
"""The kind of its document and of its mail."""


def share_pencil(tx: Transaction, body: SharePencil) -> Outcome:
    """Keep the draft as it stands for the client to look at; its paper and the mail follow by themselves.

    It gives no approval and takes none: what the client saw may still change.
    """
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, "share_pencil", row["state"], "invoice")
    who = people.actor(tx)
    snapshot = current_snapshot(tx.connection, tx.firm_id, body.invoice_id)
    if not snapshot.is_certified or snapshot.kind is Kind.consulting:
        raise wrong_content(
            "nobody_certifies", "A pencil copy is for an application that the client certifies."
        )
    content_hash = drafting.content_hash(snapshot)
    before = pencils.last(tx.connection, tx.firm_id, body.invoice_id)
    if before is not None and before.content_hash == content_hash:
        raise Refused(
            "shown_already", f"The client was shown exactly this on {before.shared_on}: change it first."
        )
    pencil_id = tx.new_id("pencil_copy")
    tx.insert(
        pencil_copy,
        id=pencil_id,
        invoice_id=row["id"],
        content_hash=content_hash,
        snapshot_sha256=invoices.store_snapshot(tx.connection, tx.firm_id, snapshot),
        shared_by=who.id,
        shared_on=business_date(tx, agreed),
    )
    tx.change(invoice, "invoice", row, "share_pencil", INVOICE)
    return Outcome(done=True, result={"invoice_id": str(row["id"]), "pencil_id": str(pencil_id)})


def remark_on_pencil(tx: Transaction, body: RemarkOnPencil) -> Outcome:
    """Keep what the client says of the copy he was shown last."""
    agreed, row = locked(tx, body.invoice_id)
    who = people.actor(tx)
    shown = pencils.last(tx.connection, tx.firm_id, body.invoice_id)
    if who.client_id != agreed["client_id"] or shown is None:
        raise not_found("pencil copy")
    require(INVOICE, "remark_on_pencil", row["state"], "invoice")
    if shown.id != body.pencil_id:
        raise Refused("shown_again", f"A newer copy was sent on {shown.shared_on}: look at that one.")
    lines = {line.id for line in pencils.shown(tx.connection, tx.firm_id, shown.id).schedule}
    if any(one.line_id is not None and one.line_id not in lines for one in body.remarks):
        raise wrong_content("unknown_line", "A remark names a line that this application does not have.")
    for number, one in enumerate(body.remarks):
        tx.insert(
            pencil_remark,
            id=tx.new_id("pencil_remark", number),
            pencil_id=shown.id,
            sov_line_id=one.line_id,
            remark=one.remark,
            person_id=who.id,
            remarked_on=business_date(tx, agreed),
        )
    tx.change(invoice, "invoice", row, "remark_on_pencil", INVOICE)
    return Outcome(done=True, result={"invoice_id": str(row["id"]), "remarks": len(body.remarks)})


def make_pencil(engine: Engine, settings: Settings, firm_id: UUID, invoice_id: UUID, origin: Origin) -> None:
    """Make the paper of a copy that was shown, and write to each person of the client who can certify."""
    with reading(engine, firm_id) as connection:
        copy = pencils.without_paper(connection, firm_id, invoice_id)
        if copy is None:
            return
        row = invoices.find(connection, firm_id, invoice_id)
        assert row is not None
        agreed = contracts.find(connection, firm_id, row["contract_id"])
        assert agreed is not None
        owner = clients.get(connection, firm_id, agreed["client_id"])
        snapshot = pencils.shown(connection, firm_id, copy["id"])
        content = of_draft(connection, firm_id, row, agreed, owner, snapshot, copy["shared_on"], pencil=True)
        greetings = {owner["email"]: letterheads.greeting(owner)}
        for one in clients.certifiers(connection, firm_id, agreed["client_id"]):
            greetings[one["email"]] = f"To {one['name']},"
    made = press.paper(content)
    link = f"{settings.public_url}/client/pencils/{invoice_id}"
    letters = {to: mail.compose(content, greeting=text, link=link) for to, text in greetings.items()}
    stem = mail.file_stem(f"{agreed['number']}-pencil-{row['application_no']}-{copy['content_hash'][:8]}")
    with own_step(engine, firm_id, f"pencil:{copy['id']}", origin) as tx:
        locked_row = tx.lock(invoice, invoice_id, "invoice")
        now = pencils.without_paper(tx.connection, firm_id, invoice_id)
        if now is None or now["id"] != copy["id"]:
            return
        document_id = documents.keep(
            tx,
            kind=KIND,
            file_name=f"{stem}.pdf",
            media_type=PDF,
            data=made.pdf,
            made_by=made.made_by,
            template_sha256=made.template_sha256,
            invoice_id=invoice_id,
        )
        pencils.note_paper(tx.connection, firm_id, copy["id"], document_id)
        for recipient, letter in letters.items():
            messages.queue(
                tx,
                kind=KIND,
                client_id=agreed["client_id"],
                legal_entity_id=agreed["legal_entity_id"],
                recipient=recipient,
                subject=letter.subject,
                body=letter.text,
                business_date=copy["shared_on"],
                document_id=document_id,
                invoice_id=invoice_id,
            )
        tx.change(invoice, "invoice", locked_row, "make_pencil", reason=name_of(row))

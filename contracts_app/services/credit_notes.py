"""Credit notes: the document, and the credit that the client sets off against what he owes.

The credit stands among his payments as money that is not applied yet, so it is applied as cash is.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.documents.credit_note import CreditNoteContent
from contracts_app.domain import canonical
from contracts_app.domain.money import in_words_of_a_page, total
from contracts_app.domain.refusals import Refused
from contracts_app.services import letterheads
from contracts_app.services.invoices import name_of
from contracts_app.store import clients, contracts, credit_notes, invoices, legal_entities
from contracts_app.store.credit_tables import credit_note
from contracts_app.store.tables import client, payment
from contracts_app.store.transaction import Transaction

of_payment = credit_notes.of_payment


def issue(
    tx: Transaction,
    agreed: RowMapping,
    row: RowMapping,
    net: Decimal,
    tax: Decimal,
    on: date,
) -> None:
    """Number a credit note for `net` and its `tax`, together above zero, for the client to set off.

    Raises Refused before the day of the last credit note.
    """
    owner = tx.lock(client, agreed["client_id"], "client")  # before the number series, as everywhere
    issued = invoices.issued(tx.connection, tx.firm_id, row["id"])
    assert issued is not None  # its application has just gone out, or is certified
    taken = credit_notes.take_number(tx.connection, tx.firm_id, agreed["legal_entity_id"], on)
    if taken is None:
        raise Refused(
            "date_before_last_number",
            "The series of credit notes has a number of a later date; the calendar cannot be before it.",
        )
    number, text = taken
    amount, currency = total((net, tax)), issued["currency"]
    payment_id = tx.new_id("payment", "credit_note", row["id"])
    tx.insert(
        payment,
        id=payment_id,
        client_id=agreed["client_id"],
        legal_entity_id=agreed["legal_entity_id"],
        amount=amount,
        currency=currency,
        received_on=on,
        reference=f"Credit note {text}",
        recorded_by=tx.by,
        unapplied=amount,
    )
    tx.insert(
        credit_note,
        id=tx.new_id("credit_note", row["id"]),
        invoice_id=row["id"],
        payment_id=payment_id,
        legal_entity_id=agreed["legal_entity_id"],
        series=credit_notes.SERIES,
        number=number,
        number_text=text,
        issued_on=on,
        currency=currency,
        net=net,
        tax=tax,
        amount=amount,
    )
    said = f"{text} for {name_of(row)}: {in_words_of_a_page(amount, currency)}"
    tx.change(client, "client", owner, "issue_credit_note", reason=said)


def content(connection: Connection, firm_id: UUID, note: RowMapping) -> CreditNoteContent:
    """What the paper of a credit note says."""
    row = invoices.find(connection, firm_id, note["invoice_id"])
    issued = invoices.issued(connection, firm_id, note["invoice_id"])
    assert row is not None
    assert issued is not None
    agreed = contracts.find(connection, firm_id, row["contract_id"])
    assert agreed is not None
    owner = clients.get(connection, firm_id, agreed["client_id"])
    creditor = legal_entities.get(connection, firm_id, note["legal_entity_id"])
    snapshot = invoices.stored_snapshot(connection, firm_id, row["id"])
    tax = snapshot.tax
    return CreditNoteContent(
        firm=letterheads.taxed(letterheads.of_legal_entity(creditor), tax.our_number if tax else None),
        client=letterheads.taxed(letterheads.of_client(owner), tax.client_number if tax else None),
        currency=note["currency"],
        content_sha256=canonical.digest({"credit_note": note["id"], "amount": note["amount"]}),
        number=note["number_text"],
        issued_on=note["issued_on"],
        invoice_number=issued["number_text"],
        invoiced_on=issued["issued_on"],
        kind=row["kind"],
        application_number=row["application_no"],
        contract_number=agreed["number"],
        contract_title=agreed["title"],
        net=note["net"],
        tax=note["tax"],
        amount=note["amount"],
    )

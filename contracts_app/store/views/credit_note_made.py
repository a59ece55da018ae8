"""The credit note of an invoice, with what is left of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.money import total
from contracts_app.store import credit_notes, payments


@dataclass(frozen=True)
class CreditNote:
    """A credit note. `payment_id` is what it is applied to invoices as, `unapplied` what is left of it."""

    number_text: str
    issued_on: date
    net: Decimal
    tax: Decimal
    amount: Decimal
    unapplied: Decimal
    payment_id: UUID


def of_invoice(connection: Connection, firm_id: UUID, invoice_id: UUID, client_id: UUID) -> CreditNote | None:
    """What credits the client for what this invoice takes back; None where nothing does."""
    note = credit_notes.of_invoice(connection, firm_id, invoice_id)
    if note is None:
        return None
    held = payments.received(connection, firm_id, client_id, note["payment_id"])
    assert held is not None  # made with it
    return CreditNote(
        number_text=note["number_text"],
        issued_on=note["issued_on"],
        net=note["net"],
        tax=note["tax"],
        amount=note["amount"],
        unapplied=total((held.amount, *held.posted)),
        payment_id=note["payment_id"],
    )

"""The ledger of what clients keep back of payments besides retainage."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.billing.withholds import WithholdReason
from contracts_app.domain.money import ZERO
from contracts_app.store.submission_tables import withhold_entry
from contracts_app.store.tables import invoice, issued_invoice, person


@dataclass(frozen=True)
class Entry:
    """An entry as a page shows it; `balance` is what is withheld of the contract after it."""

    entered_on: date
    kind: str
    reason: WithholdReason
    reference: str
    amount: Decimal
    balance: Decimal
    remark: str
    by: str
    by_id: UUID
    invoice_id: UUID
    invoice_number: str
    application_no: int


@dataclass(frozen=True)
class Held:
    """What is still kept back on an invoice for a reason."""

    reason: WithholdReason
    reference: str
    amount: Decimal


def ledger(
    connection: Connection, firm_id: UUID, contract_id: UUID, invoice_id: UUID | None = None
) -> Sequence[Entry]:
    """The entries of a contract, or of one of its invoices, oldest first."""
    query = (
        select(withhold_entry, person.c.name, issued_invoice.c.number_text, invoice.c.application_no)
        .join(
            person,
            (person.c.firm_id == withhold_entry.c.firm_id) & (person.c.id == withhold_entry.c.entered_by),
        )
        .join(
            invoice,
            (invoice.c.firm_id == withhold_entry.c.firm_id) & (invoice.c.id == withhold_entry.c.invoice_id),
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .where(withhold_entry.c.firm_id == firm_id, withhold_entry.c.contract_id == contract_id)
        .order_by(withhold_entry.c.at, withhold_entry.c.id)
    )
    if invoice_id is not None:
        query = query.where(withhold_entry.c.invoice_id == invoice_id)
    found: list[Entry] = []
    balance = ZERO
    for row in connection.execute(query):
        balance += row.amount
        found.append(
            Entry(
                row.entered_on,
                row.kind,
                WithholdReason(row.reason),
                row.reference,
                row.amount,
                balance,
                row.remark,
                row.name,
                row.entered_by,
                row.invoice_id,
                row.number_text,
                row.application_no,
            )
        )
    return found


def held(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[Held]:
    """What is still kept back on an invoice, by reason and reference."""
    amount = func.sum(withhold_entry.c.amount)
    rows = connection.execute(
        select(withhold_entry.c.reason, withhold_entry.c.reference, amount.label("amount"))
        .where(withhold_entry.c.firm_id == firm_id, withhold_entry.c.invoice_id == invoice_id)
        .group_by(withhold_entry.c.reason, withhold_entry.c.reference)
        .having(amount > 0)
        .order_by(func.min(withhold_entry.c.at))
    )
    return [Held(WithholdReason(row.reason), row.reference, row.amount) for row in rows]


def held_on(connection: Connection, firm_id: UUID, invoice_ids: Collection[UUID]) -> Mapping[UUID, Decimal]:
    """What is still kept back on each of these invoices; those without anything are left out."""
    amount = func.sum(withhold_entry.c.amount)
    rows = connection.execute(
        select(withhold_entry.c.invoice_id, amount.label("amount"))
        .where(withhold_entry.c.firm_id == firm_id, withhold_entry.c.invoice_id.in_(list(invoice_ids)))
        .group_by(withhold_entry.c.invoice_id)
        .having(amount > 0)
    )
    return {row.invoice_id: row.amount for row in rows}

"""Cash received, what of it is applied, and what is open to apply it to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, exists, func, select, union

from contracts_app.domain.money import ZERO
from contracts_app.store import brought_forward
from contracts_app.store.billing_tables import deposit_entry
from contracts_app.store.brought_forward_tables import brought_forward as was_owed
from contracts_app.store.brought_forward_tables import brought_forward_cash
from contracts_app.store.credit_tables import credit_note
from contracts_app.store.invoiced import owed_in
from contracts_app.store.tables import (
    client,
    contract,
    issued_invoice,
    legal_entity,
    payment,
    person,
    receivable,
    receivable_entry,
)


@dataclass(frozen=True)
class Payment:
    """A payment with the invoices it is applied to, as text, with the id of those that are ours; `unapplied`
    is what is left of it now.

    `credit_note`: it is no cash but the credit of a credit note, which stands among the client's payments.
    """

    id: UUID
    received_on: date
    client_id: UUID
    client: str
    legal_entity_id: UUID
    legal_entity: str
    reference: str
    amount: Decimal
    currency: str
    unapplied: Decimal
    recorded_by: str
    applied_to: Sequence[tuple[str, UUID | None, Decimal]]
    credit_note: bool
    brought_forward: bool = False
    """What was left of it at cut-over came in with a file."""


@dataclass(frozen=True)
class OpenInvoice:
    """A receivable with something open on it; `old`: of the system before ours, without a page of its own.
    Retainage held of such an invoice is due on no day."""

    invoice_id: UUID
    number: str
    client_id: UUID
    client: str
    legal_entity_id: UUID
    currency: str
    due_on: date | None
    open: Decimal
    old: bool = False


@dataclass(frozen=True)
class Payer:
    """A client who may pay."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Payee:
    """A legal entity with a currency that it may be paid in."""

    id: UUID
    name: str
    currency: str


def payees(connection: Connection, firm_id: UUID) -> Sequence[Payee]:
    """Every legal entity in the currency of its books and in those it invoices in, by name."""
    own = select(legal_entity.c.id, legal_entity.c.name, legal_entity.c.currency).where(
        legal_entity.c.firm_id == firm_id
    )
    billed = (
        select(legal_entity.c.id, legal_entity.c.name, owed_in())
        .join(
            contract,
            (legal_entity.c.firm_id == contract.c.firm_id)
            & (legal_entity.c.id == contract.c.legal_entity_id),
        )
        .where(legal_entity.c.firm_id == firm_id)
    )
    found = {tuple(row) for row in connection.execute(union(own, billed))}
    return [Payee(*one) for one in sorted(found, key=lambda one: (one[1], one[2]))]


@dataclass(frozen=True)
class Deposit:
    """What a client paid ahead of invoices, above zero, or was given back, below zero."""

    posted_on: date
    contract_id: UUID
    contract: str
    client: str
    legal_entity: str
    reference: str
    amount: Decimal
    currency: str
    recorded_by: str


def deposits(connection: Connection, firm_id: UUID) -> Sequence[Deposit]:
    """Every deposit received and given back, newest first; what invoices drew is on their contracts."""
    rows = connection.execute(
        select(
            deposit_entry,
            contract.c.number,
            client.c.name.label("client_name"),
            legal_entity.c.name.label("payee"),
            contract.c.terms["currency"].astext.label("currency"),
            person.c.name.label("recorder"),
        )
        .join(
            contract,
            (contract.c.firm_id == deposit_entry.c.firm_id) & (contract.c.id == deposit_entry.c.contract_id),
        )
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .join(
            legal_entity,
            (legal_entity.c.firm_id == contract.c.firm_id)
            & (legal_entity.c.id == contract.c.legal_entity_id),
        )
        .join(
            person,
            (person.c.firm_id == deposit_entry.c.firm_id) & (person.c.id == deposit_entry.c.recorded_by),
        )
        .where(deposit_entry.c.firm_id == firm_id)
        .order_by(deposit_entry.c.posted_on.desc(), deposit_entry.c.at.desc(), deposit_entry.c.reference)
    )
    return [
        Deposit(
            row.posted_on,
            row.contract_id,
            row.number,
            row.client_name,
            row.payee,
            row.reference,
            row.amount,
            row.currency,
            row.recorder,
        )
        for row in rows
    ]


def payments(connection: Connection, firm_id: UUID) -> Sequence[Payment]:
    """Every payment, newest first."""
    applied: dict[UUID, list[tuple[str, UUID | None, Decimal]]] = {}
    for old in connection.execute(
        select(
            brought_forward_cash.c.payment_id,
            brought_forward_cash.c.amount,
            was_owed.c.number,
            was_owed.c.part,
        )
        .join(
            was_owed,
            (was_owed.c.firm_id == brought_forward_cash.c.firm_id)
            & (was_owed.c.id == brought_forward_cash.c.brought_forward_id),
        )
        .where(brought_forward_cash.c.firm_id == firm_id)
        .order_by(was_owed.c.number, was_owed.c.part)
    ):
        name = brought_forward.name_of(old.number, old.part)
        applied.setdefault(old.payment_id, []).append((name, None, -old.amount))
    for row in connection.execute(
        select(
            receivable_entry.c.payment_id,
            issued_invoice.c.number_text,
            issued_invoice.c.invoice_id,
            func.sum(receivable_entry.c.amount).label("amount"),
        )
        .join(
            receivable,
            (receivable.c.firm_id == receivable_entry.c.firm_id)
            & (receivable.c.id == receivable_entry.c.receivable_id),
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == receivable.c.firm_id)
            & (issued_invoice.c.invoice_id == receivable.c.invoice_id),
        )
        .where(receivable_entry.c.firm_id == firm_id, receivable_entry.c.payment_id.is_not(None))
        .group_by(
            receivable_entry.c.payment_id,
            issued_invoice.c.number_text,
            issued_invoice.c.invoice_id,
            issued_invoice.c.number,
        )
        .having(func.sum(receivable_entry.c.amount) != ZERO)
        .order_by(issued_invoice.c.number)
    ):
        applied.setdefault(row.payment_id, []).append((row.number_text, row.invoice_id, -row.amount))
    rows = connection.execute(
        select(
            payment,
            client.c.name.label("client_name"),
            legal_entity.c.name.label("payee"),
            person.c.name.label("recorder"),
            _left().label("left"),
            _is_credit().label("credit_note"),
        )
        .join(client, (client.c.firm_id == payment.c.firm_id) & (client.c.id == payment.c.client_id))
        .join(
            legal_entity,
            (legal_entity.c.firm_id == payment.c.firm_id) & (legal_entity.c.id == payment.c.legal_entity_id),
        )
        .join(person, (person.c.firm_id == payment.c.firm_id) & (person.c.id == payment.c.recorded_by))
        .where(payment.c.firm_id == firm_id)
        .order_by(payment.c.received_on.desc(), payment.c.at.desc(), payment.c.reference)
    )
    return [
        Payment(
            row.id,
            row.received_on,
            row.client_id,
            row.client_name,
            row.legal_entity_id,
            row.payee,
            row.reference,
            row.amount,
            row.currency,
            row.left,
            row.recorder,
            tuple(applied.get(row.id, ())),
            row.credit_note,
            row.import_id is not None,
        )
        for row in rows
    ]


def unapplied(connection: Connection, firm_id: UUID, client_id: UUID) -> Mapping[str, Decimal]:
    """What is left to apply of all that a client paid or was credited by credit notes, by currency; nothing
    for a currency without."""
    return _sums_left(connection, firm_id, client_id)


def cash_left(connection: Connection, firm_id: UUID, client_id: UUID) -> Mapping[str, Decimal]:
    """What is left to apply of all that a client paid, by currency."""
    return _sums_left(connection, firm_id, client_id, ~_is_credit())


def credit_left(connection: Connection, firm_id: UUID, client_id: UUID) -> Mapping[str, Decimal]:
    """What is left to set off of a client's credit notes, by currency."""
    return _sums_left(connection, firm_id, client_id, _is_credit())


def _sums_left(
    connection: Connection, firm_id: UUID, client_id: UUID, *which: ColumnElement[bool]
) -> Mapping[str, Decimal]:
    left = func.sum(_left())
    rows = connection.execute(
        select(payment.c.currency, left.label("left"))
        .where(payment.c.firm_id == firm_id, payment.c.client_id == client_id, *which)
        .group_by(payment.c.currency)
        .order_by(payment.c.currency)
    )
    return {row.currency: row.left for row in rows if row.left}


def _is_credit() -> ColumnElement[bool]:
    return (
        exists()
        .where(credit_note.c.firm_id == payment.c.firm_id, credit_note.c.payment_id == payment.c.id)
        .correlate(payment)
    )


def _left() -> ColumnElement[Decimal]:
    """What is left of a payment: its amount and all that was posted of it, never a stored figure."""
    posted = (
        select(func.coalesce(func.sum(receivable_entry.c.amount), ZERO))
        .where(receivable_entry.c.firm_id == payment.c.firm_id, receivable_entry.c.payment_id == payment.c.id)
        .correlate(payment)
        .scalar_subquery()
    )
    return payment.c.amount + posted + brought_forward.posted_of()


def open_invoices(
    connection: Connection, firm_id: UUID, client_id: UUID | None = None
) -> Sequence[OpenInvoice]:
    """Receivables with something open, oldest due first; those brought forward after ours."""
    still_open = func.sum(receivable_entry.c.amount)
    statement = (
        select(
            issued_invoice.c.invoice_id,
            issued_invoice.c.number_text,
            client.c.id.label("client_id"),
            client.c.name,
            issued_invoice.c.legal_entity_id,
            receivable.c.currency,
            receivable.c.due_on,
            still_open.label("open"),
        )
        .select_from(receivable)
        .join(
            receivable_entry,
            (receivable_entry.c.firm_id == receivable.c.firm_id)
            & (receivable_entry.c.receivable_id == receivable.c.id),
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == receivable.c.firm_id)
            & (issued_invoice.c.invoice_id == receivable.c.invoice_id),
        )
        .join(client, (client.c.firm_id == receivable.c.firm_id) & (client.c.id == receivable.c.client_id))
        .where(receivable.c.firm_id == firm_id)
        .group_by(
            issued_invoice.c.invoice_id,
            issued_invoice.c.number_text,
            client.c.id,
            client.c.name,
            issued_invoice.c.legal_entity_id,
            receivable.c.currency,
            receivable.c.due_on,
        )
        .having(still_open != ZERO)
        .order_by(receivable.c.due_on, issued_invoice.c.number_text)
    )
    if client_id is not None:
        statement = statement.where(receivable.c.client_id == client_id)
    old = [
        OpenInvoice(
            one.id,
            brought_forward.name_of(one.number, one.part),
            one.client_id,
            one.client,
            one.legal_entity_id,
            one.currency,
            one.due_on,
            one.open,
            old=True,
        )
        for one in brought_forward.still_open(connection, firm_id, client_id)
    ]
    ours = [
        OpenInvoice(
            row.invoice_id,
            row.number_text,
            row.client_id,
            row.name,
            row.legal_entity_id,
            row.currency,
            row.due_on,
            row.open,
        )
        for row in connection.execute(statement)
    ]
    return [*ours, *old]


def payers(connection: Connection, firm_id: UUID) -> Sequence[Payer]:
    """The firm's clients by name."""
    rows = connection.execute(
        select(client.c.id, client.c.name).where(client.c.firm_id == firm_id).order_by(client.c.name)
    )
    return [Payer(row.id, row.name) for row in rows]

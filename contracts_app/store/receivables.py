"""Receivables, payments and what is still open."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, Date, func, select, true
from sqlalchemy.engine import RowMapping

from contracts_app.domain.money import ZERO
from contracts_app.domain.receivables.receivables import OpenItem
from contracts_app.domain.transitions import InvoiceState
from contracts_app.store import brought_forward
from contracts_app.store.group_tables import group_invoice
from contracts_app.store.invoiced import owed_in
from contracts_app.store.tables import (
    contract,
    document,
    invoice,
    issued_invoice,
    payment,
    receivable,
    receivable_entry,
    reminder_item,
)


def of_invoice(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The receivable that an invoice gave rise to."""
    return (
        connection.execute(
            select(receivable).where(receivable.c.firm_id == firm_id, receivable.c.invoice_id == invoice_id)
        )
        .mappings()
        .first()
    )


def balance(connection: Connection, firm_id: UUID, receivable_id: UUID) -> Decimal:
    """What is open on a receivable: the sum of its entries."""
    amount = connection.execute(
        select(func.sum(receivable_entry.c.amount)).where(
            receivable_entry.c.firm_id == firm_id, receivable_entry.c.receivable_id == receivable_id
        )
    ).scalar_one_or_none()
    return ZERO if amount is None else Decimal(amount)


def cash_on(connection: Connection, firm_id: UUID, receivable_id: UUID) -> Sequence[tuple[UUID, Decimal]]:
    """The payments applied to a receivable with what is applied of each, the last one first."""
    applied = -func.sum(receivable_entry.c.amount)
    rows = connection.execute(
        select(receivable_entry.c.payment_id, applied.label("amount"))
        .where(
            receivable_entry.c.firm_id == firm_id,
            receivable_entry.c.receivable_id == receivable_id,
            receivable_entry.c.payment_id.is_not(None),
        )
        .group_by(receivable_entry.c.payment_id)
        .having(applied > 0)
        .order_by(func.max(receivable_entry.c.at).desc())
    )
    return [(row.payment_id, row.amount) for row in rows]


def moved_out(connection: Connection, firm_id: UUID, receivable_id: UUID) -> Sequence[tuple[UUID, Decimal]]:
    """The payments that moved from a superseded receivable, with the amount of each, the oldest first."""
    rows = connection.execute(
        select(receivable_entry.c.payment_id, receivable_entry.c.amount)
        .join(
            payment,
            (payment.c.firm_id == receivable_entry.c.firm_id)
            & (payment.c.id == receivable_entry.c.payment_id),
        )
        .where(
            receivable_entry.c.firm_id == firm_id,
            receivable_entry.c.receivable_id == receivable_id,
            receivable_entry.c.cause == "moved_out",
        )
        .order_by(payment.c.at, payment.c.id)
    )
    return [(row.payment_id, row.amount) for row in rows]


def settled_otherwise(connection: Connection, firm_id: UUID, receivable_id: UUID) -> bool:
    """Whether tax withheld or a discount for early payment settles a part of it."""
    found = connection.execute(
        select(receivable_entry.c.id).where(
            receivable_entry.c.firm_id == firm_id,
            receivable_entry.c.receivable_id == receivable_id,
            receivable_entry.c.cause.in_(("withheld", "discount")),
        )
    )
    return found.first() is not None


def _due_on() -> ColumnElement[date]:
    """When what is open on a receivable is due: what was kept back and is payable again, from that day on."""
    again = func.max(receivable_entry.c.posted_on).filter(receivable_entry.c.cause == "returned")
    return func.greatest(receivable.c.due_on, again, type_=Date)


def accounts(connection: Connection, firm_id: UUID, client_id: UUID) -> Sequence[tuple[UUID, str]]:
    """The legal entities that a client ever owed something, each with the currency, in a fixed order."""
    rows = connection.execute(
        select(issued_invoice.c.legal_entity_id, receivable.c.currency)
        .join(
            receivable,
            (issued_invoice.c.firm_id == receivable.c.firm_id)
            & (issued_invoice.c.invoice_id == receivable.c.invoice_id),
        )
        .where(receivable.c.firm_id == firm_id, receivable.c.client_id == client_id)
        .distinct()
    )
    return sorted(((row.legal_entity_id, row.currency) for row in rows), key=str)


def bills(
    connection: Connection, firm_id: UUID, client_id: UUID, legal_entity_id: UUID, currency: str
) -> bool:
    """Whether a legal entity has a contract with the client that is invoiced in this currency, or was owed
    something in it before."""
    known = connection.execute(
        select(contract.c.id)
        .where(
            contract.c.firm_id == firm_id,
            contract.c.client_id == client_id,
            contract.c.legal_entity_id == legal_entity_id,
            owed_in() == currency,
        )
        .limit(1)
    ).first()
    return known is not None or brought_forward.bills(
        connection, firm_id, client_id, legal_entity_id, currency
    )


def open_items(
    connection: Connection,
    firm_id: UUID,
    client_id: UUID,
    legal_entity_id: UUID,
    currency: str,
    *,
    demanded: bool = False,
) -> tuple[OpenItem, ...]:
    """What a client owes a legal entity of the firm in one currency, oldest due first.

    `demanded`: without what is about to be owed by a revision in its place; nobody is reminded of that.
    """
    amount = func.sum(receivable_entry.c.amount)
    due_on = _due_on()
    query = (
        select(
            receivable.c.id.label("receivable_id"),
            receivable.c.invoice_id,
            due_on.label("due_on"),
            issued_invoice.c.number_text.label("invoice_number"),
            amount.label("open"),
        )
        .join_from(
            receivable,
            receivable_entry,
            (receivable_entry.c.firm_id == receivable.c.firm_id)
            & (receivable_entry.c.receivable_id == receivable.c.id),
        )
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == receivable.c.firm_id)
            & (issued_invoice.c.invoice_id == receivable.c.invoice_id),
        )
        .join(
            invoice, (invoice.c.firm_id == receivable.c.firm_id) & (invoice.c.id == receivable.c.invoice_id)
        )
        .where(
            receivable.c.firm_id == firm_id,
            receivable.c.client_id == client_id,
            issued_invoice.c.legal_entity_id == legal_entity_id,
            receivable.c.currency == currency,
            invoice.c.state != InvoiceState.being_revised.value if demanded else true(),
        )
        .group_by(receivable.c.id, receivable.c.invoice_id, receivable.c.due_on, issued_invoice.c.number_text)
        .having(amount > 0)
        .order_by(due_on, issued_invoice.c.number_text)
    )
    return tuple(OpenItem(**row) for row in connection.execute(query).mappings())


def arose_on(connection: Connection, firm_id: UUID, receivable_ids: Iterable[UUID]) -> Mapping[UUID, date]:
    """The day on which each of these receivables arose."""
    known = select(receivable.c.id, receivable.c.arose_on).where(
        receivable.c.firm_id == firm_id, receivable.c.id.in_(list(receivable_ids))
    )
    return {row.id: row.arose_on for row in connection.execute(known)}


def reminded(connection: Connection, firm_id: UUID, client_id: UUID) -> Mapping[UUID, int]:
    """The highest reminder level that each receivable of a client has had."""
    rows = connection.execute(
        select(reminder_item.c.receivable_id, func.max(reminder_item.c.level))
        .join_from(
            reminder_item,
            receivable,
            (receivable.c.firm_id == reminder_item.c.firm_id)
            & (receivable.c.id == reminder_item.c.receivable_id),
        )
        .where(reminder_item.c.firm_id == firm_id, receivable.c.client_id == client_id)
        .group_by(reminder_item.c.receivable_id)
    )
    return {row[0]: row[1] for row in rows}


def payments_without_receipt(connection: Connection, firm_id: UUID, client_id: UUID) -> Sequence[RowMapping]:
    """Payments whose receipt is still to be made, oldest first; none of cash that was brought forward."""
    return (
        connection.execute(
            select(payment)
            .where(
                payment.c.firm_id == firm_id,
                payment.c.client_id == client_id,
                payment.c.import_id.is_(None),
                ~select(document.c.id)
                .where(document.c.firm_id == payment.c.firm_id, document.c.payment_id == payment.c.id)
                .exists(),
            )
            .order_by(payment.c.at, payment.c.id)
        )
        .mappings()
        .all()
    )


def applied_by(connection: Connection, firm_id: UUID, payment_id: UUID) -> Sequence[RowMapping]:
    """What a payment was applied to when it came in, by invoice number."""
    return (
        connection.execute(
            select(
                issued_invoice.c.number_text,
                invoice.c.application_no,
                invoice.c.kind,
                receivable_entry.c.amount,
                receivable_entry.c.receivable_id,
                receivable_entry.c.at,
                issued_invoice.c.group_invoice_id,
            )
            .join_from(
                receivable_entry,
                receivable,
                (receivable.c.firm_id == receivable_entry.c.firm_id)
                & (receivable.c.id == receivable_entry.c.receivable_id),
            )
            .join(
                invoice,
                (invoice.c.firm_id == receivable.c.firm_id) & (invoice.c.id == receivable.c.invoice_id),
            )
            .join(
                issued_invoice,
                (issued_invoice.c.firm_id == invoice.c.firm_id)
                & (issued_invoice.c.invoice_id == invoice.c.id),
            )
            .where(
                receivable_entry.c.firm_id == firm_id,
                receivable_entry.c.payment_id == payment_id,
                receivable_entry.c.cause == "cash",
            )
            .order_by(issued_invoice.c.number)
        )
        .mappings()
        .all()
    )


def balance_before(connection: Connection, firm_id: UUID, receivable_id: UUID, at: datetime) -> Decimal:
    """What was open on a receivable at an instant: the sum of the entries that were made before."""
    amount = connection.execute(
        select(func.sum(receivable_entry.c.amount)).where(
            receivable_entry.c.firm_id == firm_id,
            receivable_entry.c.receivable_id == receivable_id,
            receivable_entry.c.at < at,
        )
    ).scalar_one_or_none()
    return ZERO if amount is None else Decimal(amount)


def overdue(
    connection: Connection,
    firm_id: UUID,
    client_id: UUID,
    legal_entity_id: UUID,
    currency: str,
    today: date,
) -> Sequence[RowMapping]:
    """Invoices of a legal entity in one currency that the client owes past due on `today`, oldest due first;
    what is being revised is left out.

    Each with what was owed (`original`) and what is `open`; `together` is the number of the invoice of
    several contracts that it is a section of.
    """
    due_on = _due_on()
    return (
        connection.execute(
            select(
                issued_invoice.c.number_text,
                issued_invoice.c.issued_on,
                invoice.c.application_no,
                invoice.c.kind,
                contract.c.number.label("contract_number"),
                group_invoice.c.number_text.label("together"),
                due_on.label("due_on"),
                func.sum(receivable_entry.c.amount).label("open"),
                func.sum(receivable_entry.c.amount)
                .filter(
                    receivable_entry.c.payment_id.is_(None),
                    receivable_entry.c.cause.not_in(("withheld", "discount")),
                )
                .label("original"),
            )
            .join_from(
                receivable,
                receivable_entry,
                (receivable_entry.c.firm_id == receivable.c.firm_id)
                & (receivable_entry.c.receivable_id == receivable.c.id),
            )
            .join(
                invoice,
                (invoice.c.firm_id == receivable.c.firm_id) & (invoice.c.id == receivable.c.invoice_id),
            )
            .join(
                issued_invoice,
                (issued_invoice.c.firm_id == invoice.c.firm_id)
                & (issued_invoice.c.invoice_id == invoice.c.id),
            )
            .join(
                contract, (contract.c.firm_id == invoice.c.firm_id) & (contract.c.id == invoice.c.contract_id)
            )
            .outerjoin(
                group_invoice,
                (group_invoice.c.firm_id == issued_invoice.c.firm_id)
                & (group_invoice.c.id == issued_invoice.c.group_invoice_id),
            )
            .where(
                receivable.c.firm_id == firm_id,
                receivable.c.client_id == client_id,
                issued_invoice.c.legal_entity_id == legal_entity_id,
                receivable.c.currency == currency,
                receivable.c.due_on < today,
                invoice.c.state != InvoiceState.being_revised.value,
            )
            .group_by(
                issued_invoice.c.number_text,
                issued_invoice.c.number,
                issued_invoice.c.issued_on,
                invoice.c.application_no,
                invoice.c.kind,
                contract.c.number,
                group_invoice.c.number_text,
                receivable.c.due_on,
            )
            .having((func.sum(receivable_entry.c.amount) > 0) & (due_on < today))
            .order_by(due_on, issued_invoice.c.number, contract.c.number)
        )
        .mappings()
        .all()
    )

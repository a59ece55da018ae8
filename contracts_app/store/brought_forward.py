"""What is open on invoices of the system before ours."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, ScalarSelect, delete, func, insert, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain.money import ZERO
from contracts_app.domain.receivables.receivables import OpenItem, Owed
from contracts_app.store.brought_forward_tables import brought_forward, brought_forward_cash
from contracts_app.store.import_tables import imported_of_firm
from contracts_app.store.tables import client, import_file, legal_entity, payment

RETAINAGE = "retainage"


@dataclass(frozen=True)
class BroughtForward:
    """What is open of an old invoice, or of the retainage that is held of it; `source` is its row."""

    id: UUID
    number: str
    part: str
    client_id: UUID
    client: str
    legal_entity_id: UUID
    legal_entity: str
    currency: str
    issued_on: date
    due_on: date | None
    amount: Decimal
    open: Decimal
    import_id: UUID
    source: str


def name_of(number: str, part: str) -> str:
    """What sentences and papers call it."""
    return f"{number}, retainage" if part == RETAINAGE else number


def _open() -> ColumnElement[Decimal]:
    """What was open at cut-over, less the cash since."""
    paid = (
        select(func.coalesce(func.sum(brought_forward_cash.c.amount), ZERO))
        .where(
            brought_forward_cash.c.firm_id == brought_forward.c.firm_id,
            brought_forward_cash.c.brought_forward_id == brought_forward.c.id,
        )
        .correlate(brought_forward)
        .scalar_subquery()
    )
    return brought_forward.c.amount + paid


def still_open(
    connection: Connection, firm_id: UUID, client_id: UUID | None = None
) -> Sequence[BroughtForward]:
    """All that is still open, the oldest due first; retainage, which is due on no day, comes last."""
    which = [] if client_id is None else [brought_forward.c.client_id == client_id]
    rows = connection.execute(
        select(
            brought_forward,
            client.c.name.label("client_name"),
            legal_entity.c.name.label("creditor"),
            _open().label("open"),
        )
        .join(
            client,
            (client.c.firm_id == brought_forward.c.firm_id) & (client.c.id == brought_forward.c.client_id),
        )
        .join(
            legal_entity,
            (legal_entity.c.firm_id == brought_forward.c.firm_id)
            & (legal_entity.c.id == brought_forward.c.legal_entity_id),
        )
        .where(brought_forward.c.firm_id == firm_id, _open() > ZERO, *which)
        .order_by(brought_forward.c.due_on.nulls_last(), brought_forward.c.number, brought_forward.c.part)
    )
    return [
        BroughtForward(
            row.id,
            row.number,
            row.part,
            row.client_id,
            row.client_name,
            row.legal_entity_id,
            row.creditor,
            row.currency,
            row.issued_on,
            row.due_on,
            row.amount,
            row.open,
            row.import_id,
            row.source,
        )
        for row in rows
    ]


def open_items(
    connection: Connection,
    firm_id: UUID,
    client_id: UUID,
    legal_entity_id: UUID,
    currency: str,
    named: Collection[UUID] = (),
) -> tuple[OpenItem, ...]:
    """What cash may settle: what is due on a day, and retainage where it is `named`."""
    return tuple(
        OpenItem(
            receivable_id=one.id,
            invoice_id=one.id,
            invoice_number=name_of(one.number, one.part),
            due_on=one.due_on or one.issued_on,
            open=one.open,
        )
        for one in still_open(connection, firm_id, client_id)
        if (one.legal_entity_id, one.currency) == (legal_entity_id, currency)
        and (one.due_on is not None or one.id in named)
    )


def owed(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, Owed]:
    """These, as cash may be applied to them; ids of anything else are left out."""
    rows = connection.execute(
        select(brought_forward, _open().label("open")).where(
            brought_forward.c.firm_id == firm_id, brought_forward.c.id.in_(ids)
        )
    )
    return {
        row.id: Owed(
            invoice_id=row.id,
            name=name_of(row.number, row.part),
            client_id=row.client_id,
            legal_entity_id=row.legal_entity_id,
            currency=row.currency,
            receivable_id=row.id,
            open=row.open,
        )
        for row in rows
    }


def cash_of(connection: Connection, firm_id: UUID, payment_id: UUID) -> Sequence[RowMapping]:
    """What a payment was applied to of this, each with what was open before it, by number."""
    earlier = brought_forward_cash.alias()
    before = (
        select(func.coalesce(func.sum(earlier.c.amount), ZERO))
        .where(
            earlier.c.firm_id == brought_forward_cash.c.firm_id,
            earlier.c.brought_forward_id == brought_forward_cash.c.brought_forward_id,
            earlier.c.at < brought_forward_cash.c.at,
        )
        .scalar_subquery()
    )
    return (
        connection.execute(
            select(
                brought_forward_cash.c.brought_forward_id,
                brought_forward_cash.c.amount,
                brought_forward.c.number,
                brought_forward.c.part,
                (brought_forward.c.amount + before).label("open_before"),
            )
            .join(
                brought_forward,
                (brought_forward.c.firm_id == brought_forward_cash.c.firm_id)
                & (brought_forward.c.id == brought_forward_cash.c.brought_forward_id),
            )
            .where(brought_forward_cash.c.firm_id == firm_id, brought_forward_cash.c.payment_id == payment_id)
            .order_by(brought_forward.c.number, brought_forward.c.part)
        )
        .mappings()
        .all()
    )


def posted_of() -> ScalarSelect[Any]:
    """The sum, zero or below, of what was applied of a payment, for a query of payments."""
    return (
        select(func.coalesce(func.sum(brought_forward_cash.c.amount), ZERO))
        .where(
            brought_forward_cash.c.firm_id == payment.c.firm_id,
            brought_forward_cash.c.payment_id == payment.c.id,
        )
        .correlate(payment)
        .scalar_subquery()
    )


def bills(
    connection: Connection, firm_id: UUID, client_id: UUID, legal_entity_id: UUID, currency: str
) -> bool:
    """Whether a client owed a legal entity something in this currency at cut-over."""
    known = connection.execute(
        select(brought_forward.c.id)
        .where(
            brought_forward.c.firm_id == firm_id,
            brought_forward.c.client_id == client_id,
            brought_forward.c.legal_entity_id == legal_entity_id,
            brought_forward.c.currency == currency,
        )
        .limit(1)
    ).first()
    return known is not None


def paid_since(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[str]:
    """Numbers of what an import brought that was paid since, and references of its cash that was applied."""
    numbers = (
        select(brought_forward.c.number)
        .join(
            brought_forward_cash,
            (brought_forward_cash.c.firm_id == brought_forward.c.firm_id)
            & (brought_forward_cash.c.brought_forward_id == brought_forward.c.id),
        )
        .where(brought_forward.c.firm_id == firm_id, brought_forward.c.import_id == import_id)
    )
    return sorted(set(connection.execute(numbers).scalars()))


def clients_of(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[UUID]:
    """The clients about whom a file said something, in a fixed order."""
    found = {
        row.client_id
        for table in (brought_forward, payment)
        for row in connection.execute(
            select(table.c.client_id).where(table.c.firm_id == firm_id, table.c.import_id == import_id)
        )
    }
    return sorted(found, key=str)


def payments_of(connection: Connection, firm_id: UUID, import_id: UUID) -> Sequence[UUID]:
    """The cash that a file brought."""
    return (
        connection.execute(
            select(payment.c.id)
            .where(payment.c.firm_id == firm_id, payment.c.import_id == import_id)
            .order_by(payment.c.id)
        )
        .scalars()
        .all()
    )


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store what was open at cut-over."""
    if rows:
        connection.execute(insert(brought_forward), list(rows))


def take_back(connection: Connection, firm_id: UUID, import_id: UUID) -> int:
    """Delete all that a file brought; returns of how many rows. The database lets that be done only in the
    transaction that ends with the import taken back."""
    connection.execute(
        update(import_file)
        .where(import_file.c.firm_id == firm_id, import_file.c.id == import_id)
        .values(state="undoing")
    )
    counts = [
        connection.execute(
            delete(table).where(table.c.firm_id == firm_id, table.c.import_id == import_id)
        ).rowcount
        for table in (brought_forward, payment, imported_of_firm)
    ]
    return counts[-1]

"""Credit notes and their numbers."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import RowMapping

from contracts_app.store.credit_tables import credit_note
from contracts_app.store.invoices import SERIES as INVOICES
from contracts_app.store.tables import number_series

SERIES = "credit_note"
_MARK = "CN-"


def of_payment(connection: Connection, firm_id: UUID, payment_id: UUID) -> RowMapping | None:
    """The credit note whose credit stands among the client's payments as this one; None for cash."""
    return (
        connection.execute(
            select(credit_note).where(
                credit_note.c.firm_id == firm_id, credit_note.c.payment_id == payment_id
            )
        )
        .mappings()
        .first()
    )


def of_invoice(connection: Connection, firm_id: UUID, invoice_id: UUID) -> RowMapping | None:
    """The credit note for an invoice's line 8 below zero; None where there is none."""
    return (
        connection.execute(
            select(credit_note).where(
                credit_note.c.firm_id == firm_id, credit_note.c.invoice_id == invoice_id
            )
        )
        .mappings()
        .first()
    )


def take_number(
    connection: Connection, firm_id: UUID, legal_entity_id: UUID, on: date
) -> tuple[int, str] | None:
    """The next number of the legal entity's series of credit notes, in this transaction.

    The series begins with the first credit note. None when `on` is before the last number's date.
    """
    own = (
        number_series.c.firm_id == firm_id,
        number_series.c.legal_entity_id == legal_entity_id,
        number_series.c.series == SERIES,
    )
    if connection.execute(select(number_series.c.prefix).where(*own)).first() is None:
        _begin(connection, firm_id, legal_entity_id)
    row = connection.execute(
        update(number_series)
        .where(*own, or_(number_series.c.last_date.is_(None), number_series.c.last_date <= on))
        .values(last_number=number_series.c.last_number + 1, last_date=on)
        .returning(number_series.c.last_number, number_series.c.prefix, number_series.c.width)
    ).first()
    if row is None:
        return None
    return row.last_number, f"{row.prefix}{row.last_number:0{row.width}d}"


def _begin(connection: Connection, firm_id: UUID, legal_entity_id: UUID) -> None:
    """Its prefix is that of the invoices with a mark before it; with two, where somebody has that prefix."""
    prefix, width = connection.execute(
        select(number_series.c.prefix, number_series.c.width).where(
            number_series.c.firm_id == firm_id,
            number_series.c.legal_entity_id == legal_entity_id,
            number_series.c.series == INVOICES,
        )
    ).one()
    taken = set(
        connection.execute(select(number_series.c.prefix).where(number_series.c.firm_id == firm_id)).scalars()
    )
    marked = f"{_MARK}{prefix}"
    while marked in taken:
        marked = f"{_MARK}{marked}"
    connection.execute(
        insert(number_series)
        .values(firm_id=firm_id, legal_entity_id=legal_entity_id, series=SERIES, prefix=marked, width=width)
        .on_conflict_do_nothing(index_elements=["firm_id", "legal_entity_id", "series"])
    )

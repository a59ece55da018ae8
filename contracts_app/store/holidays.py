"""Days on which a firm does not work, besides Saturdays and Sundays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, delete, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.business_days import BusinessDays
from contracts_app.store.holiday_tables import holiday
from contracts_app.store.transaction import Transaction


def every(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """All holidays, by day."""
    return (
        connection.execute(select(holiday).where(holiday.c.firm_id == firm_id).order_by(holiday.c.day))
        .mappings()
        .all()
    )


def business_days(connection: Connection, firm_id: UUID) -> BusinessDays:
    """The firm's business days."""
    return BusinessDays(frozenset(row["day"] for row in every(connection, firm_id)))


def remove(tx: Transaction, days: Collection[date]) -> None:
    """Take these days out."""
    tx.connection.execute(
        delete(holiday).where(holiday.c.firm_id == tx.firm_id, holiday.c.day.in_(list(days)))
    )

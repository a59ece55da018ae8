"""The firm's accounting months as they are closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain.closing.periods import Lock, Period, PeriodState
from contracts_app.store.closing_tables import accounting_period, period_lock
from contracts_app.store.transaction import Transaction


def periods(connection: Connection, firm_id: UUID) -> Sequence[Period]:
    """Every month that was ever closed softly, by month."""
    locks: dict[UUID, list[Lock]] = {}
    for row in connection.execute(
        select(period_lock).where(period_lock.c.firm_id == firm_id).order_by(period_lock.c.locked_at)
    ):
        locks.setdefault(row.period_id, []).append(Lock(row.locked_at, row.unlocked_at))
    rows = connection.execute(
        select(accounting_period)
        .where(accounting_period.c.firm_id == firm_id)
        .order_by(accounting_period.c.month)
    )
    return [Period(row.month, PeriodState(row.state), tuple(locks.get(row.id, ()))) for row in rows]


def find(connection: Connection, firm_id: UUID, month: date) -> RowMapping | None:
    """The month of this first day, if it was ever closed softly."""
    return (
        connection.execute(
            select(accounting_period).where(
                accounting_period.c.firm_id == firm_id, accounting_period.c.month == month
            )
        )
        .mappings()
        .first()
    )


def lock(tx: Transaction, period_id: UUID, accepted: Sequence[dict[str, Any]]) -> None:
    """Close it for everybody from now on."""
    tx.insert(period_lock, period_id=period_id, locked_by=tx.by, accepted=list(accepted))


def unlock(tx: Transaction, period_id: UUID, because: str) -> None:
    """End its lock now."""
    tx.connection.execute(
        update(period_lock)
        .where(
            period_lock.c.firm_id == tx.firm_id,
            period_lock.c.period_id == period_id,
            period_lock.c.unlocked_at.is_(None),
        )
        .values(unlocked_at=func.clock_timestamp(), unlocked_by=tx.by, because=because)
    )

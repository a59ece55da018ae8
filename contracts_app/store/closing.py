"""The firm's accounting months as they are closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Text, cast, func, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain.closing.periods import Lock, Period, PeriodState
from contracts_app.store.closing_tables import accounting_period, period_checkpoint, period_lock
from contracts_app.store.tables import audit_entry
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


@dataclass(frozen=True)
class Closed:
    """A close of a month for everybody, and the entry of the log that tells it."""

    period_id: UUID
    locked_at: datetime
    seq: int


def without_checkpoint(connection: Connection, firm_id: UUID) -> Sequence[Closed]:
    """Closes of months that name no checkpoint of the log yet, the first one first."""
    told = (
        select(func.min(audit_entry.c.seq))
        .where(
            audit_entry.c.firm_id == period_lock.c.firm_id,
            audit_entry.c.about == cast(period_lock.c.period_id, Text),
            audit_entry.c.action == "close_period",
            audit_entry.c.doing == "done",
            audit_entry.c.at >= period_lock.c.locked_at,
        )
        .scalar_subquery()
    )
    rows = connection.execute(
        select(period_lock.c.period_id, period_lock.c.locked_at, told.label("seq"))
        .outerjoin(
            period_checkpoint,
            (period_checkpoint.c.firm_id == period_lock.c.firm_id)
            & (period_checkpoint.c.period_id == period_lock.c.period_id)
            & (period_checkpoint.c.locked_at == period_lock.c.locked_at),
        )
        .where(period_lock.c.firm_id == firm_id, period_checkpoint.c.seq.is_(None), told.is_not(None))
        .order_by(period_lock.c.locked_at)
    )
    return [Closed(row.period_id, row.locked_at, row.seq) for row in rows]

"""Accruals that were kept when a month was closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.closing.accrual import Accrual
from contracts_app.store.closing_tables import accounting_period, accrual
from contracts_app.store.tables import person


@dataclass(frozen=True)
class KeptAccrual:
    """An accrual as it was kept: at which step of closing, by whom, and the canonical text it was kept as."""

    id: UUID
    step: str
    taken_at: datetime
    taken_by: str
    sha256: str
    contents: str

    @property
    def accrual(self) -> Accrual:
        """What it says."""
        return Accrual.model_validate_json(self.contents)


def of_month(connection: Connection, firm_id: UUID, month: date) -> Sequence[KeptAccrual]:
    """Those of a month, the last one first."""
    rows = connection.execute(
        select(accrual, person.c.name.label("by_name"))
        .join(
            accounting_period,
            (accounting_period.c.firm_id == accrual.c.firm_id)
            & (accounting_period.c.id == accrual.c.period_id),
        )
        .join(person, (person.c.firm_id == accrual.c.firm_id) & (person.c.id == accrual.c.taken_by))
        .where(accrual.c.firm_id == firm_id, accounting_period.c.month == month)
        .order_by(accrual.c.taken_at.desc(), accrual.c.id)
    )
    return [
        KeptAccrual(row.id, row.step, row.taken_at, row.by_name, row.sha256, row.contents) for row in rows
    ]

"""Accruals that were kept when a month was closed, and what project managers said of their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.closing.accrual import Accrual, Accrued
from contracts_app.store.closing_tables import accounting_period, accrual, accrual_review
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


def managers(connection: Connection, firm_id: UUID, shown: Accrual) -> Mapping[UUID, str]:
    """The names of the project managers in an accrual."""
    ids = {row.manager_id for row in shown.rows if row.manager_id is not None}
    rows = connection.execute(
        select(person.c.id, person.c.name).where(person.c.firm_id == firm_id, person.c.id.in_(ids))
    )
    return {row.id: row.name for row in rows}


@dataclass(frozen=True)
class Review:
    """What was said last of a contract's figures in a month, and of which: their SHA-256."""

    reviewed_at: datetime
    reviewed_by: str
    figures: str
    remark: str

    def of(self, row: Accrued) -> bool:
        """Whether these are the figures that were reviewed."""
        return row.figures == self.figures


def reviews(connection: Connection, firm_id: UUID, month: date) -> Mapping[UUID, Review]:
    """The last word on each contract."""
    rows = connection.execute(
        select(accrual_review, person.c.name.label("by_name"))
        .join(
            accounting_period,
            (accounting_period.c.firm_id == accrual_review.c.firm_id)
            & (accounting_period.c.id == accrual_review.c.period_id),
        )
        .join(
            person,
            (person.c.firm_id == accrual_review.c.firm_id) & (person.c.id == accrual_review.c.reviewed_by),
        )
        .where(accrual_review.c.firm_id == firm_id, accounting_period.c.month == month)
        .order_by(accrual_review.c.reviewed_at, accrual_review.c.id)
    )
    return {row.contract_id: Review(row.reviewed_at, row.by_name, row.figures, row.remark) for row in rows}

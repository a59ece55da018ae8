"""The firm's day: its business instant and date, and the deadlines that lie ahead of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, select, text

from contracts_app.domain import business_time
from contracts_app.store.tables import firm, process


@dataclass(frozen=True)
class FirmDay:
    """What day it is for a firm. `now` is the firm's business instant in UTC, `today` its date in `zone`."""

    name: str
    kind: str
    zone: str
    now: datetime
    today: date

    @property
    def practice(self) -> bool:
        """Whether this firm's calendar may be moved."""
        return self.kind == "practice"


@dataclass(frozen=True)
class Deadline:
    """An instant for which a process waits, and what happens then."""

    subject: str
    subject_id: UUID
    sentence: str
    deadline: datetime
    otherwise: str


def firm_day(connection: Connection, firm_id: UUID) -> FirmDay:
    """The firm's day at the database's clock."""
    row = connection.execute(
        select(
            firm.c.name,
            firm.c.kind,
            firm.c.time_zone,
            firm.c.shift_seconds,
            text("clock_timestamp() AS clock"),
        ).where(firm.c.id == firm_id)
    ).one()
    now = business_time.business_now(row.clock, row.shift_seconds)
    return FirmDay(row.name, row.kind, row.time_zone, now, business_time.date_in(now, row.time_zone))


def deadlines_ahead(connection: Connection, firm_id: UUID, limit: int = 20) -> Sequence[Deadline]:
    """What the processes of the firm wait for, soonest first."""
    rows = connection.execute(
        select(
            process.c.subject,
            process.c.subject_id,
            process.c.sentence,
            process.c.deadline,
            process.c.otherwise,
        )
        .where(process.c.firm_id == firm_id, process.c.finished_at.is_(None), process.c.deadline.is_not(None))
        .order_by(process.c.deadline, process.c.subject, process.c.subject_id)
        .limit(limit)
    )
    return [
        Deadline(row.subject, row.subject_id, row.sentence or "", row.deadline, row.otherwise or "")
        for row in rows
    ]

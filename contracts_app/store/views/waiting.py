"""Why a process waits: for whom, since when, until when, and what happens otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, tuple_

from contracts_app.domain.approving.chain import CONTROLLER, MANAGER, Approver
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.roles import Role
from contracts_app.store import invoices
from contracts_app.store.tables import process

COLUMNS = (
    process.c.subject,
    process.c.subject_id,
    process.c.for_role,
    process.c.sentence,
    process.c.since,
    process.c.deadline,
    process.c.otherwise,
    process.c.parked_step,
    process.c.parked_reason,
    process.c.started_at,
    process.c.finished_at,
    process.c.seen_version,
    process.c.approvers,
)


@dataclass(frozen=True)
class Waiting:
    """Where a process stands. Instants are the firm's business instants."""

    subject: str
    subject_id: UUID
    for_role: str | None
    sentence: str | None
    since: datetime | None
    deadline: datetime | None
    otherwise: str | None
    parked_step: str | None
    parked_reason: str | None
    finished: bool
    seen_version: int | None
    """The version of its record that the process has seen; an older one means that it is at work."""
    approvers: tuple[Approver, ...] = ()
    """Who may take the open steps of the approval that it waits for; none where it waits for no approval."""

    @property
    def parked(self) -> bool:
        """The system could not do its step and waits for somebody to retry or give up."""
        return self.parked_step is not None

    def settled(self, version: int | None = None) -> bool:
        """Whether the process rests on this version of its record: it waits, is parked, or is finished."""
        if self.parked or self.finished:
            return True
        return self.sentence is not None and (version is None or self.seen_version == version)

    def overdue(self, now: datetime) -> bool:
        """Whether the deadline has passed at the firm's instant `now`."""
        return self.deadline is not None and self.deadline <= now


def waiting_of(row: Any) -> Waiting:
    """A process row as a value."""
    return Waiting(
        subject=row.subject,
        subject_id=row.subject_id,
        for_role=row.for_role,
        sentence=row.sentence,
        since=row.since,
        deadline=row.deadline,
        otherwise=row.otherwise,
        parked_step=row.parked_step,
        parked_reason=row.parked_reason,
        finished=row.finished_at is not None,
        seen_version=row.seen_version,
        approvers=tuple(map(Approver.model_validate, row.approvers or ())),
    )


def approvers_of(row: Any) -> Sequence[Approver]:
    """Who may take the open steps of a draft in review (columns `approvers` and `for_role` of its process);
    of one that waits since before they were kept, by its role."""
    if row.approvers is not None:
        return tuple(map(Approver.model_validate, row.approvers))
    return (CONTROLLER if row.for_role == Role.controller.value else MANAGER).approvers


def why(connection: Connection, firm_id: UUID, subject: str, subject_id: UUID) -> Waiting | None:
    """The process of one thing, or None when it has none."""
    row = connection.execute(
        select(*COLUMNS).where(
            process.c.firm_id == firm_id, process.c.subject == subject, process.c.subject_id == subject_id
        )
    ).first()
    return waiting_of(row) if row else None


def ahead(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID) -> Sequence[Waiting]:
    """Deadlines that the process of a record waits for, and of a contract's invoices; the nearest first."""
    asked = [(subject.value, subject_id)]
    if subject is Subject.contract:
        of_contract = invoices.of_contract(connection, firm_id, subject_id)
        asked += [(Subject.invoice.value, row["id"]) for row in of_contract]
    rows = connection.execute(
        select(*COLUMNS)
        .where(
            process.c.firm_id == firm_id,
            tuple_(process.c.subject, process.c.subject_id).in_(asked),
            process.c.finished_at.is_(None),
            process.c.deadline.is_not(None),
        )
        .order_by(process.c.deadline, process.c.subject, process.c.subject_id)
    )
    return [waiting_of(row) for row in rows]


def open_processes(connection: Connection, firm_id: UUID) -> Sequence[Waiting]:
    """Every process of the firm that is not finished, longest waiting first."""
    rows = connection.execute(
        select(*COLUMNS)
        .where(process.c.firm_id == firm_id, process.c.finished_at.is_(None))
        .order_by(process.c.since.nulls_last(), process.c.subject, process.c.subject_id)
    )
    return [waiting_of(row) for row in rows]

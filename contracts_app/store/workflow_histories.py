"""Archived histories of workflows: which there are, one more, and their text."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, func, select, tuple_
from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.subjects import Subject
from contracts_app.store import imports
from contracts_app.store.history_tables import workflow_history
from contracts_app.store.tables import process
from contracts_app.store.transaction import Transaction


@dataclass(frozen=True)
class Ended:
    """A run of a workflow that has ended, as Temporal tells of it."""

    workflow_id: str
    run_id: str
    subject: Subject
    subject_id: UUID
    ended: str
    started_at: datetime
    closed_at: datetime


def newest(connection: Connection, firm_id: UUID) -> datetime | None:
    """When the last archived run ended."""
    found: datetime | None = connection.execute(
        select(func.max(workflow_history.c.closed_at)).where(workflow_history.c.firm_id == firm_id)
    ).scalar_one()
    return found


def missing(connection: Connection, firm_id: UUID, ended: Sequence[Ended]) -> Sequence[Ended]:
    """Those of the firm that are not archived yet."""
    if not ended:
        return ()
    own = {
        (row.subject, row.subject_id)
        for row in connection.execute(
            select(process.c.subject, process.c.subject_id).where(
                process.c.firm_id == firm_id,
                tuple_(process.c.subject, process.c.subject_id).in_(
                    [(one.subject.value, one.subject_id) for one in ended]
                ),
            )
        )
    }
    kept = set(
        connection.execute(
            select(workflow_history.c.run_id).where(
                workflow_history.c.firm_id == firm_id,
                workflow_history.c.run_id.in_([one.run_id for one in ended]),
            )
        ).scalars()
    )
    return [one for one in ended if (one.subject.value, one.subject_id) in own and one.run_id not in kept]


def add(tx: Transaction, one: Ended, events: int, history: str) -> str:
    """Keep a history; returns the SHA-256 of what is kept."""
    sha256 = imports.keep_bytes(tx.connection, tx.firm_id, gzip.compress(history.encode(), mtime=0))
    tx.insert(
        workflow_history,
        workflow_id=one.workflow_id,
        run_id=one.run_id,
        subject=one.subject.value,
        subject_id=one.subject_id,
        ended=one.ended,
        events=events,
        started_at=one.started_at,
        closed_at=one.closed_at,
        sha256=sha256,
    )
    return sha256


def of_subject(
    connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID
) -> Sequence[RowMapping]:
    """The archived runs of a record's process, the first one first."""
    return (
        connection.execute(
            select(workflow_history)
            .where(
                workflow_history.c.firm_id == firm_id,
                workflow_history.c.subject == subject.value,
                workflow_history.c.subject_id == subject_id,
            )
            .order_by(workflow_history.c.started_at, workflow_history.c.run_id)
        )
        .mappings()
        .all()
    )


def text_of(connection: Connection, firm_id: UUID, row: RowMapping) -> str:
    """The JSON of an archived run."""
    return gzip.decompress(imports.bytes_of(connection, firm_id, row["sha256"])).decode()


def open_of(connection: Connection, firm_id: UUID, among: Collection[UUID] = ()) -> Sequence[RowMapping]:
    """The processes that are not finished, all or of these records: subject and id."""
    rows = select(process.c.subject, process.c.subject_id).where(
        process.c.firm_id == firm_id, process.c.finished_at.is_(None), process.c.started_at.is_not(None)
    )
    if among:
        rows = rows.where(process.c.subject_id.in_(among))
    return connection.execute(rows.order_by(process.c.opened_at, process.c.subject_id)).mappings().all()

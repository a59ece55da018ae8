"""Processes: which workflow carries which record, and why it waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Select, func, insert, select, text, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.receivables.progress import Waiting
from contracts_app.store.tables import process
from contracts_app.store.transaction import Transaction


def open_process(tx: Transaction, subject: Subject, subject_id: UUID) -> None:
    """Note that a record needs a process; a sweep starts it if the one who should dies first."""
    tx.insert(process, subject=subject.value, subject_id=subject_id)


def open_processes(tx: Transaction, subject: Subject, subject_ids: Sequence[UUID]) -> None:
    """The same for many records."""
    tx.connection.execute(
        insert(process),
        [
            {"firm_id": tx.firm_id, "subject": subject.value, "subject_id": subject_id}
            for subject_id in subject_ids
        ],
    )


def find(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID) -> RowMapping | None:
    """The process row of a subject."""
    return connection.execute(_of(firm_id, subject, subject_id)).mappings().first()


def lock(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID) -> RowMapping:
    """The process row as it is now, held until the end: what somebody retries meanwhile is not lost.

    To be called after the record itself is locked, as commands do it.
    """
    return connection.execute(_of(firm_id, subject, subject_id).with_for_update()).mappings().one()


def _of(firm_id: UUID, subject: Subject, subject_id: UUID) -> Select[Any]:
    return select(process).where(
        process.c.firm_id == firm_id,
        process.c.subject == subject.value,
        process.c.subject_id == subject_id,
    )


def _set(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID, **values: object) -> None:
    connection.execute(
        update(process)
        .where(
            process.c.firm_id == firm_id,
            process.c.subject == subject.value,
            process.c.subject_id == subject_id,
        )
        .values(**values)
    )


def note_started(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID) -> None:
    """The workflow runs; the sweep need not start it."""
    connection.execute(
        update(process)
        .where(
            process.c.firm_id == firm_id,
            process.c.subject == subject.value,
            process.c.subject_id == subject_id,
            process.c.started_at.is_(None),
        )
        .values(started_at=func.now())
    )


def note_waiting(tx: Transaction, known: RowMapping, waiting: Waiting, seen_version: int) -> None:
    """Write why the process waits, and that it has seen this version of its record and the calendar as it
    stands. `known` is its row, locked."""
    since = known["since"] if known["sentence"] == waiting.sentence else tx.now
    _set(
        tx.connection,
        tx.firm_id,
        Subject(known["subject"]),
        known["subject_id"],
        for_role=waiting.for_role,
        sentence=waiting.sentence,
        since=since,
        deadline=waiting.deadline,
        otherwise=waiting.otherwise,
        approvers=[one.model_dump(mode="json") for one in waiting.approvers] or None,
        seen_version=seen_version,
        seen_calendar=tx.calendar_version,
    )


def note_seen(tx: Transaction, subject: Subject, subject_id: UUID, before: int, now: int) -> None:
    """A change of the record leaves its process nothing to do: where it had seen all before, it has now."""
    tx.connection.execute(
        update(process)
        .where(
            process.c.firm_id == tx.firm_id,
            process.c.subject == subject.value,
            process.c.subject_id == subject_id,
            process.c.seen_version == before,
        )
        .values(seen_version=now)
    )


def look_again(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID) -> None:
    """What it waits for has changed though its record has not; the record is locked."""
    _set(connection, firm_id, subject, subject_id, seen_version=None)


def note_finished(
    connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID, version: int
) -> None:
    """Nothing is left for this process to do."""
    _set(
        connection,
        firm_id,
        subject,
        subject_id,
        finished_at=func.now(),
        seen_version=version,
        for_role=None,
        sentence=None,
        since=None,
        deadline=None,
        otherwise=None,
        approvers=None,
    )


def park(
    connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID, step: str, reason: str
) -> None:
    """Stop trying a step and say so; a person retries or abandons it."""
    _set(connection, firm_id, subject, subject_id, parked_step=step, parked_reason=reason[:2000])


def unpark(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID) -> None:
    """Let the process go on; until it has looked again, it counts as having work due."""
    _set(connection, firm_id, subject, subject_id, parked_step=None, parked_reason=None, seen_version=None)


def running(connection: Connection, firm_id: UUID) -> list[str]:
    """Names of the firm's unfinished processes, e.g. `invoice/6f…`."""
    rows = connection.execute(
        select(process.c.subject, process.c.subject_id)
        .where(process.c.firm_id == firm_id, process.c.finished_at.is_(None))
        .order_by(process.c.opened_at, process.c.subject_id)
    )
    return [f"{row.subject}/{row.subject_id}" for row in rows]


def is_open(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID) -> bool:
    """Whether the subject has a process that has not finished."""
    known = find(connection, firm_id, subject, subject_id)
    return known is not None and known["finished_at"] is None


def left_unstarted(engine: Engine, older_than: timedelta) -> list[tuple[UUID, Subject, UUID]]:
    """Processes of any firm not begun within `older_than`, or past their deadline: firm, subject, id."""
    with engine.begin() as connection:
        rows = connection.execute(
            text("SELECT firm_id, subject, subject_id FROM processes_to_start(:older)"), {"older": older_than}
        )
        return [(row.firm_id, Subject(row.subject), row.subject_id) for row in rows]


def reopen(connection: Connection, firm_id: UUID, subject: Subject, subject_id: UUID) -> None:
    """A finished process has something to look at once more; nothing is parked any longer."""
    _set(
        connection,
        firm_id,
        subject,
        subject_id,
        started_at=None,
        finished_at=None,
        opened_at=func.now(),
        seen_version=None,
        parked_step=None,
        parked_reason=None,
    )

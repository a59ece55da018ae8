"""Work that is due without any person: processes that have not caught up with their record, unsent mail."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection, Table, and_, func, literal, or_, select, text

from contracts_app.domain.transitions import FINAL
from contracts_app.store.billing_tables import billing_run
from contracts_app.store.tables import client, contract, firm, import_file, invoice, message, process

_RECORDS = (
    ("contract", contract),
    ("invoice", invoice),
    ("import", import_file),
    ("billing-run", billing_run),
)


def due(connection: Connection, firm_id: UUID) -> Iterator[tuple[str, str]]:
    """The processes (`invoice/6f…`) and messages on which work is due, each with what it is."""
    calendar, shift = connection.execute(
        select(firm.c.calendar_version, firm.c.shift_seconds).where(firm.c.id == firm_id)
    ).one()
    for subject, table in _RECORDS:
        yield from _unsettled(connection, firm_id, subject, table, FINAL[subject], calendar)
    yield from _unsettled(connection, firm_id, "follow-up", client, (), calendar)
    overdue = connection.execute(
        select(process.c.subject, process.c.subject_id).where(
            process.c.firm_id == firm_id,
            process.c.finished_at.is_(None),
            process.c.deadline <= func.now() + text("make_interval(secs => :shift)").bindparams(shift=shift),
        )
    )
    yield from ((f"{row.subject}/{row.subject_id}", "has passed its deadline") for row in overdue)
    queued = connection.execute(
        select(message.c.id).where(message.c.firm_id == firm_id, message.c.state == "queued")
    ).scalars()
    yield from ((f"message/{known}", "is not sent") for known in queued)


def _unsettled(
    connection: Connection, firm_id: UUID, subject: str, table: Table, final: tuple[str, ...], calendar: int
) -> Iterator[tuple[str, str]]:
    """Records whose process has not yet seen their newest version or the newest calendar."""
    done = table.c.state.in_(final) if final else literal(False)
    rows = connection.execute(
        select(table.c.id)
        .join(
            process,
            and_(
                process.c.firm_id == table.c.firm_id,
                process.c.subject_id == table.c.id,
                process.c.subject == subject,
            ),
            isouter=subject != "follow-up",
        )
        .where(
            table.c.firm_id == firm_id,
            or_(
                process.c.subject_id.is_(None),
                process.c.seen_version.is_(None),
                process.c.seen_version != table.c.version,
                and_(done, process.c.finished_at.is_(None)),
                and_(~done, process.c.seen_calendar != calendar),
            ),
        )
    ).scalars()
    yield from ((f"{subject}/{record}", "has work due") for record in rows)

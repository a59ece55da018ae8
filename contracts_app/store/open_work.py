"""Work that is due without any person: processes that have not caught up with their record, unsent mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, Table, Uuid, and_, bindparam, func, literal, or_, select, union_all

from contracts_app.domain.transitions import FINAL
from contracts_app.store.billing_tables import billing_run
from contracts_app.store.tables import client, contract, firm, import_file, invoice, message, process

_RECORDS = (
    ("contract", contract),
    ("invoice", invoice),
    ("import", import_file),
    ("billing-run", billing_run),
)
_FIRM = bindparam("firm", type_=Uuid())


def due(connection: Connection, firm_id: UUID) -> Iterator[tuple[str, str]]:
    """The processes (`invoice/6f…`) and messages on which work is due, each with what it is."""
    for row in connection.execute(_DUE, {"firm": firm_id}):
        yield f"{row.subject}/{row.subject_id}", row.why


def _unsettled(subject: str, table: Table, final: tuple[str, ...]) -> Select[Any]:
    """Records whose process has not yet seen their newest version or the newest calendar."""
    done = table.c.state.in_(final) if final else literal(False)
    return (
        select(
            literal(subject).label("subject"),
            table.c.id.label("subject_id"),
            literal("has work due").label("why"),
        )
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
            table.c.firm_id == _FIRM,
            or_(
                process.c.subject_id.is_(None),
                process.c.seen_version.is_(None),
                process.c.seen_version != table.c.version,
                and_(done, process.c.finished_at.is_(None)),
                and_(~done, process.c.seen_calendar != _of_the_firm(firm.c.calendar_version)),
            ),
        )
    )


def _overdue() -> Select[Any]:
    business_now = func.now() + _of_the_firm(func.make_interval(0, 0, 0, 0, 0, 0, firm.c.shift_seconds))
    return select(process.c.subject, process.c.subject_id, literal("has passed its deadline")).where(
        process.c.firm_id == _FIRM, process.c.finished_at.is_(None), process.c.deadline <= business_now
    )


def _unsent() -> Select[Any]:
    return select(literal("message"), message.c.id, literal("is not sent")).where(
        message.c.firm_id == _FIRM, message.c.state == "queued"
    )


def _of_the_firm(said: Any) -> Any:
    return select(said).where(firm.c.id == _FIRM).scalar_subquery()


# Asked all the time, so it is built once, and asked in one go.
_DUE = union_all(
    *(_unsettled(subject, table, FINAL[subject]) for subject, table in _RECORDS),
    _unsettled("follow-up", client, ()),
    _overdue(),
    _unsent(),
)

"""To which contract the subject of a process belongs."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine, select

from contracts_app.domain.commands.subjects import Subject
from contracts_app.store.tables import import_file, invoice
from contracts_app.store.transaction import reading

_TABLES = {Subject.invoice: invoice, Subject.importing: import_file}


def contract_of(engine: Engine, firm_id: UUID, subject: Subject, subject_id: UUID) -> UUID | None:
    """The contract's id; None for a client, a calendar, or a file that came in before its contract."""
    if subject is Subject.contract:
        return subject_id
    table = _TABLES.get(subject)
    if table is None:
        return None
    with reading(engine, firm_id) as connection:
        known: UUID | None = connection.execute(
            select(table.c.contract_id).where(table.c.firm_id == firm_id, table.c.id == subject_id)
        ).scalar()
        return known

"""Time entries of a contract."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, ScalarSelect, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.domain.time.overtime import OvertimeWorked
from contracts_app.domain.time.time_and_materials import SplitWhole
from contracts_app.store.billing_tables import claim, time_editor, time_entry
from contracts_app.store.inserting import insert_columns, insert_rows
from contracts_app.store.tables import invoice

GONE = ("rejected", "replaced")
"""States of time that nobody bills: refused, or replaced by its parts."""


def insert_entries(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store time."""
    insert_rows(connection, time_entry, rows)


def insert_entry_columns(
    connection: Connection, same: Mapping[str, Any], columns: Mapping[str, Sequence[Any]]
) -> None:
    """Store time that comes column by column; `same` holds for all of it."""
    insert_columns(connection, time_entry, same, columns)


def locked_entries(
    connection: Connection, firm_id: UUID, contract_id: UUID, ids: Collection[UUID]
) -> Sequence[RowMapping]:
    """These entries of the contract, locked, with the invoice that claims each, and who had a hand in what it
    says beside whoever entered it (`editors`)."""
    return (
        connection.execute(
            select(
                time_entry,
                claim.c.invoice_id,
                invoice.c.state.label("invoice_state"),
                editors().label("editors"),
            )
            .join_from(
                time_entry,
                claim,
                (claim.c.firm_id == time_entry.c.firm_id) & (claim.c.time_entry_id == time_entry.c.id),
                isouter=True,
            )
            .join(
                invoice,
                (invoice.c.firm_id == claim.c.firm_id) & (invoice.c.id == claim.c.invoice_id),
                isouter=True,
            )
            .where(
                time_entry.c.firm_id == firm_id,
                time_entry.c.contract_id == contract_id,
                time_entry.c.id.in_(ids),
            )
            .order_by(time_entry.c.id)
            .with_for_update(of=time_entry)
        )
        .mappings()
        .all()
    )


def editors() -> ScalarSelect[Any]:
    """The editors of the entry of each row, as a column of a query of entries."""
    return (
        select(func.coalesce(func.array_agg(time_editor.c.person_id), text("ARRAY[]::uuid[]")))
        .where(time_editor.c.firm_id == time_entry.c.firm_id, time_editor.c.time_entry_id == time_entry.c.id)
        .scalar_subquery()
    )


def note_editors(connection: Connection, firm_id: UUID, hands: Mapping[UUID, Collection[UUID]]) -> None:
    """Remember who had a hand in entries beside whoever entered them, entry → persons."""
    rows = [
        {"firm_id": firm_id, "time_entry_id": entry, "person_id": one}
        for entry, people in hands.items()
        for one in sorted(people)
    ]
    if rows:
        connection.execute(upsert(time_editor).on_conflict_do_nothing(), rows)


def worked_on_days(
    connection: Connection, firm_id: UUID, contract_id: UUID, days: Collection[date]
) -> Mapping[tuple[str, date], int]:
    """Seconds by person and day on the contract, for these days; rejected time counts not."""
    rows = connection.execute(
        select(time_entry.c.person, time_entry.c.work_date, func.sum(time_entry.c.seconds))
        .where(
            time_entry.c.firm_id == firm_id,
            time_entry.c.contract_id == contract_id,
            time_entry.c.work_date.in_(days),
            time_entry.c.state.not_in(GONE),
        )
        .group_by(time_entry.c.person, time_entry.c.work_date)
    )
    return {(person, day): int(seconds) for person, day, seconds in rows}


def change_entries(connection: Connection, firm_id: UUID, ids: Collection[UUID], **values: Any) -> None:
    """Change what people decide about entries."""
    connection.execute(
        update(time_entry)
        .where(time_entry.c.firm_id == firm_id, time_entry.c.id.in_(ids))
        .values(version=time_entry.c.version + 1, **values)
    )


def delete_entry(connection: Connection, firm_id: UUID, entry_id: UUID) -> None:
    """Delete time; the database lets that be done only with what was typed in and nobody decided on."""
    connection.execute(
        delete(time_editor).where(time_editor.c.firm_id == firm_id, time_editor.c.time_entry_id == entry_id)
    )
    connection.execute(delete(time_entry).where(time_entry.c.firm_id == firm_id, time_entry.c.id == entry_id))


def whole_of(seconds: int | None, before: int | None) -> SplitWhole | None:
    """What an entry is a part of as its columns say it; None for what is no part."""
    return None if seconds is None else SplitWhole(seconds=seconds, before=before or 0)


def overtime_of(kind: str | None, premium_only: bool, approved_by: UUID | None) -> OvertimeWorked | None:
    """The overtime of an entry as its columns say it; None for regular time."""
    if kind is None:
        return None
    return OvertimeWorked(kind=kind, approved=approved_by is not None, premium_only=premium_only)


def unbilled_count(connection: Connection, firm_id: UUID, contract_id: UUID) -> int:
    """How many billable entries wait for approval, release or an invoice; entries at no charge count not."""
    count: int = connection.execute(
        select(func.count()).where(
            time_entry.c.firm_id == firm_id,
            time_entry.c.contract_id == contract_id,
            time_entry.c.state.not_in(GONE),
            time_entry.c.billable,
            ~time_entry.c.billed_elsewhere,
            func.coalesce(time_entry.c.bill_seconds, time_entry.c.seconds) != 0,
            ~select(claim.c.invoice_id)
            .where(claim.c.firm_id == time_entry.c.firm_id, claim.c.time_entry_id == time_entry.c.id)
            .exists(),
        )
    ).scalar_one()
    return count

"""Imported files: bytes, decisions, and the rows that were posted."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, cast, func, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.store.inserting import insert_columns, insert_rows
from contracts_app.store.tables import (
    application_period,
    blob,
    cost_entry,
    import_file,
    imported_row,
    progress_entry,
    sov_line,
)

_PIECE = 16 * 1024 * 1024
"""Bytes of a file that are fetched at a time: they travel as text of twice the size, and the buffer stays."""
_AT_ONCE = 2_000
"""Rows that are fetched at a time."""


def keep_bytes(connection: Connection, firm_id: UUID, data: bytes) -> str:
    """Store bytes once, by their SHA-256; returns it."""
    sha256 = hashlib.sha256(data).hexdigest()
    connection.execute(
        upsert(blob).values(firm_id=firm_id, sha256=sha256, bytes=data).on_conflict_do_nothing()
    )
    return sha256


def bytes_of(connection: Connection, firm_id: UUID, sha256: str) -> bytes:
    """Stored bytes. Raises sqlalchemy's NoResultFound for an unknown hash."""
    of_hash = (blob.c.firm_id == firm_id, blob.c.sha256 == sha256)
    size = connection.execute(select(func.octet_length(blob.c.bytes)).where(*of_hash)).scalar_one()
    pieces = [
        connection.execute(select(func.substr(blob.c.bytes, at + 1, _PIECE)).where(*of_hash)).scalar_one()
        for at in range(0, size, _PIECE)
    ]
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def find(connection: Connection, firm_id: UUID, import_id: UUID) -> RowMapping | None:
    """The import's row."""
    return (
        connection.execute(
            select(import_file).where(import_file.c.firm_id == firm_id, import_file.c.id == import_id)
        )
        .mappings()
        .first()
    )


def posted_rows(
    connection: Connection, firm_id: UUID, contract_id: UUID | None, kind: str
) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    """External id, content key and content of what was posted, by id; contracts are known firm-wide."""
    query = select(imported_row.c.external_id, imported_row.c.content_key, imported_row.c.content).where(
        imported_row.c.firm_id == firm_id, imported_row.c.kind == kind
    )
    if contract_id is not None:
        query = query.where(imported_row.c.contract_id == contract_id)
    ordered = query.order_by(imported_row.c.contract_id, imported_row.c.external_id)
    for row in connection.execute(ordered.execution_options(yield_per=_AT_ONCE)):
        yield row.external_id, row.content_key, row.content


def lines_by_external_id(
    connection: Connection, firm_id: UUID, contract_id: UUID
) -> Mapping[str, RowMapping]:
    """The schedule of values by the id each line has in the files."""
    rows = connection.execute(
        select(sov_line.c.id, sov_line.c.external_id, sov_line.c.item_no, sov_line.c.scheduled_value).where(
            sov_line.c.firm_id == firm_id, sov_line.c.contract_id == contract_id
        )
    ).mappings()
    return {row["external_id"]: row for row in rows}


def workers(connection: Connection, firm_id: UUID, contract_id: UUID) -> frozenset[str]:
    """Workers whose hours were accepted on this contract before."""
    return frozenset(
        connection.execute(
            select(cost_entry.c.who)
            .where(
                cost_entry.c.firm_id == firm_id,
                cost_entry.c.contract_id == contract_id,
                cost_entry.c.kind == "labour",
            )
            .distinct()
        ).scalars()
    )


def periods(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RowMapping]:
    """The application history's periods and totals."""
    return (
        connection.execute(
            select(application_period)
            .where(application_period.c.firm_id == firm_id, application_period.c.contract_id == contract_id)
            .order_by(application_period.c.application_no)
        )
        .mappings()
        .all()
    )


def insert_progress(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store reported progress."""
    if rows:
        connection.execute(insert(progress_entry), rows)


def insert_periods(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store the periods of an application history."""
    if rows:
        connection.execute(insert(application_period), rows)


def insert_costs(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store labour or delivery entries."""
    insert_rows(connection, cost_entry, rows)


def insert_identities(
    connection: Connection, same: Mapping[str, Any], columns: Mapping[str, Sequence[Any]]
) -> None:
    """Remember what was posted and from which cells, column by column; `same` holds for all of it."""
    insert_columns(connection, imported_row, same, columns)


def note_projects_added(connection: Connection, firm_id: UUID, import_id: UUID, names: Sequence[str]) -> None:
    """Remember under which further names the contract's work is known since this import."""
    connection.execute(
        update(import_file)
        .where(import_file.c.firm_id == firm_id, import_file.c.id == import_id)
        .values(projects_added=import_file.c.projects_added.op("||")(cast(list(names), JSONB)))
    )


def being_posted(
    connection: Connection, firm_id: UUID, contract_id: UUID, among: Collection[UUID] | None = None
) -> Sequence[str]:
    """Names of the contract's files that are being posted, `among` these or all."""
    query = select(import_file.c.file_name).where(
        import_file.c.firm_id == firm_id,
        import_file.c.contract_id == contract_id,
        import_file.c.state == "posting",
    )
    if among is not None:
        query = query.where(import_file.c.id.in_(among))
    return connection.execute(query.order_by(import_file.c.file_name)).scalars().all()

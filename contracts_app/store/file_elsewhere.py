"""Which contracts have rows of the same bytes: no project of a file may come into two of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import Row

from contracts_app.store.import_parts import GONE, PART
from contracts_app.store.tables import contract, import_file, imported_row, staged_row


@dataclass(frozen=True)
class Standing:
    """A contract that has, or gets, projects of a file, as they are written; None for rows of no project."""

    contract_id: UUID
    contract_number: str
    projects: Sequence[str | None]


def standing(connection: Connection, firm_id: UUID, sha256: str, kind: str) -> Sequence[Standing]:
    """Imports of these bytes, read as this kind, that contracts have: parts of files for many contracts that
    are neither withdrawn nor taken back, and files that were brought into one contract and are posted."""
    rows = connection.execute(
        select(import_file, contract.c.number)
        .join(
            contract,
            (contract.c.firm_id == import_file.c.firm_id) & (contract.c.id == import_file.c.contract_id),
        )
        .where(
            import_file.c.firm_id == firm_id,
            import_file.c.sha256 == sha256,
            import_file.c.kind == kind,
            import_file.c.state.not_in(GONE),
        )
        .order_by(import_file.c.uploaded_at, import_file.c.id)
    ).all()
    return [
        Standing(row.contract_id, row.number, _projects(connection, firm_id, row))
        for row in rows
        if row.parent_id is not None or row.state in ("posting", "posted")
    ]


def _projects(connection: Connection, firm_id: UUID, row: Row[Any]) -> Sequence[str | None]:
    """Of a part, those that it was given; else those of the rows that came in, and of those on their way."""
    if row.parent_id is not None:
        return tuple(json.loads(row.decisions[PART]))
    brought = select(imported_row.c.content["project"].astext).where(
        imported_row.c.firm_id == firm_id, imported_row.c.import_id == row.id
    )
    waiting = select(staged_row.c.entry["project"].astext).where(
        staged_row.c.firm_id == firm_id, staged_row.c.import_id == row.id
    )
    return connection.execute(brought.union(waiting)).scalars().all()

"""Rows that files of the firm brought, by kind and by the id that they have there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlalchemy.engine import RowMapping

from contracts_app.store.import_tables import imported_of_firm


def rows(connection: Connection, firm_id: UUID, kind: str) -> Mapping[str, RowMapping]:
    """What each row of a kind said when it was posted."""
    table = imported_of_firm
    found = connection.execute(
        select(table.c.external_id, table.c.content_key, table.c.content).where(
            table.c.firm_id == firm_id, table.c.kind == kind
        )
    ).mappings()
    return {row["external_id"]: row for row in found}


def keep(connection: Connection, brought: Sequence[Mapping[str, Any]]) -> None:
    """Remember what was posted and from which cells."""
    if brought:
        connection.execute(insert(imported_of_firm), list(brought))

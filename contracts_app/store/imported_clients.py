"""Clients that files brought, by the id that they have there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlalchemy.engine import RowMapping

from contracts_app.store.import_tables import imported_client
from contracts_app.store.tables import client


def rows(connection: Connection, firm_id: UUID) -> Mapping[str, RowMapping]:
    """What each said when it was posted."""
    found = connection.execute(
        select(imported_client.c.external_id, imported_client.c.content_key, imported_client.c.content).where(
            imported_client.c.firm_id == firm_id
        )
    ).mappings()
    return {row["external_id"]: row for row in found}


def keep(connection: Connection, brought: Sequence[Mapping[str, Any]]) -> None:
    """Remember where clients came from."""
    if brought:
        connection.execute(insert(imported_client), list(brought))


def names(connection: Connection, firm_id: UUID) -> frozenset[str]:
    """The names of all clients."""
    return frozenset(connection.execute(select(client.c.name).where(client.c.firm_id == firm_id)).scalars())

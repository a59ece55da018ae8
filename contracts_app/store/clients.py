"""Clients: the companies that the firm bills."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.store.tables import client


def get(connection: Connection, firm_id: UUID, client_id: UUID) -> RowMapping:
    """The client's row. Raises sqlalchemy's NoResultFound when the firm has no such client."""
    return (
        connection.execute(select(client).where(client.c.firm_id == firm_id, client.c.id == client_id))
        .mappings()
        .one()
    )


def named(connection: Connection, firm_id: UUID, name: str) -> UUID | None:
    """The id of the client with this name."""
    return connection.execute(
        select(client.c.id).where(client.c.firm_id == firm_id, client.c.name == name)
    ).scalar_one_or_none()

"""Clients: the companies that the firm bills."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.roles import Role
from contracts_app.store.tables import client, person, person_role


def certifiers(connection: Connection, firm_id: UUID, client_id: UUID) -> Sequence[RowMapping]:
    """Who may certify for a client: name and e-mail address of its people who can sign in, by name."""
    return (
        connection.execute(
            select(person.c.name, person.c.email)
            .join(
                person_role,
                (person_role.c.firm_id == person.c.firm_id) & (person_role.c.person_id == person.c.id),
            )
            .where(
                person.c.firm_id == firm_id,
                person.c.client_id == client_id,
                person.c.active,
                person_role.c.role == Role.client.value,
            )
            .order_by(person.c.name, person.c.email)
        )
        .mappings()
        .all()
    )


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

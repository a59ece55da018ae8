"""The people and legal entities of a firm, for whoever has to name one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.store.tables import client, legal_entity, person, person_role


@dataclass(frozen=True)
class Person:
    """Somebody who may sign in."""

    id: UUID
    name: str
    email: str
    roles: Sequence[str]
    client_id: UUID | None
    active: bool


@dataclass(frozen=True)
class Client:
    """A company that the firm bills."""

    id: UUID
    name: str
    email: str | None
    address: str
    state: str


@dataclass(frozen=True)
class LegalEntity:
    """A company of the firm that bills."""

    id: UUID
    name: str
    currency: str
    time_zone: str


def people(connection: Connection, firm_id: UUID) -> Sequence[Person]:
    """Everybody, by name."""
    held: dict[UUID, list[str]] = {}
    for row in connection.execute(
        select(person_role.c.person_id, person_role.c.role)
        .where(person_role.c.firm_id == firm_id)
        .order_by(person_role.c.role)
    ):
        held.setdefault(row.person_id, []).append(row.role)
    rows = connection.execute(
        select(person.c.id, person.c.name, person.c.email, person.c.client_id, person.c.active)
        .where(person.c.firm_id == firm_id)
        .order_by(person.c.name, person.c.id)
    )
    return [
        Person(row.id, row.name, row.email, tuple(held.get(row.id, ())), row.client_id, row.active)
        for row in rows
    ]


def clients(connection: Connection, firm_id: UUID) -> Sequence[Client]:
    """Every client, by name."""
    rows = connection.execute(
        select(client.c.id, client.c.name, client.c.email, client.c.address, client.c.state)
        .where(client.c.firm_id == firm_id)
        .order_by(client.c.name)
    )
    return [Client(row.id, row.name, row.email, row.address, row.state) for row in rows]


def legal_entities(connection: Connection, firm_id: UUID) -> Sequence[LegalEntity]:
    """Every legal entity, by name."""
    rows = connection.execute(
        select(legal_entity.c.id, legal_entity.c.name, legal_entity.c.currency, legal_entity.c.time_zone)
        .where(legal_entity.c.firm_id == firm_id)
        .order_by(legal_entity.c.name)
    )
    return [LegalEntity(row.id, row.name, row.currency, row.time_zone) for row in rows]

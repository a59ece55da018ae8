"""The people and legal entities of a firm, for whoever has to name one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.roles import Role, warnings
from contracts_app.store.invoices import SERIES
from contracts_app.store.tables import (
    client,
    contract,
    legal_entity,
    number_series,
    password_link,
    person,
    person_role,
)


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
    country: str | None
    tax_id: str | None
    detail: Mapping[str, Any] | None
    """How much of time it wants to see, where it asks for something of its own."""


@dataclass(frozen=True)
class LegalEntity:
    """A company of the firm that bills, with what its invoice numbers begin with."""

    id: UUID
    name: str
    country: str
    currency: str
    time_zone: str
    address: str
    email: str
    tax_id: str | None
    payment_instructions: str
    number_prefix: str


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


@dataclass(frozen=True)
class Link:
    """The newest link to set a password that a person was sent."""

    made_at: datetime
    expires_at: datetime
    sent: bool
    smtp_reply: str | None
    used_at: datetime | None
    works: bool


@dataclass(frozen=True)
class Named:
    """A contract by its number."""

    id: UUID
    number: str


@dataclass(frozen=True)
class Account:
    """A person as an administrator sees him."""

    id: UUID
    name: str
    email: str
    roles: Sequence[str]
    client_id: UUID | None
    client: str | None
    active: bool
    last_signed_in_at: datetime | None
    link: Link | None
    warnings: Sequence[str]
    manages: Sequence[Named]
    """Contracts not closed that name him as their project manager."""

    @property
    def strands(self) -> Sequence[Named]:
        """Contracts that wait for him in vain: he may not sign in, or is no project manager any more."""
        can = self.active and Role.project_manager in self.roles
        return () if can else self.manages


@dataclass(frozen=True)
class Billed:
    """A client as the firm keeps it: where its invoices go, who signs in for it, what is agreed with it."""

    id: UUID
    name: str
    email: str | None
    address: str
    contacts: Sequence[Person]
    contracts: Sequence[Named]
    country: str | None
    tax_id: str | None
    detail: Mapping[str, Any] | None


def billed(connection: Connection, firm_id: UUID) -> Sequence[Billed]:
    """Every client with its people and its contracts, by name."""
    contacts: dict[UUID, list[Person]] = {}
    for one in people(connection, firm_id):
        if one.client_id is not None:
            contacts.setdefault(one.client_id, []).append(one)
    agreed: dict[UUID, list[Named]] = {}
    for row in connection.execute(
        select(contract.c.client_id, contract.c.id, contract.c.number)
        .where(contract.c.firm_id == firm_id)
        .order_by(contract.c.number)
    ):
        agreed.setdefault(row.client_id, []).append(Named(row.id, row.number))
    return [
        Billed(
            one.id,
            one.name,
            one.email,
            one.address,
            tuple(contacts.get(one.id, ())),
            tuple(agreed.get(one.id, ())),
            one.country,
            one.tax_id,
            one.detail,
        )
        for one in clients(connection, firm_id)
    ]


def accounts(connection: Connection, firm_id: UUID) -> Sequence[Account]:
    """Everybody with what administration needs to know; active ones first, then by name."""
    links = {
        row.person_id: Link(
            row.made_at,
            row.expires_at,
            row.sent_at is not None,
            row.smtp_reply,
            row.used_at,
            row.works and row.used_at is None,
        )
        for row in connection.execute(
            select(
                password_link.c.person_id,
                password_link.c.made_at,
                password_link.c.expires_at,
                password_link.c.sent_at,
                password_link.c.smtp_reply,
                password_link.c.used_at,
                (password_link.c.expires_at > func.clock_timestamp()).label("works"),
            ).where(password_link.c.firm_id == firm_id)
        )
    }
    managed: dict[UUID, list[Named]] = {}
    for row in connection.execute(
        select(contract.c.project_manager_id, contract.c.id, contract.c.number)
        .where(
            contract.c.firm_id == firm_id,
            contract.c.project_manager_id.is_not(None),
            contract.c.state != "closed",
        )
        .order_by(contract.c.number)
    ):
        managed.setdefault(row.project_manager_id, []).append(Named(row.id, row.number))
    seen = {
        row.id: row.last_signed_in_at
        for row in connection.execute(
            select(person.c.id, person.c.last_signed_in_at).where(person.c.firm_id == firm_id)
        )
    }
    companies = {one.id: one.name for one in clients(connection, firm_id)}
    found = [
        Account(
            id=one.id,
            name=one.name,
            email=one.email,
            roles=one.roles,
            client_id=one.client_id,
            client=companies.get(one.client_id) if one.client_id else None,
            active=one.active,
            last_signed_in_at=seen[one.id],
            link=links.get(one.id),
            warnings=warnings([Role(role) for role in one.roles]),
            manages=tuple(managed.get(one.id, ())),
        )
        for one in people(connection, firm_id)
    ]
    return sorted(found, key=lambda one: not one.active)


def clients(connection: Connection, firm_id: UUID) -> Sequence[Client]:
    """Every client, by name."""
    rows = connection.execute(
        select(*(client.c[known.name] for known in fields(Client)))
        .where(client.c.firm_id == firm_id)
        .order_by(client.c.name)
    )
    return [Client(**row) for row in rows.mappings()]


def legal_entities(connection: Connection, firm_id: UUID) -> Sequence[LegalEntity]:
    """Every legal entity, by name."""
    rows = connection.execute(
        select(
            *(legal_entity.c[known.name] for known in fields(LegalEntity) if known.name in legal_entity.c),
            number_series.c.prefix.label("number_prefix"),
        )
        .join(
            number_series,
            (number_series.c.firm_id == legal_entity.c.firm_id)
            & (number_series.c.legal_entity_id == legal_entity.c.id)
            & (number_series.c.series == SERIES),
        )
        .where(legal_entity.c.firm_id == firm_id)
        .order_by(legal_entity.c.name)
    ).mappings()
    return [LegalEntity(**row) for row in rows]

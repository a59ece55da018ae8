"""Accounts of a firm's people as administration locks and changes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, delete, select, text, update

from contracts_app.domain.refusals import not_found
from contracts_app.domain.roles import Role
from contracts_app.store.tables import person, person_role
from contracts_app.store.transaction import Transaction


@dataclass(frozen=True)
class Account:
    """A person as he is now, locked until the transaction ends."""

    id: UUID
    name: str
    email: str
    client_id: UUID | None
    active: bool
    roles: tuple[Role, ...]


def one_at_a_time(tx: Transaction) -> None:
    """Let administration of one firm go one command after the other: its rules look at several people."""
    tx.connection.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:firm, 1))"), {"firm": str(tx.firm_id)}
    )


def locked(tx: Transaction, person_id: UUID) -> Account:
    """The person, locked against other changes and until what he is doing is done. Raises Refused 404."""
    row = tx.connection.execute(
        select(person.c.id, person.c.name, person.c.email, person.c.client_id, person.c.active)
        .where(person.c.firm_id == tx.firm_id, person.c.id == person_id)
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise not_found("person")
    roles = tuple(Role(role) for role in sorted(_held(tx, person_id)))
    return Account(row.id, row.name, row.email, row.client_id, row.active, roles)


def email_of(connection: Connection, firm_id: UUID, person_id: UUID) -> str:
    """The address that a person of the firm signs in with."""
    email: str = connection.execute(
        select(person.c.email).where(person.c.firm_id == firm_id, person.c.id == person_id)
    ).scalar_one()
    return email


def signed_in_before(tx: Transaction, person_id: UUID) -> bool:
    """Whether the person has ever signed in."""
    return (
        tx.connection.execute(
            select(person.c.last_signed_in_at).where(person.c.firm_id == tx.firm_id, person.c.id == person_id)
        ).scalar_one()
        is not None
    )


def set_roles(tx: Transaction, person_id: UUID, roles: Collection[Role]) -> None:
    """Give a locked person these roles and no others."""
    tx.connection.execute(
        delete(person_role).where(
            person_role.c.firm_id == tx.firm_id,
            person_role.c.person_id == person_id,
            person_role.c.role.not_in([role.value for role in roles]),
        )
    )
    for role in sorted({role.value for role in roles} - _held(tx, person_id)):
        tx.insert(person_role, person_id=person_id, role=role)


def set_active(tx: Transaction, person_id: UUID, *, active: bool) -> None:
    """Whether a locked person may sign in."""
    tx.connection.execute(
        update(person).where(person.c.firm_id == tx.firm_id, person.c.id == person_id).values(active=active)
    )


def set_password(tx: Transaction, person_id: UUID, password_hash: str) -> None:
    """Replace the hash of a person's password."""
    tx.connection.execute(
        update(person)
        .where(person.c.firm_id == tx.firm_id, person.c.id == person_id)
        .values(password_hash=password_hash)
    )


def other_administrators(tx: Transaction, than: UUID) -> bool:
    """Whether somebody else who may sign in is an administrator."""
    found = tx.connection.execute(
        select(person.c.id)
        .join(
            person_role,
            (person_role.c.firm_id == person.c.firm_id) & (person_role.c.person_id == person.c.id),
        )
        .where(
            person.c.firm_id == tx.firm_id,
            person.c.id != than,
            person.c.active,
            person_role.c.role == Role.administrator.value,
        )
    ).first()
    return found is not None


def _held(tx: Transaction, person_id: UUID) -> set[str]:
    rows = tx.connection.execute(
        select(person_role.c.role).where(
            person_role.c.firm_id == tx.firm_id, person_role.c.person_id == person_id
        )
    )
    return set(rows.scalars())

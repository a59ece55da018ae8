"""The people who give commands: who they are and which roles they hold at this moment."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, and_, func, select, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.exc import IntegrityError

from contracts_app.domain.roles import Role
from contracts_app.store.tables import person, person_role
from contracts_app.store.transaction import Transaction


def acting(tx: Transaction, person_id: UUID) -> RowMapping | None:
    """An active person, with id, name and client.

    Shared lock: roles and leave to act stay as read until this transaction ends, so that the order of audit
    entries tells who held which role when he used it.
    """
    return (
        tx.connection.execute(
            select(person.c.id, person.c.name, person.c.client_id)
            .where(person.c.firm_id == tx.firm_id, person.c.id == person_id, person.c.active)
            .with_for_update(read=True)
        )
        .mappings()
        .first()
    )


def roles_of(tx: Transaction, person_id: UUID) -> frozenset[Role]:
    """The roles that a person holds."""
    held = tx.connection.execute(
        select(person_role.c.role).where(
            person_role.c.firm_id == tx.firm_id, person_role.c.person_id == person_id
        )
    ).scalars()
    return frozenset(Role(role) for role in held)


def holds(tx: Transaction, person_id: UUID, role: Role) -> bool:
    """Whether a person of this firm holds a role and may sign in."""
    held = tx.connection.execute(
        select(person_role.c.role)
        .join(
            person,
            and_(person.c.firm_id == person_role.c.firm_id, person.c.id == person_role.c.person_id),
        )
        .where(
            person.c.active,
            person_role.c.firm_id == tx.firm_id,
            person_role.c.person_id == person_id,
            person_role.c.role == role.value,
        )
    ).first()
    return held is not None


def with_roles(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Sequence[Row[Any]]:
    """Id, name and roles of those of these people who can sign in."""
    return connection.execute(
        select(
            person.c.id,
            person.c.name,
            func.coalesce(
                func.array_agg(person_role.c.role).filter(person_role.c.role.is_not(None)), text("'{}'")
            ).label("roles"),
        )
        .outerjoin(
            person_role,
            and_(person_role.c.firm_id == person.c.firm_id, person_role.c.person_id == person.c.id),
        )
        .where(person.c.firm_id == firm_id, person.c.id.in_(ids), person.c.active)
        .group_by(person.c.id, person.c.name)
        .order_by(person.c.name, person.c.id)
    ).all()


def who_hold(connection: Connection, firm_id: UUID, roles: Collection[Role]) -> Sequence[Row[Any, Any]]:
    """Id and name of those who hold one of these roles and can sign in, by name."""
    return connection.execute(
        select(person.c.id, person.c.name)
        .join(
            person_role,
            and_(person_role.c.firm_id == person.c.firm_id, person_role.c.person_id == person.c.id),
        )
        .where(
            person.c.firm_id == firm_id,
            person.c.active,
            person_role.c.role.in_([role.value for role in roles]),
        )
        .distinct()
        .order_by(person.c.name, person.c.id)
    ).all()


def name_of(connection: Connection, firm_id: UUID, person_id: UUID) -> str:
    """The name of a person. Raises sqlalchemy's NoResultFound for one of another firm."""
    name: str = connection.execute(
        select(person.c.name).where(person.c.firm_id == firm_id, person.c.id == person_id)
    ).scalar_one()
    return name


def contact(connection: Connection, firm_id: UUID, person_id: UUID) -> RowMapping | None:
    """Name and e-mail address of somebody who can sign in."""
    return (
        connection.execute(
            select(person.c.name, person.c.email).where(
                person.c.firm_id == firm_id, person.c.id == person_id, person.c.active
            )
        )
        .mappings()
        .first()
    )


def coordinators(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """Id, name and e-mail address of the coordinators who can sign in, by name."""
    return (
        connection.execute(
            select(person.c.id, person.c.name, person.c.email)
            .join(
                person_role,
                and_(person_role.c.firm_id == person.c.firm_id, person_role.c.person_id == person.c.id),
            )
            .where(person.c.firm_id == firm_id, person.c.active, person_role.c.role == Role.coordinator.value)
            .order_by(person.c.name, person.c.email)
        )
        .mappings()
        .all()
    )


def add(tx: Transaction, **values: object) -> bool:
    """Add a person; False when somebody of any firm has the address already."""
    try:
        with tx.connection.begin_nested():
            tx.insert(person, **values)
    except IntegrityError:
        return False
    return True

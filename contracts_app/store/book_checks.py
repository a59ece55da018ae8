"""Results of the checks of a firm's books."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.roles import Role
from contracts_app.store.check_tables import book_check, book_check_letter
from contracts_app.store.tables import person, person_role
from contracts_app.store.transaction import Transaction


def add(tx: Transaction, check_id: UUID, values: Mapping[str, Any]) -> None:
    """Keep the result of a check."""
    tx.insert(book_check, id=check_id, **values)


def find(connection: Connection, firm_id: UUID, check_id: UUID) -> RowMapping | None:
    """The check, if it has ended."""
    return (
        connection.execute(
            select(book_check).where(book_check.c.firm_id == firm_id, book_check.c.id == check_id)
        )
        .mappings()
        .first()
    )


def newest(connection: Connection, firm_id: UUID, most: int = 30) -> Sequence[RowMapping]:
    """The latest checks, the newest first."""
    return (
        connection.execute(
            select(book_check, person.c.name.label("asked_by_name"))
            .outerjoin(
                person, and_(person.c.firm_id == book_check.c.firm_id, person.c.id == book_check.c.asked_by)
            )
            .where(book_check.c.firm_id == firm_id)
            .order_by(book_check.c.ended_at.desc(), book_check.c.id)
            .limit(most)
        )
        .mappings()
        .all()
    )


def to_tell(connection: Connection, firm_id: UUID, check_id: UUID) -> Sequence[RowMapping]:
    """The active controllers who were not told of the check yet: id, name, email."""
    told = select(book_check_letter.c.person_id).where(
        book_check_letter.c.firm_id == firm_id, book_check_letter.c.check_id == check_id
    )
    return (
        connection.execute(
            select(person.c.id, person.c.name, person.c.email)
            .join(
                person_role,
                and_(person_role.c.firm_id == person.c.firm_id, person_role.c.person_id == person.c.id),
            )
            .where(
                person.c.firm_id == firm_id,
                person_role.c.role == Role.controller.value,
                person.c.active,
                person.c.id.not_in(told),
            )
            .order_by(person.c.name, person.c.id)
        )
        .mappings()
        .all()
    )


def letters(connection: Connection, firm_id: UUID, check_ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """Who was told of these checks."""
    return (
        connection.execute(
            select(book_check_letter)
            .where(book_check_letter.c.firm_id == firm_id, book_check_letter.c.check_id.in_(check_ids))
            .order_by(book_check_letter.c.sent_at)
        )
        .mappings()
        .all()
    )


def note_letter(tx: Transaction, **values: object) -> None:
    """Keep that somebody was told."""
    tx.insert(book_check_letter, **values)

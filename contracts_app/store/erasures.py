"""What was erased of people, and what is left of them in records that the law keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, delete, select, text, update
from sqlalchemy.engine import RowMapping

from contracts_app.store.keeping_tables import erasure
from contracts_app.store.tables import password_link, person
from contracts_app.store.transaction import Transaction

_COUNTRIES = text("SELECT DISTINCT country FROM legal_entity WHERE firm_id = :firm ORDER BY country")
_LEFT = {
    "books": """SELECT count(*) AS number, max(at)::date AS latest FROM audit_entry
        WHERE firm_id = :firm AND body::jsonb ->> 'by' = :person""",
    "vouchers": """SELECT count(*) AS number, max(work_date) AS latest FROM time_entry
        WHERE firm_id = :firm AND lower(person) = lower(:name)""",
    "letters": """SELECT count(*) AS number, max(coalesce(sent_at, queued_at))::date AS latest FROM message
        WHERE firm_id = :firm AND lower(recipient) = lower(:email)""",
}
"""By class of record: how many tell of a person, and the day of the latest."""


@dataclass(frozen=True)
class Left:
    """Records of a class that tell of a person."""

    number: int
    latest: date | None


def countries(connection: Connection, firm_id: UUID) -> Sequence[str]:
    """Where the firm's companies are."""
    return connection.execute(_COUNTRIES, {"firm": firm_id}).scalars().all()


def left_of(
    connection: Connection, firm_id: UUID, person_id: UUID, name: str, email: str
) -> Mapping[str, Left]:
    """By class of record, what tells of a person: what he did, time under his name, letters to him."""
    named = {"firm": firm_id, "person": str(person_id), "name": name, "email": email}
    found = {kind: connection.execute(text(query), named).one() for kind, query in _LEFT.items()}
    return {kind: Left(row.number, row.latest) for kind, row in found.items()}


def of(connection: Connection, firm_id: UUID, person_id: UUID) -> RowMapping | None:
    """The erasure of this person, if there was one."""
    return (
        connection.execute(
            select(erasure).where(erasure.c.firm_id == firm_id, erasure.c.person_id == person_id)
        )
        .mappings()
        .first()
    )


def every(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """Every erasure with who asked and agreed, the last first."""
    asked, agreed = person.alias(), person.alias()
    return (
        connection.execute(
            select(
                erasure,
                person.c.name.label("called_now"),
                asked.c.name.label("asked_by_name"),
                agreed.c.name.label("agreed_by_name"),
            )
            .join(person, (person.c.firm_id == erasure.c.firm_id) & (person.c.id == erasure.c.person_id))
            .join(asked, (asked.c.firm_id == erasure.c.firm_id) & (asked.c.id == erasure.c.asked_by))
            .join(agreed, (agreed.c.firm_id == erasure.c.firm_id) & (agreed.c.id == erasure.c.agreed_by))
            .where(erasure.c.firm_id == firm_id)
            .order_by(erasure.c.erased_at.desc())
        )
        .mappings()
        .all()
    )


def rename(tx: Transaction, person_id: UUID, name: str, email: str, password_hash: str) -> None:
    """Put other words in the place of all that names a person and of how he signed in."""
    tx.connection.execute(
        update(person)
        .where(person.c.firm_id == tx.firm_id, person.c.id == person_id)
        .values(name=name, email=email, password_hash=password_hash, last_signed_in_at=None)
    )
    tx.connection.execute(
        delete(password_link).where(
            password_link.c.firm_id == tx.firm_id, password_link.c.person_id == person_id
        )
    )


def forget_name(tx: Transaction, erasure_id: UUID) -> None:
    """Let go of the name that an erasure left."""
    tx.connection.execute(
        update(erasure)
        .where(erasure.c.firm_id == tx.firm_id, erasure.c.id == erasure_id)
        .values(name_kept=None)
    )

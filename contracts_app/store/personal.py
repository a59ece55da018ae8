"""The salts under which the log names people, and the sealing of what goes into it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from contracts_app.domain.keeping.personal import COMMANDS, FIELDS, SALT_BYTES, Named, sealed
from contracts_app.store.keeping_tables import erasure, personal_salt

Salts = Mapping[tuple[str, str], bytes]
"""By person and field."""


def make_salts(connection: Connection, firm_id: UUID, person_id: UUID) -> None:
    """Give a person who was just added his salts."""
    connection.execute(
        insert(personal_salt),
        [
            {
                "firm_id": firm_id,
                "person_id": person_id,
                "field": field,
                "salt": secrets.token_bytes(SALT_BYTES),
            }
            for field in FIELDS
        ],
    )


def salts(connection: Connection, firm_id: UUID, people: Sequence[UUID] | None = None) -> Salts:
    """The salts that are left, of these people (default: of everybody)."""
    chosen = select(personal_salt).where(personal_salt.c.firm_id == firm_id)
    if people is not None:
        chosen = chosen.where(personal_salt.c.person_id.in_(people))
    return {(str(row.person_id), row.field): bytes(row.salt) for row in connection.execute(chosen)}


def named(connection: Connection, firm_id: UUID) -> Mapping[tuple[str, str], Named]:
    """By person and field, what is left to tell whom the log means."""
    kept = {
        str(row.person_id): row.name_kept
        for row in connection.execute(
            select(erasure.c.person_id, erasure.c.name_kept).where(erasure.c.firm_id == firm_id)
        )
    }
    return {
        (person_id, field): Named(salt, kept.get(person_id) if field == "name" else None)
        for (person_id, field), salt in salts(connection, firm_id).items()
    }


def drop_salts(connection: Connection, firm_id: UUID, person_id: UUID, fields: Sequence[str]) -> None:
    """Let nobody tell any more what the log says of these fields."""
    connection.execute(
        delete(personal_salt).where(
            personal_salt.c.firm_id == firm_id,
            personal_salt.c.person_id == person_id,
            personal_salt.c.field.in_(fields),
        )
    )


def seal(
    connection: Connection, firm_id: UUID, bodies: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """The bodies of audit entries with each word that names a person replaced by its hash."""
    about = [UUID(body["id"]) for body in bodies if body["kind"] == "person"]
    if not about and not any(_names_somebody(body) for body in bodies):
        return bodies
    known = salts(connection, firm_id, about)
    return [dict(_sealed(body, known)) for body in bodies]


def _names_somebody(body: Mapping[str, Any]) -> bool:
    return body["command"] is not None and body["command"].command in COMMANDS


def _sealed(body: Mapping[str, Any], known: Salts) -> Iterator[tuple[str, Any]]:
    def hidden(given: Mapping[str, Any], fields: Sequence[str]) -> dict[str, Any]:
        return {
            name: sealed(known.get((body["id"], name)), value) if name in fields else value
            for name, value in given.items()
        }

    for name, value in body.items():
        if name in ("before", "after") and body["kind"] == "person":
            yield name, hidden(value, FIELDS)
        elif name == "command" and _names_somebody(body):
            yield name, hidden(dict(value), COMMANDS[value.command])
        else:
            yield name, value

"""Mappings that a firm saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.store.mapping_tables import saved_mapping
from contracts_app.store.tables import person


@dataclass(frozen=True)
class SavedMapping:
    """A mapping as the page lists it."""

    id: UUID
    name: str
    kind: str
    headers: Sequence[str]
    saved_by: str
    saved_at: datetime


def named(connection: Connection, firm_id: UUID, name: str) -> RowMapping | None:
    """The active mapping of that name."""
    query = select(saved_mapping).where(
        saved_mapping.c.firm_id == firm_id, saved_mapping.c.name == name, saved_mapping.c.state == "active"
    )
    return connection.execute(query).mappings().first()


def profiles(connection: Connection, firm_id: UUID, chosen: UUID | None = None) -> Sequence[RowMapping]:
    """Id, name and profile of the active mappings, and of the `chosen` one even when it was withdrawn; the
    one that was saved last comes first."""
    query = (
        select(saved_mapping.c.id, saved_mapping.c.name, saved_mapping.c.profile)
        .where(
            saved_mapping.c.firm_id == firm_id,
            (saved_mapping.c.state == "active") | (saved_mapping.c.id == chosen),
        )
        .order_by(saved_mapping.c.saved_at.desc(), saved_mapping.c.id)
    )
    return connection.execute(query).mappings().all()


def active(connection: Connection, firm_id: UUID) -> Sequence[SavedMapping]:
    """The mappings by which files are recognised, by name."""
    query = (
        select(saved_mapping, person.c.name.label("person"))
        .join(
            person, (person.c.firm_id == saved_mapping.c.firm_id) & (person.c.id == saved_mapping.c.saved_by)
        )
        .where(saved_mapping.c.firm_id == firm_id, saved_mapping.c.state == "active")
        .order_by(saved_mapping.c.name)
    )
    return [
        SavedMapping(row.id, row.name, row.kind, row.profile["headers"], row.person, row.saved_at)
        for row in connection.execute(query)
    ]

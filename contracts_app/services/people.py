"""Who gives a command, and what he may do; read fresh in every transaction."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.refusals import not_allowed, not_found
from contracts_app.domain.roles import Role
from contracts_app.store import people
from contracts_app.store.transaction import Transaction


@dataclass(frozen=True)
class Actor:
    """A person as this transaction sees him."""

    id: UUID
    name: str
    roles: frozenset[Role]
    client_id: UUID | None


def actor(tx: Transaction) -> Actor:
    """The person who gives the command. Raises Refused for one who is unknown or no longer active."""
    if tx.by is None:
        raise not_allowed("This is done by a person, not by the system.")
    row = people.acting(tx, tx.by)
    if row is None:
        raise not_allowed("This person is not active in this firm.")
    return Actor(row["id"], row["name"], people.roles_of(tx, tx.by), row["client_id"])


def require_role(who: Actor, allowed: tuple[Role, ...], command: str) -> None:
    """Raises Refused when none of the person's roles may give this command."""
    if not who.roles.intersection(allowed):
        names = " or ".join(role.value.replace("_", " ") for role in allowed) or "the system itself"
        raise not_allowed(f"{command.replace('_', ' ').capitalize()} is done by {names}.")


def require_role_holder(tx: Transaction, person_id: UUID, role: Role) -> None:
    """Raises Refused unless this person holds the role in this firm and may sign in."""
    if not people.holds(tx, person_id, role):
        raise not_found(role.value.replace("_", " "))


def name_of(connection: Connection, firm_id: UUID, person_id: UUID | None) -> str:
    """The name of a person, for documents and sentences; the system has one too."""
    if person_id is None:
        return "the system"
    return people.name_of(connection, firm_id, person_id)

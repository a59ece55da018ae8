"""People at clients, as files told of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, tuple_, update
from sqlalchemy.engine import RowMapping

from contracts_app.store.contact_tables import client_contact
from contracts_app.store.import_tables import imported_of_firm
from contracts_app.store.tables import import_file


def of_client(connection: Connection, firm_id: UUID, client_id: UUID) -> Sequence[RowMapping]:
    """The people at a client by name."""
    return (
        connection.execute(
            select(client_contact)
            .where(client_contact.c.firm_id == firm_id, client_contact.c.client_id == client_id)
            .order_by(client_contact.c.name, client_contact.c.email)
        )
        .mappings()
        .all()
    )


def there(
    connection: Connection, firm_id: UUID, which: Collection[tuple[UUID, str]]
) -> frozenset[tuple[UUID, str]]:
    """Those of these pairs of client and address that are on record."""
    found = connection.execute(
        select(client_contact.c.client_id, client_contact.c.email).where(
            client_contact.c.firm_id == firm_id,
            tuple_(client_contact.c.client_id, client_contact.c.email).in_(list(which)),
        )
    )
    return frozenset((row.client_id, row.email) for row in found)


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store people at clients."""
    if rows:
        connection.execute(insert(client_contact), list(rows))


def take_back(connection: Connection, firm_id: UUID, import_id: UUID) -> int:
    """Delete all that a file brought; returns of how many rows. The database lets that be done only in the
    transaction that ends with the import taken back."""
    connection.execute(
        update(import_file)
        .where(import_file.c.firm_id == firm_id, import_file.c.id == import_id)
        .values(state="undoing")
    )
    counts = [
        connection.execute(
            delete(table).where(table.c.firm_id == firm_id, table.c.import_id == import_id)
        ).rowcount
        for table in (client_contact, imported_of_firm)
    ]
    return counts[-1]

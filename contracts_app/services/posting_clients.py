"""Posting of clients: each is added as if it were typed in, and remembers its row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.administration import AddClient
from contracts_app.services.clients import add_client
from contracts_app.store import imported_clients
from contracts_app.store.transaction import Transaction
from importers.entries import Entry
from importers.kinds.parties import ImportedClient
from importers.known import Imported, KnownThings


def post_clients(tx: Transaction, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Add the clients of a file, by name, so that two files posted at once lock in one order."""
    brought = []
    for entry in sorted(cast(Sequence[ImportedClient], entries), key=lambda each: each.name):
        body = AddClient(
            name=entry.name,
            email=entry.email,
            address=entry.address,
            country=entry.country,
            tax_id=entry.tax_id or "",
        )
        added = add_client(tx.part(entry.external_id), body, row["id"])
        brought.append(
            {
                "firm_id": tx.firm_id,
                "external_id": entry.external_id,
                "client_id": UUID(str(added.result["client_id"])),
                "content_key": entry.content_key,
                "content": entry.content(),
                "source": entry.source.model_dump(mode="json"),
                "import_id": row["id"],
            }
        )
    imported_clients.keep(tx.connection, brought)


def known(tx: Transaction) -> KnownThings:
    """What a file of clients is compared with."""
    return KnownThings(
        imported={
            external_id: Imported(content_key=row["content_key"], content=row["content"])
            for external_id, row in imported_clients.rows(tx.connection, tx.firm_id).items()
        },
        clients=imported_clients.names(tx.connection, tx.firm_id),
    )

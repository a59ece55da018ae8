"""Posting of people at clients: whom to call or write to. Nobody gets an account or a mail by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import UndoImport
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.transitions import IMPORT, require
from contracts_app.services import rows_of_firm
from contracts_app.store import clients, contacts, imported_clients, processes
from contracts_app.store.tables import import_file
from contracts_app.store.transaction import Transaction
from importers.entries import Entry, Kind
from importers.kinds.clients_by_name import client_called
from importers.kinds.parties import ImportedContact
from importers.known import KnownThings


def post_contacts(tx: Transaction, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Keep people at clients, each with the row it came from. Raises Refused for one that is on record."""
    names = imported_clients.names(tx.connection, tx.firm_id)
    rows = []
    for entry in cast(Sequence[ImportedContact], entries):
        client_id = clients.named(tx.connection, tx.firm_id, client_called(entry.client, names) or "")
        assert client_id is not None  # refused without
        rows.append(
            {
                "firm_id": tx.firm_id,
                "id": tx.new_id("client_contact", entry.external_id),
                "client_id": client_id,
                "name": entry.name,
                "email": entry.email.casefold(),
                "phone": entry.phone,
                "title": entry.title,
                "import_id": row["id"],
                "external_id": entry.external_id,
                "source": entry.source.words,
            }
        )
    known = contacts.there(tx.connection, tx.firm_id, {(one["client_id"], one["email"]) for one in rows})
    for one in rows:
        if (one["client_id"], one["email"]) in known:
            raise wrong_content(
                "contact_known", f"{one['source']}: {one['email']} is on record at this client already."
            )
    contacts.keep(tx.connection, rows)
    rows_of_firm.remember(tx, row, entries)


def known(tx: Transaction) -> KnownThings:
    """What a file of contacts is compared with."""
    return KnownThings(
        imported=rows_of_firm.imported(tx, Kind.contacts.value),
        clients=imported_clients.names(tx.connection, tx.firm_id),
    )


def undo_contacts(tx: Transaction, body: UndoImport) -> Outcome:
    """Nothing is built upon a contact: a file of them can always be taken back."""
    row = tx.lock(import_file, body.import_id, "import")
    require(IMPORT, "undo_import", row["state"], "import")
    rows = contacts.take_back(tx.connection, tx.firm_id, row["id"])
    tx.change(import_file, "import", row, "undo_import", IMPORT, "undone", body.reason)
    processes.reopen(tx.connection, tx.firm_id, Subject.importing, row["id"])
    return Outcome(done=True, result={"import_id": str(body.import_id), "rows": rows})

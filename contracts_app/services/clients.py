"""Clients: the companies that the firm bills, with the addresses that invoices and reminders go to."""

from __future__ import annotations

from contracts_app.domain.commands.administration import AddClient, EditClient
from contracts_app.domain.commands.contract_commands import Outcome, Subject
from contracts_app.domain.refusals import wrong_content
from contracts_app.store import clients, processes
from contracts_app.store.tables import client
from contracts_app.store.transaction import Transaction


def add_client(tx: Transaction, body: AddClient) -> Outcome:
    """Add a company that the firm bills; its follow-up begins with its first contract."""
    if clients.named(tx.connection, tx.firm_id, body.name) is not None:
        raise _name_taken(body.name)
    client_id = tx.new_id("client")
    tx.create(
        client,
        "client",
        "add_client",
        id=client_id,
        name=body.name,
        email=body.email,
        address=body.address,
        state="active",
    )
    return Outcome(done=True, result={"client_id": str(client_id)})


def edit_client(tx: Transaction, body: EditClient) -> Outcome:
    """Correct a client; documents made from now on say so, those made before stay as they are."""
    row = tx.lock(client, body.client_id, "client")
    known = clients.named(tx.connection, tx.firm_id, body.name)
    if known is not None and known != body.client_id:
        raise _name_taken(body.name)
    tx.change(client, "client", row, "edit_client", name=body.name, email=body.email, address=body.address)
    # The follow-up reads name and addresses when it writes; a change of them gives it nothing to do.
    processes.note_seen(tx, Subject.follow_up, body.client_id, row["version"], row["version"] + 1)
    return Outcome(done=True, result={"client_id": str(body.client_id)})


def _name_taken(name: str) -> Exception:
    return wrong_content("client_name_taken", f"There is a client {name} already.")

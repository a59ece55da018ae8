"""Clients: the companies that the firm bills, with the addresses that invoices and reminders go to."""

from __future__ import annotations

from uuid import UUID

from contracts_app.domain.commands.administration import AddClient, EditClient
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.refusals import wrong_content
from contracts_app.services.tax_rates import lock_taxed, look_again
from contracts_app.store import clients, processes
from contracts_app.store.tables import client
from contracts_app.store.transaction import Transaction


def add_client(tx: Transaction, body: AddClient, import_id: UUID | None = None) -> Outcome:
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
        country=body.country,
        tax_id=body.tax_id or None,
        detail=body.detail.model_dump(mode="json") if body.detail else None,
        import_id=import_id,
        state="active",
    )
    return Outcome(done=True, result={"client_id": str(client_id)})


def edit_client(tx: Transaction, body: EditClient) -> Outcome:
    """Correct a client; documents made from now on say so, those made before stay as they are."""
    taxed = lock_taxed(tx, body.client_id)
    row = tx.lock(client, body.client_id, "client")
    known = clients.named(tx.connection, tx.firm_id, body.name)
    if known is not None and known != body.client_id:
        raise _name_taken(body.name)
    said = body.model_fields_set  # a caller that says nothing of tax or detail leaves it as it is
    detail = body.detail.model_dump(mode="json") if body.detail else None
    tx.change(
        client,
        "client",
        row,
        "edit_client",
        name=body.name,
        email=body.email,
        address=body.address,
        country=body.country if "country" in said else row["country"],
        tax_id=(body.tax_id or None) if "tax_id" in said else row["tax_id"],
        detail=detail if "detail" in said else row["detail"],
    )
    # The follow-up reads name and addresses when it writes; a change of them gives it nothing to do.
    processes.note_seen(tx, Subject.follow_up, body.client_id, row["version"], row["version"] + 1)
    wake = look_again(tx, taxed, "the client's tax number")
    return Outcome(done=True, result={"client_id": str(body.client_id)}, wake=wake)


def _name_taken(name: str) -> Exception:
    return wrong_content("client_name_taken", f"There is a client {name} already.")

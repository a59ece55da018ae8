"""Posting of what is open at cut-over: the sub-ledger of what was brought forward, and cash on account.

Nothing takes a number of our series, nobody is written to, and cash that came in before gets no receipt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.money import ZERO, in_words_of_a_page
from contracts_app.domain.refusals import wrong_content
from contracts_app.services import closed_periods, rows_of_firm
from contracts_app.store import (
    brought_forward,
    clients,
    imported_clients,
    legal_entities,
    payments,
    processes,
)
from contracts_app.store.tables import client, payment
from contracts_app.store.transaction import Transaction
from importers.entries import Entry
from importers.kinds.clients_by_name import client_called
from importers.kinds.receivable_entry import OpenReceivable
from importers.known import KnownThings


def post_receivables(tx: Transaction, row: RowMapping, entries: Sequence[Entry]) -> tuple[str, ...]:
    """Bring forward what the rows say, client by client; returns processes to start.

    Raises Refused for a number or a reference that the client has already.
    """
    names = imported_clients.names(tx.connection, tx.firm_id)
    creditors = {one["name"]: one for one in legal_entities.every(tx.connection, tx.firm_id)}
    by_client: dict[str, list[OpenReceivable]] = {}
    for entry in cast(Sequence[OpenReceivable], entries):
        called = client_called(entry.client, names)
        assert called is not None  # refused without
        by_client.setdefault(called, []).append(entry)
    started: list[str] = []
    for called, own in sorted(by_client.items()):
        client_id = clients.named(tx.connection, tx.firm_id, called)
        assert client_id is not None  # its name was read under this transaction
        locked = tx.lock(client, client_id, "client")
        for entry in own:
            _bring(tx, row, locked, creditors[entry.owed_to or ""], entry)
        tx.change(client, "client", locked, "bring_forward", reason=f"{len(own)} rows of {row['file_name']}")
        if processes.find(tx.connection, tx.firm_id, Subject.follow_up, client_id) is None:
            processes.open_process(tx, Subject.follow_up, client_id)
            started.append(process_name(Subject.follow_up, client_id))
    rows_of_firm.remember(tx, row, entries)
    return tuple(started)


def _bring(
    tx: Transaction, row: RowMapping, owner: RowMapping, creditor: RowMapping, entry: OpenReceivable
) -> None:
    if entry.unapplied:
        _on_account(tx, row, owner, creditor, entry)
        return
    common = {
        "firm_id": tx.firm_id,
        "client_id": owner["id"],
        "legal_entity_id": creditor["id"],
        "number": entry.number,
        "issued_on": entry.issued_on,
        "original": entry.original,
        "currency": creditor["currency"],
        "description": entry.description or "",
        "import_id": row["id"],
        "external_id": entry.external_id,
        "source": entry.source.words,
    }
    said = (("balance", entry.balance, entry.due_on), (brought_forward.RETAINAGE, entry.retainage, None))
    brought_forward.keep(
        tx.connection,
        [
            {
                **common,
                "id": tx.new_id("brought_forward", entry.external_id, part),
                "part": part,
                "amount": amount,
                "due_on": due_on,
            }
            for part, amount, due_on in said
            if amount > ZERO
        ],
    )


def _on_account(
    tx: Transaction, row: RowMapping, owner: RowMapping, creditor: RowMapping, entry: OpenReceivable
) -> None:
    """Cash that stands on no invoice is a payment that is wholly unapplied."""
    if payments.is_recorded(tx.connection, tx.firm_id, owner["id"], creditor["id"], entry.number):
        raise wrong_content(
            "payment_known",
            f"{entry.source.words}: a payment of {owner['name']} with the reference {entry.number} is "
            f"recorded already, and {in_words_of_a_page(entry.balance, creditor['currency'])} would come in "
            "twice. Leave the row out.",
        )
    what = f"{entry.source.words}: a payment brought forward"
    closed_periods.require_open(tx, entry.issued_on, what, brought_forward=True)
    tx.insert(
        payment,
        id=tx.new_id("payment", entry.external_id),
        client_id=owner["id"],
        legal_entity_id=creditor["id"],
        amount=entry.balance,
        currency=creditor["currency"],
        received_on=entry.issued_on,
        reference=entry.number,
        recorded_by=tx.by,
        unapplied=entry.balance,
        import_id=row["id"],
    )


def known(tx: Transaction, kind: str) -> KnownThings:
    """What a file of open receivables is compared with."""
    entities = legal_entities.every(tx.connection, tx.firm_id)
    return KnownThings(
        imported=rows_of_firm.imported(tx, kind),
        clients=imported_clients.names(tx.connection, tx.firm_id),
        currency_of_companies={one["name"]: one["currency"] for one in entities},
        currency=entities[0]["currency"] if entities else "USD",
        today=min((legal_entities.today(tx, one["id"]) for one in entities), default=None),
    )

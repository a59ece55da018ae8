"""Take back what a file of open receivables brought, while nothing of it was paid or applied."""

from __future__ import annotations

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.import_commands import UndoImport
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import IMPORT, require
from contracts_app.store import brought_forward, payments, processes
from contracts_app.store.tables import client, import_file
from contracts_app.store.transaction import Transaction


def undo_receivables(tx: Transaction, body: UndoImport, known: RowMapping) -> Outcome:
    """Raises Refused with what was paid of it, or applied of its cash, since."""
    owners = [
        tx.lock(client, client_id, "client")
        for client_id in brought_forward.clients_of(tx.connection, tx.firm_id, body.import_id)
    ]
    row = tx.lock(import_file, body.import_id, "import")
    require(IMPORT, "undo_import", row["state"], "import")
    said = _why_not(tx, row)
    if said:
        raise Refused("built_upon", said)
    rows = brought_forward.take_back(tx.connection, tx.firm_id, row["id"])
    for owner in owners:
        tx.change(client, "client", owner, "undo_import", reason=f"{row['file_name']}: {body.reason}")
    tx.change(import_file, "import", row, "undo_import", IMPORT, "undone", body.reason)
    processes.reopen(tx.connection, tx.firm_id, Subject.importing, row["id"])
    return Outcome(done=True, result={"import_id": str(body.import_id), "rows": rows})


def _why_not(tx: Transaction, row: RowMapping) -> str:
    if paid := brought_forward.paid_since(tx.connection, tx.firm_id, row["id"]):
        return f"Paid since, at least in part: {', '.join(paid[:3])}{' and more' if len(paid) > 3 else ''}."
    for payment_id in brought_forward.payments_of(tx.connection, tx.firm_id, row["id"]):
        (owner_id, reference) = payments.owner_of(tx.connection, tx.firm_id, payment_id)
        cash = payments.received(tx.connection, tx.firm_id, owner_id, payment_id)
        if cash is not None and cash.posted:
            return f"Cash of this file, {reference}, was applied since."
    return ""

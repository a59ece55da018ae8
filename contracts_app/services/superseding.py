"""What an invoice does for the one that it revises: nothing for most, since most revise none."""

from __future__ import annotations

from datetime import date

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.drafting import Snapshot
from contracts_app.domain.billing.pay_application import revised_number
from contracts_app.domain.billing.revisions import Chained, revise
from contracts_app.domain.commands.contract_commands import Subject, process_name
from contracts_app.domain.money import ZERO, opposite
from contracts_app.domain.transitions import INVOICE
from contracts_app.store import invoices, receivables
from contracts_app.store.tables import client, invoice, receivable_entry
from contracts_app.store.transaction import Transaction


def require_revised(tx: Transaction, row: RowMapping, snapshot: Snapshot) -> None:
    """Refuse (Refused) a revision that changes nothing, or what a revision does not change."""
    if row["revises"] is not None:
        was = invoices.stored_snapshot(tx.connection, tx.firm_id, row["revises"])
        revise((Chained(snapshot=was, revision=row["revision"] - 1),), snapshot)


def take_back(tx: Transaction, row: RowMapping) -> tuple[str, ...]:
    """The revision is given up: the client has the application again. Returns the processes to wake."""
    if row["revises"] is None:
        return ()
    former = tx.lock(invoice, row["revises"], "invoice")
    tx.change(invoice, "invoice", former, "take_revision_back", INVOICE, "submitted")
    return (process_name(Subject.invoice, former["id"]),)


def supersede(tx: Transaction, agreed: RowMapping, row: RowMapping, on: date) -> tuple[str, ...]:
    """The revision goes out: what it revises stays on file and nothing is owed on it any more.

    Returns the processes to wake.
    """
    if row["revises"] is None:
        return ()
    former = tx.lock(invoice, row["revises"], "invoice")
    owed = receivables.of_invoice(tx.connection, tx.firm_id, former["id"])
    if owed is not None:
        still = receivables.balance(tx.connection, tx.firm_id, owed["id"])
        if still != ZERO:
            tx.insert(
                receivable_entry,
                id=tx.new_id("receivable_entry", former["id"], "superseded"),
                receivable_id=owed["id"],
                cause="superseded",
                amount=opposite(still),
                posted_on=on,
            )
            owner = tx.lock(client, agreed["client_id"], "client")
            tx.change(client, "client", owner, "receivable_reduced", reason=f"superseded by {_number(row)}")
    tx.change(invoice, "invoice", former, "supersede", INVOICE, "superseded", _number(row))
    return (process_name(Subject.invoice, former["id"]),)


def _number(row: RowMapping) -> str:
    return revised_number(row["application_no"], row["revision"])

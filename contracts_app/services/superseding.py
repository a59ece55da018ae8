"""What an invoice does for the one that it revises: nothing for most, since most revise none."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.pay_application import revised_number
from contracts_app.domain.billing.revisions import Chained, require_revision
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.money import ZERO, opposite
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import INVOICE
from contracts_app.store import invoices, receivables
from contracts_app.store.tables import client, invoice, receivable_entry
from contracts_app.store.transaction import Transaction


def require_revised(tx: Transaction, row: RowMapping, snapshot: Snapshot) -> None:
    """Refuse (Refused) a revision that changes nothing, or what a revision does not change."""
    if row["revises"] is not None:
        was = invoices.stored_snapshot(tx.connection, tx.firm_id, row["revises"])
        require_revision(Chained(snapshot=was, revision=row["revision"] - 1), snapshot)


def require_not_tied_again(tx: Transaction, row: RowMapping) -> None:
    """Refuse (Refused) to give up a revision without which its application starts from figures that do not
    stand any more."""
    if row["revises"] is None:
        return
    was = invoices.stored_snapshot(tx.connection, tx.firm_id, row["revises"])
    now = invoices.current_snapshot(tx.connection, tx.firm_id, row["id"])
    if now.previous != was.previous:
        raise Refused(
            "tied_again",
            "What the application before it says has changed, so the client gets this revision in place of "
            "what he has: complete and issue it; what it claims can be edited.",
        )


def require_open(tx: Transaction, row: RowMapping) -> None:
    """Refuse (Refused) to revise what was settled otherwise than by payments, which move to the revision."""
    owed = receivables.of_invoice(tx.connection, tx.firm_id, row["id"])
    if owed is not None and receivables.settled_otherwise(tx.connection, tx.firm_id, owed["id"]):
        raise Refused(
            "settled_in_part",
            "Tax withheld or a discount for early payment settles a part of it, and both are worked out from "
            "what it says: correct it in the next application.",
        )


def not_demanded(tx: Transaction, agreed: RowMapping, row: RowMapping, why: str) -> tuple[str, ...]:
    """What is owed on it is not demanded, or is again: the follow-up of the client looks again.

    Returns the process to wake; none where nothing is owed yet.
    """
    if receivables.of_invoice(tx.connection, tx.firm_id, row["id"]) is None:
        return ()
    owner = tx.lock(client, agreed["client_id"], "client")
    tx.change(client, "client", owner, "demand_changes", reason=why)
    return (process_name(Subject.follow_up, agreed["client_id"]),)


def take_back(tx: Transaction, agreed: RowMapping, row: RowMapping) -> tuple[str, ...]:
    """The revision is given up: the client has the application again. Returns the processes to wake."""
    if row["revises"] is None:
        return ()
    former = tx.lock(invoice, row["revises"], "invoice")
    tx.change(invoice, "invoice", former, "take_revision_back", INVOICE, "submitted")
    told = not_demanded(tx, agreed, former, f"{_number(row)} is given up")
    return (process_name(Subject.invoice, former["id"]), *told)


def supersede(tx: Transaction, agreed: RowMapping, row: RowMapping, on: date) -> tuple[str, ...]:
    """The revision goes out: what it revises stays on file and nothing is owed on it any more.

    What was paid of it is unapplied until `move_payments` gives it to the revision. Returns the processes to
    wake.
    """
    if row["revises"] is None:
        return ()
    former = tx.lock(invoice, row["revises"], "invoice")
    owed = receivables.of_invoice(tx.connection, tx.firm_id, former["id"])
    if owed is not None:
        for payment_id, amount in receivables.cash_on(tx.connection, tx.firm_id, owed["id"]):
            _post(tx, owed["id"], "moved_out", amount, on, payment_id)
        still = receivables.balance(tx.connection, tx.firm_id, owed["id"])
        if still != ZERO:
            _post(tx, owed["id"], "superseded", opposite(still), on)
            owner = tx.lock(client, agreed["client_id"], "client")
            tx.change(client, "client", owner, "receivable_reduced", reason=f"superseded by {_number(row)}")
    tx.change(invoice, "invoice", former, "supersede", INVOICE, "superseded", _number(row))
    return (process_name(Subject.invoice, former["id"]),)


def move_payments(tx: Transaction, row: RowMapping, on: date) -> None:
    """What was paid of the application that this one took the place of pays it, the first payment first; what
    is more than is owed now stays unapplied."""
    if row["revises"] is None:
        return
    former = receivables.of_invoice(tx.connection, tx.firm_id, row["revises"])
    owed = receivables.of_invoice(tx.connection, tx.firm_id, row["id"])
    if former is None or owed is None:
        return
    for payment_id, moved in receivables.moved_out(tx.connection, tx.firm_id, former["id"]):
        part = min(moved, receivables.balance(tx.connection, tx.firm_id, owed["id"]))
        if part > ZERO:
            _post(tx, owed["id"], "moved_in", opposite(part), on, payment_id)


def _post(
    tx: Transaction,
    receivable_id: UUID,
    cause: str,
    amount: Decimal,
    on: date,
    payment_id: UUID | None = None,
) -> None:
    tx.insert(
        receivable_entry,
        id=tx.new_id("receivable_entry", receivable_id, cause, *([payment_id] if payment_id else [])),
        receivable_id=receivable_id,
        cause=cause,
        amount=amount,
        posted_on=on,
        payment_id=payment_id,
    )


def _number(row: RowMapping) -> str:
    return revised_number(row["application_no"], row["revision"])

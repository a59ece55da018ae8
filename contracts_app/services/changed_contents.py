"""The draft in hand after something it is computed from has changed: do its approvals still count?"""

from __future__ import annotations

from uuid import UUID

from contracts_app.domain.billing import drafting
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.transitions import INVOICE, NOT_OUT, InvoiceState
from contracts_app.services import reservations
from contracts_app.services.approval_chains import standing
from contracts_app.store import invoices
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Transaction


def content_may_have_changed(tx: Transaction, contract_id: UUID, cause: str) -> tuple[str, ...]:
    """Look at what is prepared after something it is computed from has changed; the contract is locked.

    Approvals of the former content no longer count, so an approved draft goes back into review; and out of
    it when it says again exactly what the whole chain approved. Returns the processes to wake.
    """
    wake: list[str] = []
    for known in invoices.of_contract(tx.connection, tx.firm_id, contract_id):
        if known["state"] not in NOT_OUT:
            continue
        row = tx.lock(invoice, known["id"], "invoice")
        reservations.lock(tx, contract_id)
        snapshot = current_snapshot(tx.connection, tx.firm_id, row["id"])
        content_hash = drafting.content_hash(snapshot)
        if content_hash == row["content_hash"]:
            continue
        kept = reservations.give_up(tx, row)
        if kept:
            snapshot = current_snapshot(tx.connection, tx.firm_id, row["id"])
            content_hash = drafting.content_hash(snapshot)
        target = row["state"]
        if target != InvoiceState.draft:
            line8 = drafting.draft(snapshot).line8
            now = standing(tx.connection, tx.firm_id, row["id"], snapshot, line8, content_hash)
            target = InvoiceState.in_review if now.open else InvoiceState.approved
            if target == InvoiceState.approved:
                kept |= reservations.keep(tx, row["id"], snapshot)
        tx.change(
            invoice,
            "invoice",
            row,
            "content_changed",
            INVOICE,
            target,
            cause,
            content_hash=content_hash,
            **kept,
        )
        wake.append(process_name(Subject.invoice, row["id"]))
    return tuple(wake)

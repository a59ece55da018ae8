"""Withdrawing a draft: what it claimed is free for the next one."""

from __future__ import annotations

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.invoice_commands import WithdrawDraft
from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.transitions import INVOICE
from contracts_app.services import reservations, superseding
from contracts_app.services.invoices import contract_changed, locked, name_of
from contracts_app.store import claimed_time, job_costs
from contracts_app.store.tables import invoice
from contracts_app.store.transaction import Transaction


def withdraw_draft(tx: Transaction, body: WithdrawDraft) -> Outcome:
    """Give up a draft; it has no number, so no number is lost."""
    agreed, row = locked(tx, body.invoice_id)
    superseding.require_not_tied_again(tx, row)
    claimed_time.give_up_claims(tx.connection, tx.firm_id, row["id"])
    job_costs.give_up_claims(tx.connection, tx.firm_id, row["id"])
    freed = reservations.give_up(tx, row)
    tx.change(invoice, "invoice", row, "withdraw_draft", INVOICE, "withdrawn", body.reason, **freed)
    former = superseding.take_back(tx, agreed, row)
    contract_changed(tx, agreed, f"{name_of(row)} withdrawn")
    return Outcome(
        done=True,
        result={"invoice_id": str(body.invoice_id)},
        wake=(process_name(Subject.contract, agreed["id"]), *former),
    )

"""Cash from a client: recorded and applied in one transaction."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from contracts_app.domain.commands import Outcome, ReceivePayment, Subject, process_name
from contracts_app.domain.money import is_at_scale
from contracts_app.domain.receivables import apply_cash
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.transitions import INVOICE
from contracts_app.services.invoices import name_of
from contracts_app.store import invoices, receivables
from contracts_app.store.tables import client, contract, invoice, payment, receivable_entry
from contracts_app.store.transaction import Transaction


def receive_payment(tx: Transaction, body: ReceivePayment) -> Outcome:
    """Record a payment and apply it: to the invoices named, else to the oldest due; the rest stays unapplied.

    Raises Refused for a reference that was recorded before, a date in the future, or too many decimals.
    """
    open_now = receivables.open_items(tx.connection, tx.firm_id, body.client_id, body.currency)
    named = set(body.invoices)
    touched = [item.invoice_id for item in open_now if not named or item.invoice_id in named]
    # Locks go in the order contract → invoice → client, as everywhere.
    rows = {row["id"]: row for row in invoices.find_all(tx.connection, tx.firm_id, touched)}
    agreed = {
        contract_id: tx.lock(contract, contract_id, "contract")
        for contract_id in sorted({row["contract_id"] for row in rows.values()}, key=str)
    }
    locked = {invoice_id: tx.lock(invoice, invoice_id, "invoice") for invoice_id in sorted(rows, key=str)}
    owner = tx.lock(client, body.client_id, "client")
    if not is_at_scale(body.amount, body.currency):
        raise wrong_content("too_many_decimals", f"{body.amount} has more decimals than {body.currency} has.")
    if body.received_on > tx.today():
        raise wrong_content("date_in_future", f"{body.received_on} is in the future.")
    known = tx.connection.execute(
        select(payment.c.id).where(
            payment.c.firm_id == tx.firm_id,
            payment.c.client_id == body.client_id,
            payment.c.reference == body.reference,
        )
    ).first()
    if known is not None:
        raise wrong_content(
            "payment_known", f"A payment with the reference {body.reference} is recorded already."
        )
    # Read again under the locks: another payment may have come in between.
    items = receivables.open_items(tx.connection, tx.firm_id, body.client_id, body.currency)
    items = tuple(item for item in items if item.invoice_id in locked)
    applied, unapplied = apply_cash(body.amount, items, body.invoices)
    payment_id = tx.new_id("payment")
    tx.insert(
        payment,
        id=payment_id,
        client_id=body.client_id,
        amount=body.amount,
        currency=body.currency,
        received_on=body.received_on,
        reference=body.reference,
        recorded_by=tx.by,
        unapplied=unapplied,
    )
    by_receivable = {item.receivable_id: item for item in items}
    settled: list[str] = []
    paid_invoices: list[UUID] = []
    for part in applied:
        item = by_receivable[part.receivable_id]
        tx.insert(
            receivable_entry,
            id=tx.new_id("receivable_entry", item.receivable_id, "cash"),
            receivable_id=item.receivable_id,
            cause="cash",
            amount=-part.amount,
            posted_on=body.received_on,
            payment_id=payment_id,
        )
        row = locked[item.invoice_id]
        done = part.amount == item.open and row["state"] == "certified"
        target = "paid" if done else row["state"]
        tx.change(
            invoice,
            "invoice",
            row,
            "receive_payment",
            INVOICE,
            target,
            f"{part.amount:,f} of {body.reference}",
        )
        paid_invoices.append(row["id"])
        if done:
            settled.append(item.invoice_number)
    for contract_id in {rows[invoice_id]["contract_id"] for invoice_id in paid_invoices}:
        names = ", ".join(
            name_of(rows[known]) for known in paid_invoices if rows[known]["contract_id"] == contract_id
        )
        tx.change(contract, "contract", agreed[contract_id], "invoice_changed", reason=f"payment for {names}")
    tx.change(
        client,
        "client",
        owner,
        "receive_payment",
        reason=f"{body.amount:,f} {body.currency}, {body.reference}",
    )
    return Outcome(
        done=True,
        result={
            "payment_id": str(payment_id),
            "applied": f"{body.amount - unapplied:f}",
            "unapplied": f"{unapplied:f}",
            "settled": settled,
        },
        wake=(
            *(process_name(Subject.invoice, known) for known in paid_invoices),
            *sorted({process_name(Subject.contract, rows[known]["contract_id"]) for known in paid_invoices}),
        ),
    )

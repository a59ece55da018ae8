"""Cash for invoices of the system before ours, which stand in a sub-ledger of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.money import opposite
from contracts_app.domain.receivables.receivables import Applied, OpenItem, Owed
from contracts_app.store import brought_forward
from contracts_app.store.brought_forward_tables import brought_forward_cash
from contracts_app.store.transaction import Transaction


def payable(
    tx: Transaction, body: ReceivePayment, payee_id: UUID, named: Collection[UUID]
) -> Sequence[OpenItem]:
    """What of it a payment may settle, read under the client's lock: the named, else what is due on a day.

    Nothing of it where the payment is of an invoice of several contracts.
    """
    if body.group_invoice_id is not None:
        return ()
    return brought_forward.open_items(
        tx.connection, tx.firm_id, body.client_id, payee_id, body.currency, named
    )


def settle(
    tx: Transaction,
    payment_id: UUID,
    applied: Sequence[Applied],
    old: Sequence[OpenItem | Owed],
    on: date,
) -> tuple[tuple[Applied, ...], tuple[Applied, ...]]:
    """Post what is applied to these; returns what is left to post to our invoices, and what was posted."""
    ids = {item.receivable_id for item in old}
    taken = tuple(part for part in applied if part.receivable_id in ids)
    for part in taken:
        tx.insert(
            brought_forward_cash,
            id=tx.new_id("brought_forward_cash", part.receivable_id),
            brought_forward_id=part.receivable_id,
            payment_id=payment_id,
            amount=opposite(part.amount),
            posted_on=on,
        )
    return tuple(part for part in applied if part.receivable_id not in ids), taken

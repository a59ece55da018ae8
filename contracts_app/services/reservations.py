"""What an approved draft keeps of caps and purchase orders until it is issued or sent back.

Approval writes what the draft bills, charge by charge, and the limits as they stood: nothing that others
approve afterwards changes its figures, so that an approved draft can always be issued
(docs/SPEC-caps-and-funding.md, *Reserved at approval*).
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.claiming import claim_under_limits
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.store import charge_parts, client_orders
from contracts_app.store.transaction import Transaction


def lock(tx: Transaction, contract_id: UUID) -> None:
    """Lock the orders that fund the contract: who approves next sees what this approval keeps."""
    client_orders.lock_orders(tx.connection, tx.firm_id, contract_id)


def keep(tx: Transaction, invoice_id: UUID, snapshot: Snapshot) -> dict[str, Any]:
    """Keep what the draft bills under its limits; returns what the invoice notes of it at approval.

    The orders are locked. Nothing is kept where nothing limits the invoice.
    """
    if snapshot.limits is None or not snapshot.kind.bills_work:
        return {}
    made = claim_under_limits(snapshot)
    parts = [
        charge_parts.Row(tx.new_id("charge_part", invoice_id, number, place), part, funded)
        for number, part in enumerate(made.parts, start=1)
        for place, funded in enumerate(part.funded, start=1)
    ]
    charge_parts.insert_parts(tx.connection, tx.firm_id, snapshot.contract_id, invoice_id, parts)
    return {"limits": snapshot.limits.model_dump(mode="json")}


def give_up(tx: Transaction, row: RowMapping) -> dict[str, Any]:
    """Free what an approved draft keeps, before it is looked at again; nothing where it keeps none.

    Returns what the invoice's next audit entry has to say of it.
    """
    if row["limits"] is None:
        return {}
    charge_parts.free_parts(tx.connection, tx.firm_id, row["id"])
    return {"limits": None}

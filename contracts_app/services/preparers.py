"""Four eyes at activation: whoever prepared any part of a contract does not put it in force."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.refusals import not_allowed
from contracts_app.domain.transitions import CONTRACT, ContractState
from contracts_app.store import contracts
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def change(
    tx: Transaction,
    row: RowMapping,
    action: str,
    reason: str = "",
    *,
    hands: Collection[UUID] = (),
    **values: Any,
) -> None:
    """Change a locked contract by what somebody put in; while it is being set up he is one of its preparers.

    `hands` are others who had a part in it. A contract that was sent back waits for the controller again.
    """
    if row["state"] == ContractState.setting_up:
        note(tx, row["id"], hands)
        if row["returned_because"] is not None:
            values = {"returned_because": None, "returned_by": None, **values}
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason, **values)


def note(tx: Transaction, contract_id: UUID, hands: Collection[UUID] = ()) -> None:
    """Remember that this person, and these, prepared the contract."""
    assert tx.by is not None  # the role was checked
    contracts.add_preparers(tx.connection, tx.firm_id, contract_id, {tx.by, *hands})


def require_other_hand(tx: Transaction, row: RowMapping) -> None:
    """Refuse (Refused) whoever prepared any part of the contract."""
    if tx.by in contracts.preparers(tx.connection, tx.firm_id, row["id"]):
        raise not_allowed(
            "You prepared part of this contract (its terms, schedule of values, rates, projects, milestones "
            "or an imported file), so somebody else must activate it."
        )

"""What every command about commitments begins with and ends with."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.purchasing.standing import Book
from contracts_app.domain.refusals import Refused, not_allowed, not_found, wrong_content
from contracts_app.domain.transitions import CONTRACT, in_words, require
from contracts_app.store import legal_entities, purchasing
from contracts_app.store.purchasing import Kept
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def locked(tx: Transaction, contract_id: UUID, command: str) -> RowMapping:
    """The contract, locked, where its state allows the command: commands of a contract follow each other."""
    row = tx.lock(contract, contract_id, "contract")
    require(CONTRACT, command, row["state"], "contract")
    return row


def commitment_of(tx: Transaction, row: RowMapping, commitment_id: UUID) -> Kept:
    """A commitment of this contract. Raises Refused where there is none."""
    kept = purchasing.one(tx.connection, tx.firm_id, commitment_id)
    if kept is None or kept.row["contract_id"] != row["id"]:
        raise not_found("commitment")
    return kept


def approved_commitment_of(tx: Transaction, row: RowMapping, commitment_id: UUID) -> tuple[Kept, Book]:
    """The same, once it is approved. Raises Refused before."""
    kept = commitment_of(tx, row, commitment_id)
    return kept, approved_book(kept)


def approved_book(kept: Kept) -> Book:
    """The book of an approved commitment. Raises Refused for one not approved, or without a line left."""
    if kept.row["state"] != "approved":
        raise Refused(
            "commitment_not_approved",
            f"Order {kept.row['number']} is {in_words(kept.row['state'])}, not approved: the project manager "
            "approves it first.",
        )
    if kept.book is None:
        raise Refused("nothing_ordered", f"Order {kept.row['number']} has no line left that is ordered.")
    return kept.book


def bill_of(tx: Transaction, row: RowMapping, bill_id: UUID) -> tuple[Kept, RowMapping]:
    """A bill of this contract, with its commitment. Raises Refused where there is none."""
    commitment_id = purchasing.commitment_of_bill(tx.connection, tx.firm_id, bill_id)
    if commitment_id is None:
        raise not_found("bill")
    kept = commitment_of(tx, row, commitment_id)
    return kept, next(bill for bill in kept.bills if bill["id"] == bill_id)


def again(tx: Transaction, kept: Kept) -> Kept:
    """The commitment with what this transaction has written."""
    found = purchasing.one(tx.connection, tx.firm_id, kept.row["id"])
    assert found is not None  # it was there
    return found


def today(tx: Transaction, row: RowMapping) -> date:
    """The business date of whoever bills the contract."""
    return legal_entities.today(tx, row["legal_entity_id"])


def require_not_ahead(on: date, now: date, what: str) -> None:
    """Refuse (Refused) a day that is still to come."""
    if on > now:
        raise wrong_content("day_in_future", f"{what}: {on} is in the future.")


def require_decider(tx: Transaction, row: RowMapping, entered_by: UUID, what: str) -> None:
    """Refuse (Refused) anybody but the contract's project manager, and him for what he entered."""
    if tx.by != row["project_manager_id"]:
        raise not_allowed(f"{what} is decided on by the contract's project manager.")
    if entered_by == tx.by:
        raise not_allowed(
            "You entered this, so somebody else must decide: a controller can name another project manager."
        )


def noted(tx: Transaction, row: RowMapping, action: str, reason: str) -> None:
    """The audit entry of the contract; its version says that something changed."""
    tx.change(contract, "contract", row, action, CONTRACT, reason=reason)

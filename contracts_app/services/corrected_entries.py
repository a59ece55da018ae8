"""Which entries that files brought are corrected since, and which of them no file corrects."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.store import corrected_time, expenses
from contracts_app.store.transaction import Transaction
from importers.entries import Kind

NONE: frozenset[str] = frozenset()


def corrected_and_fixed(
    tx: Transaction, contract_id: UUID, kind: Kind
) -> tuple[frozenset[str], frozenset[str]]:
    """The ids in their files of entries that other entries correct, and of those that no file corrects."""
    of_contract = (tx.connection, tx.firm_id, contract_id)
    if kind is Kind.timesheet:
        return corrected_time.corrected(*of_contract), corrected_time.in_parts(*of_contract)
    if kind is Kind.expenses:
        return _expenses(tx, contract_id)
    return NONE, NONE


def _expenses(tx: Transaction, contract_id: UUID) -> tuple[frozenset[str], frozenset[str]]:
    """Of an expense and the adjusting entries of files the last one says what it is now. While nobody has
    decided on it, it is corrected by hand."""
    families: dict[UUID, list[RowMapping]] = defaultdict(list)
    for one in expenses.of_contract(tx.connection, tx.firm_id, contract_id):  # in the order they came in
        if one["import_id"] is not None:
            families[one["corrects_id"] or one["id"]].append(one)
    corrected = frozenset(one["external_id"] for family in families.values() for one in family[:-1])
    waiting = frozenset(
        one["external_id"] for family in families.values() for one in family if one["state"] == "open"
    )
    return corrected, waiting

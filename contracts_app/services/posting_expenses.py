"""Posting of expenses: each row becomes an expense that waits for the project manager, as if typed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.expense_commands import TypedExpense
from contracts_app.domain.transitions import CONTRACT, require
from contracts_app.services.entering_expenses import columns_of
from contracts_app.store import audit, contracts, expenses
from contracts_app.store.transaction import Transaction
from importers.entries import Entry
from importers.kinds.expense_entry import ExpenseEntry


def post_expenses(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Whoever had a hand in the file is known as one who said the expenses, and so decides on none."""
    sheets = cast(Sequence[ExpenseEntry], entries)
    if not sheets:
        return
    require(CONTRACT, "enter_expenses", agreed["state"], "contract")
    number = expenses.next_number(tx.connection, tx.firm_id, agreed["id"])
    typed = [_typed(entry) for entry in sheets]
    rows: list[dict[str, Any]] = [
        {
            **said,
            "id": tx.new_id("expense", entry.external_id),
            "number": number + place,
            "kind": "receipt",
            "worked_out": None,
            "import_id": row["id"],
            "external_id": entry.external_id,
            "source": entry.source.words,
            "receipt_reference": _short(entry.receipt or "", 200) or None,
        }
        for place, (entry, said) in enumerate(zip(sheets, columns_of(tx, agreed, typed, {}), strict=True))
    ]
    expenses.insert_expenses(tx.connection, rows)
    hands = sorted(audit.hands(tx.connection, tx.firm_id, row["id"]) - {tx.by})
    expenses.note_editors(tx.connection, tx.firm_id, [each["id"] for each in rows], hands)


def _typed(entry: ExpenseEntry) -> TypedExpense:
    assert entry.item_no is not None  # decided
    assert entry.booked_as is not None  # decided
    why = ""
    if entry.billed_elsewhere:
        why = f"Billed elsewhere, says {entry.source.file_name}."
    elif not entry.billable:
        why = f"Not billable, says {entry.source.file_name}."
    return TypedExpense(
        item_no=entry.item_no,
        on=entry.spent_on,
        person=entry.person,
        category=entry.booked_as,
        description=_short(entry.description, 500),
        vendor=_short(entry.merchant, 200),
        amount=entry.amount,
        tax_recovered=entry.tax_recovered,
        billable=not why,
        not_billable_reason=_short(why, 500),
    )


def _short(text: str, most: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def known_lines(tx: Transaction, contract_id: UUID) -> Mapping[str, Any]:
    """The lines that expenses can stand on, those billed at cost first, as `KnownThings` has them."""
    schedule = contracts.schedule(tx.connection, tx.firm_id, contract_id)
    ordered = sorted(schedule, key=lambda line: line.basis is not Basis.cost_plus)
    return {"lines_for_costs": tuple((line.item_no, line.description) for line in ordered)}

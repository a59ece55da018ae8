"""Posting of expenses: each row becomes an expense that waits for the project manager, as if typed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.expense_commands import TypedExpense
from contracts_app.domain.money import total
from contracts_app.domain.refusals import Refused
from contracts_app.domain.tax.currency import ExchangeRate
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
    adjusting = [entry for entry in sheets if entry.corrects is not None]
    known = {
        one["id"]: one
        for one in (expenses.of_contract(tx.connection, tx.firm_id, agreed["id"]) if adjusting else ())
    }
    said_by = [(entry, _typed(entry, known)) for entry in sheets]
    sheets = [entry for entry, said in said_by if said is not None]
    typed = [said for _, said in said_by if said is not None]
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
        for place, (entry, said) in enumerate(zip(sheets, columns_of(tx, agreed, typed, known), strict=True))
    ]
    expenses.insert_expenses(tx.connection, rows)
    hands = sorted(audit.hands(tx.connection, tx.firm_id, row["id"]) - {tx.by})
    expenses.note_editors(tx.connection, tx.firm_id, [each["id"] for each in rows], hands)


def _adjusting(
    entry: ExpenseEntry, corrected: RowMapping, known: Mapping[UUID, RowMapping]
) -> TypedExpense | None:
    """What changes the expense and its adjusting entries to what the file says now; None where they come to
    that already. Raises Refused where nobody has decided on them yet."""
    original = known[corrected["corrects_id"] or corrected["id"]]
    family = [
        one
        for one in known.values()
        if original["id"] in (one["id"], one["corrects_id"]) and one["state"] != "rejected"
    ]
    if any(one["state"] == "open" for one in family):
        raise Refused(
            "expense_open",
            f"{entry.source.words} corrects expense {original['number']}, on which nobody has decided yet: "
            "correct that one, or leave the row out.",
        )
    amount = entry.amount - total(one["amount"] for one in family)
    if not amount:
        return None
    return TypedExpense(
        item_no=original["item_no"],
        on=original["spent_on"],
        person=original["person"],
        category=original["category"],
        description=_short(f"Correction: {entry.description}", 500),
        vendor=original["vendor"],
        trip=original["trip"],
        currency=original["currency"],
        amount=amount,
        tax_recovered=entry.tax_recovered - total(one["tax_recovered"] for one in family),
        exchange=None if original["exchange"] is None else ExchangeRate.model_validate(original["exchange"]),
        billable=original["billable"],
        not_billable_reason=original["not_billable_reason"] or "",
        corrects=original["id"],
    )


def _typed(entry: ExpenseEntry, known: Mapping[UUID, RowMapping]) -> TypedExpense | None:
    if entry.corrects is not None:
        corrected = next(one for one in known.values() if one["external_id"] == entry.corrects)
        if corrected["state"] != "rejected":
            return _adjusting(entry, corrected, known)
    assert entry.item_no is not None  # decided
    assert entry.booked_as is not None  # decided
    why = ""
    if entry.is_billed_elsewhere:
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

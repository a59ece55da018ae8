"""What is typed in, or read from a file, as the rows of expenses that wait for approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.commands.expense_commands import TypedExpense
from contracts_app.domain.expenses import policy
from contracts_app.domain.expenses.expenses import Expense
from contracts_app.domain.refusals import wrong_content
from contracts_app.store import contracts, expenses, legal_entities
from contracts_app.store.transaction import Transaction

_ANY = UUID(int=0)
_EVERYTHING = policy.PolicyRule(effective_from=date(1990, 1, 1))
"""What can be said of an expense before the contract's own rules are asked."""
_SAID = (
    "on",
    "person",
    "category",
    "description",
    "vendor",
    "trip",
    "amount",
    "tax_recovered",
    "billable",
    "exchange",
    "corrects",
)


def columns_of(
    tx: Transaction, row: RowMapping, entries: Sequence[TypedExpense], known: Mapping[UUID, RowMapping]
) -> list[dict[str, Any]]:
    """Expenses as typed, as the columns of their rows; `known` are the contract's expenses, which adjusting
    entries name. Raises Refused for what cannot be."""
    today = legal_entities.today(tx, row["legal_entity_id"])
    lines = {line.item_no: line.id for line in contracts.schedule(tx.connection, tx.firm_id, row["id"])}
    return [_columns(tx, row, entry, known, lines, today) for entry in entries]


def _columns(
    tx: Transaction,
    row: RowMapping,
    entry: TypedExpense,
    known: Mapping[UUID, RowMapping],
    lines: Mapping[str, UUID],
    today: date,
) -> dict[str, Any]:
    terms = contracts.terms_of(row)
    spent_in = entry.currency or terms.currency
    if entry.on > today:
        raise wrong_content("day_in_future", f"{entry.on} is in the future.")
    if entry.on < terms.contract_date:
        raise wrong_content(
            "before_contract", f"{entry.on} is before the contract, which is dated {terms.contract_date}."
        )
    if entry.exchange is not None and spent_in == terms.currency:
        raise wrong_content(
            "rate_of_other_currencies", f"A receipt in {terms.currency} needs no exchange rate."
        )
    if entry.item_no not in lines:
        raise wrong_content("unknown_line", f"The schedule of values has no line {entry.item_no}.")
    said = Expense(
        id=_ANY,
        line_id=lines[entry.item_no],
        currency=spent_in,
        receipt=None,
        **{name: getattr(entry, name) for name in _SAID},
    )
    policy.cost_of(said, _family(entry, known), (_EVERYTHING,), terms.currency)
    return {
        "firm_id": tx.firm_id,
        "contract_id": row["id"],
        "sov_line_id": said.line_id,
        "spent_on": entry.on,
        "person": entry.person,
        "category": entry.category,
        "description": entry.description.strip(),
        "vendor": entry.vendor.strip(),
        "trip": entry.trip,
        "currency": spent_in,
        "amount": entry.amount,
        "tax_recovered": entry.tax_recovered,
        "exchange": entry.exchange.model_dump(mode="json") if entry.exchange else None,
        "billable": entry.billable,
        "not_billable_reason": entry.not_billable_reason.strip() or None,
        "corrects_id": entry.corrects,
        "entered_by": tx.by,
        "state": "open",
    }


def _family(entry: TypedExpense, known: Mapping[UUID, RowMapping]) -> list[Expense]:
    """What an adjusting entry adjusts, with its other adjusting entries."""
    if entry.corrects is None:
        return []
    original = known.get(entry.corrects)
    if original is None or original["state"] != "approved" or original["corrects_id"] is not None:
        raise wrong_content(
            "corrects_nothing",
            "An adjusting entry names an approved expense of this contract, and no adjusting entry.",
        )
    return [
        expenses.as_expense(one)
        for one in known.values()
        if one["state"] == "approved" and entry.corrects in (one["id"], one["corrects_id"])
    ]

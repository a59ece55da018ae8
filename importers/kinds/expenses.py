"""Expenses: what people spent, as programs export it. One row is one receipt, or a refund below zero."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from importers import values
from importers.columns import Column
from importers.entries import Kind
from importers.kinds import expenses_of_contract
from importers.kinds.corrected_by_hand import how_to_correct
from importers.kinds.edited_rows import edited
from importers.kinds.expense_entry import ExpenseEntry
from importers.kinds.orders_of_contract import of_this_contract
from importers.matching.cost_codes import codes_of_expenses
from importers.rules import Checked, Context, RowFlaws, Rules, Step, without_refused

_CURRENCY = re.compile(r"\b([A-Z]{3})\Z", re.ASCII)


COLUMNS = (
    Column(
        "spent_on",
        "Date, Timestamp, Spent date, Spent on, Expense date, Transaction date, Date of expense, Datum",
        values.day,
        title="Date",
    ),
    Column(
        "person",
        "Employee, Employee name, User, Person, Full name, Spent by, Submitted by, Submitter, Mitarbeiter",
        values.name,
        instead=("first_name", "last_name"),
        question="The file does not say who spent it. Who was it?",
    ),
    Column("first_name", "First, Given name", values.name, required=False),
    Column("last_name", "Last, Surname", values.name, required=False),
    Column("merchant", "Vendor, Supplier, Payee, Merchant name, Vendor name", values.text, required=False),
    Column("category", "Expense category, Expense type, Type of expense", values.name, required=False),
    Column(
        "description", "Notes, Note, Comment, Memo, Details, Purpose, Expense", values.text, required=False
    ),
    Column("amount", "Cost, Total cost, Total amount, Gross amount, Total, Betrag", values.amount),
    Column(
        "tax",
        "Tax amount, VAT, VAT amount, GST, GST amount, Sales tax, Sales tax amount, MwSt",
        values.amount,
        required=False,
        title="Of it tax",
    ),
    Column("currency", "Currency code, Report currency, Reimbursement currency", values.name, required=False),
    Column("original_amount", "Receipt amount, Local amount", values.amount, required=False),
    Column("original_currency", "Receipt currency, Local currency", values.name, required=False),
    Column("project", "Project name, Job, Job name, Tag", values.name, required=False),
    Column(
        "project_code", "Project number, Project no, Job code, Job number", values.identifier, required=False
    ),
    Column("client", "Client name, Customer, Customer name", values.name, required=False),
    Column("billable", "Is billable, Chargeable", values.yes_or_no, required=False),
    Column("reimbursable", "Is reimbursable, Reimburse", values.yes_or_no, required=False),
    Column("billed_elsewhere", "Invoiced, Billed", values.yes_or_no, required=False),
    Column("approved_in_source", "Approved, Is approved", values.yes_or_no, required=False),
    Column(
        "receipt",
        "Receipt URL, Receipt link, Receipt no, Receipt number, Receipt reference",
        values.text,
        required=False,
    ),
    Column(
        "sov_line",
        "Schedule line, Line of the schedule, SOV line no, SOV item, Contract line, Cost code, Phase code",
        values.identifier,
        required=False,
        title="SOV line",
    ),
)


def _build(row: Mapping[str, object]) -> ExpenseEntry | RowFlaws:
    said = {**row}
    names = [said.pop("first_name", None), said.pop("last_name", None)]
    said["person"] = said.get("person") or " ".join(str(name) for name in names if name)
    for name in ("currency", "original_currency"):
        found = _CURRENCY.search(str(said.get(name) or "").upper())
        said[name] = found[1] if found else None
    return ExpenseEntry.model_validate({**said, "external_id": ""}).named()


def _not_zero(entries: Sequence[ExpenseEntry], context: Context) -> Checked[ExpenseEntry]:
    """An expense of zero says nothing that could be paid."""
    zero = [
        (
            entry,
            context.refuse(
                entry,
                "amount",
                "amount_zero",
                expected="an amount that is not zero",
                mend="Leave the row out.",
            ),
        )
        for entry in entries
        if entry.amount == 0
    ]
    return without_refused(entries, zero)


_BY_HAND = how_to_correct(Kind.expenses)
_EDITED: tuple[Step[ExpenseEntry], ...] = (
    edited(_BY_HAND, ("spent_on", "person", "merchant", "category", "description", "currency")),
    edited(
        _BY_HAND,
        ("spent_on", "person", "amount", "merchant"),
        key="looks_renamed",
        takes_corrections=False,
    ),
)
"""Another amount adjusts what was approved; another text is no other cost."""

RULES = Rules(
    kind=Kind.expenses,
    columns=COLUMNS,
    build=_build,
    belongs=of_this_contract,
    has_ids=False,
    steps=(_not_zero, *_EDITED, codes_of_expenses, *expenses_of_contract.STEPS),
    money=("amount", "tax"),
    amount=lambda entry: entry.amount,
    dates=("spent_on",),
    numbers=("amount", "tax", "original_amount"),
)

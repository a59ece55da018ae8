"""A budget by cost code: what a job was to cost, what changed that, and what is committed and spent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from contracts_app.domain.money import ZERO, total
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Kind
from importers.kinds.budget_editions import as_editions
from importers.kinds.budget_line import BudgetLine
from importers.kinds.damaged_codes import ask_about_codes
from importers.kinds.repeated_codes import told_apart
from importers.problems import information, plural
from importers.rules import Checked, Context, RowFlaws, Rules
from importers.values import Flaw

COLUMNS = (
    CONTRACT,
    Column(
        "cost_code",
        "Code, Budget code, Cost code no, CSI code, CSI, Phase code, Item, Item no",
        values.identifier,
    ),
    Column("cost_type", "Type, Category, Cost category", values.text, required=False),
    Column("description", "Description of work, Name, Title", values.text, required=False),
    Column(
        "original",
        "Original budget, Original budget amount, Budget, Budget amount, Original estimate, Estimate",
        values.amount,
        title="Original budget",
    ),
    Column(
        "changes",
        "Approved COs, Approved changes, Approved change orders, Budget changes, Budget modifications, "
        "Changes",
        values.amount,
        required=False,
        title="Approved changes",
    ),
    Column(
        "revised",
        "Revised budget, Current budget, Budget to date",
        values.amount,
        required=False,
        title="Revised budget",
    ),
    Column("committed", "Committed costs, Commitments, Committed to date", values.amount, required=False),
    Column(
        "actual",
        "Actual to date, Actual costs, Actual cost, Cost to date, Job to date costs, Spent",
        values.amount,
        required=False,
        title="Actual to date",
    ),
    Column(
        "to_complete",
        "Forecast to complete, Cost to complete, Estimate to complete, Remaining cost",
        values.amount,
        required=False,
        title="Forecast to complete",
    ),
)


def _build(row: Mapping[str, object]) -> BudgetLine | RowFlaws:
    original, changes = (_amount(row, field) for field in ("original", "changes"))
    revised = row.get("revised")
    if revised is None:
        revised = total((original, changes))
    elif "changes" in row and revised != total((original, changes)):
        expected = f"{total((original, changes)):,}, original budget plus approved changes"
        return [("revised", Flaw("budget_does_not_add_up", expected, "Correct one of the three amounts."))]
    kind = row.get("cost_type")
    named = f"{row['cost_code']}/{kind}" if kind else str(row["cost_code"])
    known = {field: value for field, value in row.items() if value is not None}
    return BudgetLine.model_validate({**known, "revised": revised, "external_id": named})


def _amount(row: Mapping[str, object], field: str) -> Decimal:
    value = row.get(field)
    return value if isinstance(value, Decimal) else ZERO


def _codes(entries: Sequence[BudgetLine], context: Context) -> Checked[BudgetLine]:
    """The lines under the codes that were meant, each in its edition."""
    asked = ask_about_codes(told_apart(entries), context, "cost_code", lambda entry: entry.cost_code)
    editions = as_editions(asked.entries, context)
    return replace(asked, entries=editions.entries, problems=[*asked.problems, *editions.problems])


def _overrun(entries: Sequence[BudgetLine], context: Context) -> Checked[BudgetLine]:
    """Codes that will cost more than their budget are said; it changes nothing."""
    over = [entry for entry in entries if entry.at_completion > entry.revised]
    if not over:
        return Checked(entries)
    said = information(
        context.place(over[0], "to_complete"),
        "above_budget",
        found=f"{plural(len(over), 'code')}, the first {over[0].cost_code}: {over[0].at_completion:,}",
        expected=f"at most the revised budget, {over[0].revised:,}",
        mend="Nothing to do: it is what the file says.",
        rows=len(over),
    )
    return Checked(entries, problems=[said])


RULES = Rules(
    kind=Kind.budget,
    columns=COLUMNS,
    build=_build,
    belongs=_codes,
    steps=(_overrun,),
    money=("original", "changes", "revised", "committed", "actual", "to_complete"),
    amount=lambda entry: entry.original,
    numbers=("original", "changes", "revised", "committed", "actual", "to_complete"),
)

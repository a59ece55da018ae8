"""Cost codes of orders and expenses: each means a line of the contract, is asked, or keeps its row out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from importers.kinds.expense_entry import ExpenseEntry
from importers.kinds.ordered_item import OrderedItem
from importers.matching.asking import Meant, settle_names
from importers.matching.names import Named
from importers.rules import Checked, Context

_CODE = Meant(Named.cost_code, "sov_line", "line_meant", None)


def codes_of_expenses(entries: Sequence[ExpenseEntry], context: Context) -> Checked[ExpenseEntry]:
    """The expenses with the lines that their codes mean."""
    return settle_names(entries, context, _CODE)


def codes_of_orders(entries: Sequence[OrderedItem], context: Context) -> Checked[OrderedItem]:
    """The orders with the lines that their codes mean. An order waits as a whole, and one of which a row is
    refused or left out is kept out as a whole."""
    settled = settle_names(entries, context, _CODE)
    kept = {entry.external_id for entry in settled.entries}
    partly = {entry.number for entry in entries if entry.external_id not in kept} - {None}
    if not partly or context.known.orders is None:
        return settled
    whole = [entry for entry in settled.entries if entry.number not in partly]
    others = [entry for entry in settled.entries if entry.number in partly]
    asked = any(decision.is_open for decision in settled.decisions)
    if asked:
        return replace(settled, entries=whole, waiting=settled.waiting + len(others))
    problems = [
        context.refuse(
            entry,
            "order_number",
            "order_not_whole",
            expected=f"all rows of order {entry.number}",
            mend="Another row of this order was refused or left out: say which line its code means.",
        )
        for entry in others
    ]
    return replace(
        settled,
        entries=whole,
        refused=settled.refused + len(others),
        problems=[*settled.problems, *problems],
    )

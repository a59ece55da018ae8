"""Posting a budget: its lines are kept, edition by edition. No invoice and no estimate changes by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from sqlalchemy.engine import RowMapping

from contracts_app.domain.money import less
from contracts_app.store.report_tables import budget_line
from contracts_app.store.transaction import Transaction
from importers.entries import Entry
from importers.kinds.budget_line import BudgetLine


def post_budget(tx: Transaction, agreed: RowMapping, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Keep the new editions of the lines."""
    for entry in cast(Sequence[BudgetLine], entries):
        tx.insert(
            budget_line,
            id=tx.new_id("budget_line", entry.external_id),
            contract_id=agreed["id"],
            line=entry.line,
            edition=entry.edition,
            position=entry.source.row,
            cost_code=entry.cost_code,
            cost_type=entry.cost_type,
            description=entry.description,
            original=entry.original,
            changes=less(entry.revised, entry.original),
            revised=entry.revised,
            at_completion=entry.at_completion,
            committed=entry.committed,
            actual=entry.actual,
            import_id=row["id"],
        )

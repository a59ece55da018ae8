"""Budgets of contracts as files brought them: of each line the last edition holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, Subquery, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.engine import RowMapping

from contracts_app.store.report_tables import BUDGET_AMOUNTS, budget_line


@dataclass(frozen=True)
class BudgetSums:
    """What the lines of a budget come to, in the contract's currency."""

    original: Decimal
    changes: Decimal
    revised: Decimal
    at_completion: Decimal


def lines(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RowMapping]:
    """The lines that hold, in the order of their files."""
    held = _held(firm_id, [contract_id])
    rows = connection.execute(select(held).order_by(held.c.position, held.c.line)).mappings()
    return rows.all()


def sums(connection: Connection, firm_id: UUID, ids: Collection[UUID]) -> Mapping[UUID, BudgetSums]:
    """The sums of each contract that has a budget."""
    held = _held(firm_id, ids)
    query = select(held.c.contract_id, *(func.sum(held.c[name]) for name in BUDGET_AMOUNTS))
    rows = connection.execute(query.group_by(held.c.contract_id))
    return {contract_id: BudgetSums(*amounts) for contract_id, *amounts in rows}


def _held(firm_id: UUID, ids: Collection[UUID]) -> Subquery:
    return (
        select(budget_line)
        .ext(distinct_on(budget_line.c.contract_id, budget_line.c.line))
        .where(budget_line.c.firm_id == firm_id, budget_line.c.contract_id.in_(ids))
        .order_by(budget_line.c.contract_id, budget_line.c.line, budget_line.c.edition.desc())
        .subquery()
    )

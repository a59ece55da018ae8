"""Orders, bills, credit memos and expenses that nobody has decided on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, exists, func, literal, select, union_all

from contracts_app.store.expense_tables import expense, expense_editor
from contracts_app.store.purchasing_tables import (
    commitment,
    commitment_change,
    vendor_bill,
    vendor_credit,
)
from contracts_app.store.tables import contract


@dataclass(frozen=True)
class Undecided:
    """What of a contract waits for its project manager, without what he entered himself."""

    contract_id: UUID
    contract_number: str
    contract_title: str
    papers: int
    """Orders, change orders of them, bills and credit memos."""
    expenses: int


def for_manager(connection: Connection, firm_id: UUID, person_id: UUID) -> Sequence[Undecided]:
    """By contract, what waits for this person; contracts without any are left out."""
    of_orders = [
        select(commitment.c.contract_id, literal(1).label("papers"), literal(0).label("expenses")).where(
            commitment.c.firm_id == firm_id,
            commitment.c.state == "entered",
            commitment.c.entered_by != person_id,
        )
    ]
    of_orders += [
        select(commitment.c.contract_id, literal(1).label("papers"), literal(0).label("expenses"))
        .join(
            commitment,
            (commitment.c.firm_id == paper.c.firm_id) & (commitment.c.id == paper.c.commitment_id),
        )
        .where(paper.c.firm_id == firm_id, paper.c.state == "entered", paper.c.entered_by != person_id)
        for paper in (commitment_change, vendor_bill, vendor_credit)
    ]
    spent = select(expense.c.contract_id, literal(0).label("papers"), literal(1).label("expenses")).where(
        expense.c.firm_id == firm_id,
        expense.c.state == "open",
        expense.c.entered_by != person_id,
        ~exists().where(
            expense_editor.c.firm_id == expense.c.firm_id,
            expense_editor.c.expense_id == expense.c.id,
            expense_editor.c.person_id == person_id,
        ),
    )
    found = union_all(*of_orders, spent).subquery()
    rows = connection.execute(
        select(
            contract.c.id,
            contract.c.number,
            contract.c.title,
            func.sum(found.c.papers).label("papers"),
            func.sum(found.c.expenses).label("expenses"),
        )
        .join(found, found.c.contract_id == contract.c.id)
        .where(
            contract.c.firm_id == firm_id,
            contract.c.project_manager_id == person_id,
            contract.c.state == "active",
        )
        .group_by(contract.c.id, contract.c.number, contract.c.title)
        .order_by(contract.c.number)
    )
    return [Undecided(row.id, row.number, row.title, int(row.papers), int(row.expenses)) for row in rows]


def of_contract(connection: Connection, firm_id: UUID, contract_id: UUID) -> tuple[int, int]:
    """How many bills and credit memos, and how many expenses, of a contract nobody has decided on."""
    bills = sum(
        connection.execute(
            select(func.count())
            .select_from(paper)
            .join(
                commitment,
                (commitment.c.firm_id == paper.c.firm_id) & (commitment.c.id == paper.c.commitment_id),
            )
            .where(
                paper.c.firm_id == firm_id,
                paper.c.state == "entered",
                commitment.c.contract_id == contract_id,
            )
        ).scalar_one()
        for paper in (vendor_bill, vendor_credit)
    )
    spent: int = connection.execute(
        select(func.count()).where(
            expense.c.firm_id == firm_id, expense.c.contract_id == contract_id, expense.c.state == "open"
        )
    ).scalar_one()
    return bills, spent

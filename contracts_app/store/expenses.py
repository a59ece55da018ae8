"""Expenses as they are kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, ScalarSelect, Select, delete, exists, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.domain.expenses.expenses import Expense
from contracts_app.domain.expenses.policy import PolicyRule
from contracts_app.domain.tax.currency import ExchangeRate
from contracts_app.store.cost_tables import cost_claim, job_cost
from contracts_app.store.expense_tables import expense, expense_cost, expense_editor, expense_policy
from contracts_app.store.tables import invoice, person, sov_line
from contracts_app.store.views.late_entries import posted_to


def policy(connection: Connection, firm_id: UUID, contract_id: UUID) -> tuple[PolicyRule, ...]:
    """What a contract says of expenses; nothing where nobody said anything."""
    rules = connection.execute(
        select(expense_policy.c.rules).where(
            expense_policy.c.firm_id == firm_id, expense_policy.c.contract_id == contract_id
        )
    ).scalar_one_or_none()
    return tuple(PolicyRule.model_validate(rule) for rule in rules or ())


def set_policy(
    connection: Connection, firm_id: UUID, contract_id: UUID, rules: Sequence[PolicyRule], by: UUID | None
) -> None:
    """Replace what a contract says of expenses."""
    said = {"rules": [rule.model_dump(mode="json") for rule in rules], "set_by": by}
    connection.execute(
        upsert(expense_policy)
        .values(firm_id=firm_id, contract_id=contract_id, **said)
        .on_conflict_do_update(
            index_elements=["firm_id", "contract_id"], set_={**said, "set_at": func.clock_timestamp()}
        )
    )


def next_number(connection: Connection, firm_id: UUID, contract_id: UUID) -> int:
    """The number of the next expense of a contract, which is locked."""
    last: int | None = connection.execute(
        select(func.max(expense.c.number)).where(
            expense.c.firm_id == firm_id, expense.c.contract_id == contract_id
        )
    ).scalar_one()
    return (last or 0) + 1


def insert_expenses(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert expenses, all with the same columns."""
    connection.execute(insert(expense), [dict(row) for row in rows])


def of_contract(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[RowMapping]:
    """Every expense of a contract in the order in which they came in, with its line, who entered it and who
    said it otherwise since (`editors`), the cost and the invoice that it is on, and why a cost that it was
    before was sent back (`sent_back_because`)."""
    live = _live_costs(firm_id).subquery()
    return (
        connection.execute(
            select(
                expense,
                sov_line.c.item_no,
                person.c.name.label("entered_by_name"),
                cost_claim.c.invoice_id,
                invoice.c.state.label("invoice_state"),
                invoice.c.application_no,
                job_cost.c.gross.label("cost_gross"),
                job_cost.c.recoverable_tax.label("cost_tax"),
                job_cost.c.billable.label("cost_billable"),
                job_cost.c.not_billable_reason.label("cost_reason"),
                _editors().label("editors"),
                _sent_back_because().label("sent_back_because"),
                posted_to("expense", expense).label("posted_to"),
            )
            .join(
                sov_line, (sov_line.c.firm_id == expense.c.firm_id) & (sov_line.c.id == expense.c.sov_line_id)
            )
            .join(person, (person.c.firm_id == expense.c.firm_id) & (person.c.id == expense.c.entered_by))
            .outerjoin(live, live.c.expense_id == expense.c.id)
            .outerjoin(
                job_cost, (job_cost.c.firm_id == expense.c.firm_id) & (job_cost.c.id == live.c.job_cost_id)
            )
            .outerjoin(
                cost_claim,
                (cost_claim.c.firm_id == job_cost.c.firm_id) & (cost_claim.c.job_cost_id == job_cost.c.id),
            )
            .outerjoin(
                invoice,
                (invoice.c.firm_id == cost_claim.c.firm_id) & (invoice.c.id == cost_claim.c.invoice_id),
            )
            .where(expense.c.firm_id == firm_id, expense.c.contract_id == contract_id)
            .order_by(expense.c.number)
        )
        .mappings()
        .all()
    )


def _live_costs(firm_id: UUID) -> Select[Any]:
    """Expense → the cost of the contract that it is; none that was sent back."""
    return (
        select(expense_cost.c.expense_id, expense_cost.c.job_cost_id)
        .join(
            job_cost,
            (job_cost.c.firm_id == expense_cost.c.firm_id) & (job_cost.c.id == expense_cost.c.job_cost_id),
        )
        .where(expense_cost.c.firm_id == firm_id, job_cost.c.state != "sent_back")
    )


def _editors() -> ScalarSelect[Any]:
    return (
        select(func.coalesce(func.array_agg(expense_editor.c.person_id), text("ARRAY[]::uuid[]")))
        .where(expense_editor.c.firm_id == expense.c.firm_id, expense_editor.c.expense_id == expense.c.id)
        .scalar_subquery()
    )


def _sent_back_because() -> ScalarSelect[Any]:
    """Why the cost was sent back that an expense was last."""
    return (
        select(job_cost.c.sent_back_reason)
        .join(
            expense_cost,
            (expense_cost.c.firm_id == job_cost.c.firm_id) & (expense_cost.c.job_cost_id == job_cost.c.id),
        )
        .where(
            expense_cost.c.firm_id == expense.c.firm_id,
            expense_cost.c.expense_id == expense.c.id,
            job_cost.c.state == "sent_back",
        )
        .order_by(job_cost.c.decided_on.desc(), job_cost.c.id)
        .limit(1)
        .scalar_subquery()
    )


def as_expense(row: RowMapping) -> Expense:
    """A row as the rules see it."""
    return Expense(
        id=row["id"],
        line_id=row["sov_line_id"],
        on=row["spent_on"],
        person=row["person"],
        category=row["category"],
        description=row["description"],
        vendor=row["vendor"],
        trip=row["trip"],
        currency=row["currency"],
        amount=row["amount"],
        tax_recovered=row["tax_recovered"],
        receipt=row["receipt_sha256"],
        billable=row["billable"],
        exchange=ExchangeRate.model_validate(row["exchange"]) if row["exchange"] else None,
        corrects=row["corrects_id"],
    )


def change(connection: Connection, firm_id: UUID, ids: Collection[UUID], **values: Any) -> None:
    """Change expenses; their version rises."""
    connection.execute(
        update(expense)
        .where(expense.c.firm_id == firm_id, expense.c.id.in_(ids))
        .values(version=expense.c.version + 1, **values)
    )


def remove(connection: Connection, firm_id: UUID, expense_id: UUID) -> None:
    """Take an expense back; the audit keeps what it said."""
    connection.execute(
        delete(expense_editor).where(
            expense_editor.c.firm_id == firm_id, expense_editor.c.expense_id == expense_id
        )
    )
    connection.execute(delete(expense).where(expense.c.firm_id == firm_id, expense.c.id == expense_id))


def link_costs(connection: Connection, firm_id: UUID, costs: Mapping[UUID, UUID]) -> None:
    """Say which costs of the contract expenses are, expense → cost."""
    connection.execute(
        insert(expense_cost),
        [{"firm_id": firm_id, "expense_id": key, "job_cost_id": cost} for key, cost in costs.items()],
    )


def note_editors(
    connection: Connection, firm_id: UUID, expense_ids: Sequence[UUID], people: Collection[UUID]
) -> None:
    """Remember who said expenses otherwise, or handed over the file that they came from."""
    rows = [
        {"firm_id": firm_id, "expense_id": key, "person_id": person}
        for key in expense_ids
        for person in people
    ]
    if rows:
        connection.execute(upsert(expense_editor).on_conflict_do_nothing(), rows)


def open_again(connection: Connection, firm_id: UUID, cost_ids: Collection[UUID]) -> Sequence[UUID]:
    """Open the expenses again whose costs, these, were sent back; returns them."""
    rows = connection.execute(
        update(expense)
        .where(
            expense.c.firm_id == firm_id,
            expense.c.state == "approved",
            exists().where(
                expense_cost.c.firm_id == expense.c.firm_id,
                expense_cost.c.expense_id == expense.c.id,
                expense_cost.c.job_cost_id.in_(cost_ids),
            ),
        )
        .values(state="open", decided_by=None, decided_on=None, version=expense.c.version + 1)
        .returning(expense.c.id)
    )
    return sorted(row.id for row in rows)


def costs_of(connection: Connection, firm_id: UUID, expense_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """The costs of the contract that expenses are, by expense; none that was sent back."""
    rows = connection.execute(_live_costs(firm_id).where(expense_cost.c.expense_id.in_(expense_ids)))
    return {row.expense_id: row.job_cost_id for row in rows}


def count(connection: Connection, firm_id: UUID, contract_id: UUID) -> int:
    """How many expenses a contract has."""
    found: int = connection.execute(
        select(func.count()).where(expense.c.firm_id == firm_id, expense.c.contract_id == contract_id)
    ).scalar_one()
    return found

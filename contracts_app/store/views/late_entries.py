"""Time, expenses and costs that came in when their month was closed, and the month they are posted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, ScalarSelect, Table, func, literal, null, select, union_all

from contracts_app.store.billing_tables import time_entry
from contracts_app.store.closing_tables import late_entry
from contracts_app.store.cost_tables import job_cost
from contracts_app.store.expense_tables import expense
from contracts_app.store.tables import contract, person

LATEST = 5_000
"""How many entries a list has at most; the file of a month goes as far."""


@dataclass(frozen=True)
class LateEntry:
    """An entry of a closed month. Time in whole seconds, or an amount in its currency."""

    posted_to: date
    kind: str
    day: date
    entered_at: datetime
    contract_id: UUID
    number: str
    what: str
    state: str
    entered_by: str
    seconds: int | None
    amount: Decimal | None
    currency: str | None


def posted_to(kind: str, table: Table) -> ScalarSelect[Any]:
    """For a statement about `table`: the month that its row is posted to, where it is not that of its day."""
    return (
        select(late_entry.c.posted_to)
        .where(
            late_entry.c.firm_id == table.c.firm_id,
            late_entry.c.kind == kind,
            late_entry.c.record_id == table.c.id,
        )
        .scalar_subquery()
    )


def late_entries(
    connection: Connection, firm_id: UUID, posted_month: date | None = None
) -> Sequence[LateEntry]:
    """Those posted to a month, or all, the last month first; at most `LATEST` + 1.

    What was taken back or replaced by its parts since is not among them.
    """
    parts = []
    for kind, table, what, by, seconds, amount, currency in (
        (
            "time",
            time_entry,
            time_entry.c.person,
            time_entry.c.entered_by,
            time_entry.c.seconds,
            null(),
            null(),
        ),
        (
            "expense",
            expense,
            expense.c.person,
            expense.c.entered_by,
            null(),
            expense.c.amount,
            expense.c.currency,
        ),
        (
            "cost",
            job_cost,
            job_cost.c.description,
            job_cost.c.recorded_by,
            null(),
            job_cost.c.gross - job_cost.c.recoverable_tax,
            job_cost.c.currency,
        ),
    ):
        parts.append(
            select(
                late_entry.c.posted_to,
                literal(kind).label("kind"),
                late_entry.c.day,
                late_entry.c.entered_at,
                table.c.contract_id,
                contract.c.number,
                what.label("what"),
                table.c.state,
                person.c.name.label("entered_by"),
                seconds.label("seconds"),
                amount.label("amount"),
                currency.label("currency"),
                late_entry.c.record_id,
            )
            .join(table, (table.c.firm_id == late_entry.c.firm_id) & (table.c.id == late_entry.c.record_id))
            .join(contract, (contract.c.firm_id == table.c.firm_id) & (contract.c.id == table.c.contract_id))
            .join(person, (person.c.firm_id == table.c.firm_id) & (person.c.id == by))
            .where(late_entry.c.firm_id == firm_id, late_entry.c.kind == kind, table.c.state != "replaced")
        )
    every = union_all(*parts).subquery()
    statement = select(every).order_by(
        every.c.posted_to.desc(), every.c.number, every.c.day, every.c.entered_at, every.c.record_id
    )
    if posted_month is not None:
        statement = statement.where(every.c.posted_to == posted_month)
    return [LateEntry(*tuple(row)[:-1]) for row in connection.execute(statement.limit(LATEST + 1))]


def posted_after(connection: Connection, firm_id: UUID, day: date) -> int:
    """How many entries are dated to this day and posted after it."""
    return connection.execute(
        select(func.count()).where(
            late_entry.c.firm_id == firm_id, late_entry.c.day <= day, late_entry.c.posted_to > day
        )
    ).scalar_one()

"""Each project manager's word on the figures of his contracts, while a month is being closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.closing.accrual import Accrued
from contracts_app.domain.closing.checklist import Item
from contracts_app.domain.closing.periods import PeriodState, called, last_day
from contracts_app.domain.commands.closing_commands import ReviewAccrual
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.refusals import Refused, not_allowed, not_found
from contracts_app.domain.roles import Role
from contracts_app.services import people
from contracts_app.services.accruals import accrual
from contracts_app.store import closing
from contracts_app.store.closing_tables import accounting_period, accrual_review
from contracts_app.store.transaction import Transaction
from contracts_app.store.views import closing_page, kept_accruals


def review_accrual(tx: Transaction, body: ReviewAccrual) -> Outcome:
    """Confirm a contract's figures, or remark on them, by its own project manager; by a controller where it
    has none. Raises Refused unless the month is being closed and the figures are those that were seen."""
    row = closing.find(tx.connection, tx.firm_id, body.first_day)
    name = called(body.first_day)
    if row is None or tx.lock(accounting_period, row["id"], "month")["state"] != PeriodState.soft_closed:
        raise Refused("period_not_being_closed", f"Figures are reviewed while {name} is being closed.")
    rows = accrual(tx.connection, tx.firm_id, last_day(body.first_day)).rows
    found = next((one for one in rows if one.contract_id == body.contract_id), None)
    if found is None:
        raise not_found("contract")
    if not may_review(found, people.actor(tx).id, people.actor(tx).roles):
        manager = found.manager_id
        by = people.name_of(tx.connection, tx.firm_id, manager) if manager else "a controller"
        raise not_allowed(f"The figures of {found.number} are reviewed by {by}.")
    if found.figures != body.figures:
        raise Refused(
            "figures_changed", f"The figures of {found.number} are others by now: look at them again."
        )
    review_id = tx.new_id("accrual_review")
    values = {
        "id": review_id,
        "period_id": row["id"],
        "contract_id": body.contract_id,
        "figures": body.figures,
        "remark": body.remark,
        "reviewed_by": tx.by,
    }
    tx.insert(accrual_review, **values)
    tx.record("accrual_review", review_id, 1, "review_accrual", None, None, {}, values, body.remark)
    return Outcome(done=True, result={"month": body.month, "contract_id": str(body.contract_id)})


def may_review(row: Accrued, person_id: UUID, roles: frozenset[Role]) -> bool:
    """Whether this person may say so of a contract."""
    if row.manager_id is None:
        return Role.controller in roles
    return row.manager_id == person_id


def left(connection: Connection, firm_id: UUID, month: date, state: str) -> Mapping[Item, int]:
    """How much of each item of the checklist there is; reviews count from when the month is being closed."""
    found = closing_page.left(connection, firm_id, last_day(month))
    if state != PeriodState.soft_closed:
        return found
    said = kept_accruals.reviews(connection, firm_id, month)
    rows = accrual(connection, firm_id, last_day(month)).rows
    lacking = [row for row in rows if row.contract_id not in said or not said[row.contract_id].of(row)]
    return {**found, Item.reviews: len(lacking)}

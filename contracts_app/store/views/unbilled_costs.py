"""Unbilled costs: what lines billed at cost have spent that no issued invoice has, per contract, read for all
contracts at once. The fee comes on top."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, case, func, or_, select, true

from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.reports.unbilled_age import Aged, Unbilled, by_age
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.store.cost_tables import cost_claim, job_cost
from contracts_app.store.job_costs import GONE
from contracts_app.store.tables import client, contract, invoice, person, sov_line
from contracts_app.store.views.job_cost_page import CostStands
from contracts_app.store.views.unbilled import InHand, in_hand_of

_STANDS = case(
    (job_cost.c.held_reason.is_not(None), CostStands.held.value),
    (cost_claim.c.invoice_id.is_not(None), CostStands.claimed.value),
    (job_cost.c.state == "open", CostStands.waits.value),
    else_=CostStands.unbilled.value,
)


@dataclass(frozen=True)
class Standing:
    """Costs of a contract that stand alike: as they are billed or would be, and how many."""

    amount: Decimal = ZERO
    costs: int = 0


@dataclass(frozen=True)
class UnbilledCosts:
    """The unbilled costs of a contract in its currency, without the fee, as written up or down.

    `to_bill` is approved, `drafted` on the open draft. `written` is what they cost more than is billed of
    them: below zero where more is billed. `aged` is all of them by the days since they were incurred.
    """

    contract_id: UUID
    number: str
    title: str
    client: str
    project_manager: str | None
    currency: str
    to_bill: Standing
    waits: Standing
    held: Standing
    drafted: Standing
    written: Decimal
    in_hand: InHand | None
    aged: Sequence[Aged]

    @property
    def all(self) -> Decimal:
        """Everything that was spent for the client and not issued."""
        return total(one.amount for one in (self.to_bill, self.waits, self.held, self.drafted))


def unbilled_costs(
    connection: Connection, firm_id: UUID, today: date, only: Collection[UUID] | None = None
) -> Sequence[UnbilledCosts]:
    """Every contract in force (or `only` these) with costs that the client pays and no issued invoice has, by
    number, in two queries."""
    cost = job_cost.c.gross - job_cost.c.recoverable_tax
    billed = func.coalesce(job_cost.c.billed, cost)
    rows = connection.execute(
        select(
            contract.c.id,
            contract.c.number,
            contract.c.title,
            client.c.name.label("client"),
            person.c.name.label("manager"),
            job_cost.c.currency,
            job_cost.c.incurred_on,
            _STANDS.label("stands"),
            func.sum(billed).label("amount"),
            func.sum(cost - billed).label("written"),
            func.count().label("costs"),
        )
        .select_from(job_cost)
        .join(
            sov_line, (sov_line.c.firm_id == job_cost.c.firm_id) & (sov_line.c.id == job_cost.c.sov_line_id)
        )
        .join(
            contract, (contract.c.firm_id == job_cost.c.firm_id) & (contract.c.id == job_cost.c.contract_id)
        )
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .outerjoin(
            person,
            (person.c.firm_id == contract.c.firm_id) & (person.c.id == contract.c.project_manager_id),
        )
        .outerjoin(
            cost_claim,
            (cost_claim.c.firm_id == job_cost.c.firm_id) & (cost_claim.c.job_cost_id == job_cost.c.id),
        )
        .outerjoin(
            invoice, (invoice.c.firm_id == cost_claim.c.firm_id) & (invoice.c.id == cost_claim.c.invoice_id)
        )
        .where(
            job_cost.c.firm_id == firm_id,
            job_cost.c.billable,
            job_cost.c.state.not_in(GONE),
            sov_line.c.basis == Basis.cost_plus.value,
            contract.c.state == "active",
            true() if only is None else contract.c.id.in_(only),
            or_(cost_claim.c.invoice_id.is_(None), invoice.c.state.in_([one.value for one in NOT_OUT])),
        )
        .group_by(
            contract.c.id,
            contract.c.number,
            contract.c.title,
            client.c.name,
            person.c.name,
            job_cost.c.currency,
            job_cost.c.incurred_on,
            _STANDS,
        )
        .order_by(contract.c.number, job_cost.c.incurred_on)
    ).all()
    drafts = in_hand_of(connection, firm_id, {row.id for row in rows})
    by_contract: dict[UUID, list[Any]] = {}
    for row in rows:
        by_contract.setdefault(row.id, []).append(row)
    found = []
    for contract_id, own in by_contract.items():
        stands = {
            each: Standing(
                total(row.amount for row in own if row.stands == each),
                sum(row.costs for row in own if row.stands == each),
            )
            for each in (CostStands.unbilled, CostStands.waits, CostStands.held, CostStands.claimed)
        }
        found.append(
            UnbilledCosts(
                contract_id=contract_id,
                number=own[0].number,
                title=own[0].title,
                client=own[0].client,
                project_manager=own[0].manager,
                currency=own[0].currency,
                to_bill=stands[CostStands.unbilled],
                waits=stands[CostStands.waits],
                held=stands[CostStands.held],
                drafted=stands[CostStands.claimed],
                written=total(row.written for row in own),
                in_hand=drafts.get(contract_id),
                aged=by_age((Unbilled(worked_on=row.incurred_on, amount=row.amount) for row in own), today)[
                    0
                ],
            )
        )
    return found

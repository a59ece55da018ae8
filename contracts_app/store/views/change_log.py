"""The log of change orders: of one contract or of all, and what is pending in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.changes.change_pricing import ChangePricing, PricedChange, price
from contracts_app.domain.commands.agreement_commands import ScheduleRow
from contracts_app.domain.funding.agreed_caps import CapChange
from contracts_app.domain.money import ZERO, total
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.domain.transitions import CHANGE_ORDER, possible
from contracts_app.store.tables import change_order, contract, person, sov_line

PENDING = ("potential", "requested", "submitted")
"""States of change orders that may still change the contract, in their order."""


@dataclass(frozen=True)
class ChangeOrderRow:
    """A change order as agreed or not."""

    contract_id: UUID
    contract_number: str
    currency: str
    number: str
    title: str
    amount: Decimal
    state: str
    submitted_on: date | None
    executed_on: date | None
    reason: str | None
    schedule_days: int | None
    lines: int
    """How many it has brought into the schedule."""
    raises: str | None
    """The number of the line whose value it changes; None: lines of its own."""
    proposed_by: str | None
    proposed_by_id: UUID | None
    rates: Sequence[RateRow]
    becomes: Sequence[ScheduleRow]
    """The lines it becomes; empty: one at its amount."""
    pricing: ChangePricing | None
    priced_by: str | None
    priced_by_id: UUID | None
    priced_on: date | None
    decided_because: str | None
    caps: Sequence[CapChange]
    """What it adds to limits of the terms."""

    @property
    def open(self) -> bool:
        """Whether it can still change the contract."""
        return self.state in PENDING

    @property
    def may_be(self) -> Sequence[str]:
        """The commands that its state leaves open."""
        return possible(CHANGE_ORDER, self.state)

    @property
    def priced(self) -> PricedChange | None:
        """What its items come to; None where it was not priced here."""
        return None if self.pricing is None else price(self.pricing, self.currency)


@dataclass(frozen=True)
class Exposure:
    """What pending change orders may add, by state, in one currency."""

    currency: str
    potential: Decimal
    requested: Decimal
    submitted: Decimal
    days: int
    count: int

    @property
    def pending(self) -> Decimal:
        """All of it."""
        return total((self.potential, self.requested, self.submitted))


def change_orders(
    connection: Connection, firm_id: UUID, contract_id: UUID | None = None, *, only_pending: bool = False
) -> Sequence[ChangeOrderRow]:
    """Every change order of a contract, or of all contracts that are not closed, by contract and number."""
    raised, pricer = sov_line.alias("raised"), person.alias("pricer")

    def of(table: Any, column: Any) -> Any:
        return (table.c.firm_id == change_order.c.firm_id) & (table.c.id == column)

    lines = (
        select(func.count())
        .select_from(sov_line)
        .where(sov_line.c.firm_id == change_order.c.firm_id, sov_line.c.change_order_id == change_order.c.id)
        .scalar_subquery()
    )
    statement = (
        select(
            change_order,
            lines.label("brought"),
            person.c.name.label("proposer_name"),
            pricer.c.name.label("pricer_name"),
            raised.c.item_no,
            contract.c.number.label("contract_number"),
            contract.c.terms["currency"].astext.label("currency"),
        )
        .join(contract, of(contract, change_order.c.contract_id))
        .outerjoin(person, of(person, change_order.c.proposed_by))
        .outerjoin(pricer, of(pricer, change_order.c.priced_by))
        .outerjoin(raised, of(raised, change_order.c.raises_line_id))
        .where(change_order.c.firm_id == firm_id)
        .order_by(contract.c.number, change_order.c.number)
    )
    if contract_id is None:
        statement = statement.where(contract.c.state != "closed")
    else:
        statement = statement.where(change_order.c.contract_id == contract_id)
    if only_pending:
        statement = statement.where(change_order.c.order_state.in_(PENDING))
    return [
        ChangeOrderRow(
            contract_id=row.contract_id,
            contract_number=row.contract_number,
            currency=row.currency,
            number=row.number,
            title=row.title,
            amount=row.amount,
            state=row.order_state,
            submitted_on=row.submitted_on,
            executed_on=row.executed_on,
            reason=row.reason,
            schedule_days=row.schedule_days,
            lines=row.brought,
            raises=row.item_no,
            proposed_by=row.proposer_name,
            proposed_by_id=row.proposed_by,
            rates=[RateRow.model_validate_json(json.dumps(rate)) for rate in row.rates],
            becomes=[ScheduleRow.model_validate_json(json.dumps(line)) for line in row.lines],
            pricing=ChangePricing.model_validate_json(json.dumps(row.pricing)) if row.pricing else None,
            priced_by=row.pricer_name,
            priced_by_id=row.priced_by,
            priced_on=row.priced_on,
            decided_because=row.decided_because,
            caps=[CapChange.model_validate(change) for change in row.caps],
        )
        for row in connection.execute(statement)
    ]


def exposure(orders: Iterable[ChangeOrderRow], currency: str) -> Exposure:
    """What the pending ones among these may add, of those in this currency."""
    pending = [one for one in orders if one.open and one.currency == currency]
    by_state = {
        state: total((ZERO, *(one.amount for one in pending if one.state == state))) for state in PENDING
    }
    days = sum(one.schedule_days or 0 for one in pending)
    return Exposure(currency=currency, **by_state, days=days, count=len(pending))

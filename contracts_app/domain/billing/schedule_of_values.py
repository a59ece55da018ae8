"""Schedule of values, change orders and the contract sum to date (docs/SPEC-pay-application.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, model_validator

from contracts_app.domain.billing.recurring import RecurringTerms
from contracts_app.domain.billing.unit_price import UnitPrice
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.contract import RetainageRate
from contracts_app.domain.cost_plus.terms import CostPlusTerms
from contracts_app.domain.funding.agreed_caps import CapChange
from contracts_app.domain.money import ZERO, Amount, opposite, total
from contracts_app.domain.names import Name
from contracts_app.domain.tax.contract_tax import LineTaxChoice


class Basis(StrEnum):
    """What a line is billed by: work reported as an amount or a percentage, measured quantities, a fee for
    each period, approved milestones, time at the rate card, or cost plus a fee."""

    lump_sum = "lump_sum"
    milestone = "milestone"
    time_and_materials = "time_and_materials"
    percent_complete = "percent_complete"
    unit_price = "unit_price"
    recurring = "recurring"
    cost_plus = "cost_plus"


def agrees_with_basis(
    basis: Basis,
    unit_price: UnitPrice | None,
    recurring: RecurringTerms | None,
    cost_plus: CostPlusTerms | None = None,
) -> None:
    """Raise ValueError where the terms that a basis needs are missing, or stand on a line of another."""
    if (unit_price is not None) is not (basis is Basis.unit_price):
        raise ValueError(
            "a line billed by unit price, and no other, has a unit, a price and an estimated quantity"
        )
    if (recurring is not None) is not (basis is Basis.recurring):
        raise ValueError("a recurring line, and no other, has an amount per period and an anchor date")
    if (cost_plus is not None) is not (basis is Basis.cost_plus):
        raise ValueError("a line billed at cost plus a fee, and no other, has a fee on its costs")


def ends_when_said(basis: Basis, recurring: RecurringTerms | None) -> bool:
    """Whether the value of a line of this basis does not tell that it is billed in full: somebody says so."""
    if recurring is not None:
        return recurring.ends_on is None
    return basis in (Basis.time_and_materials, Basis.unit_price, Basis.cost_plus)


MAY_BE_AN_ESTIMATE = (Basis.time_and_materials, Basis.cost_plus)
"""Bases of lines whose scheduled value is a limit, or by agreement only an estimate."""


class SovLine(BaseModel):
    """One line of the schedule of values (a phase of a consulting contract).

    On a line billed by time or at cost the scheduled value is the not-to-exceed amount, or without
    `not_to_exceed` an estimate. On a unit-price line it is the estimated quantity at the unit price, and no
    limit.

    `change_order` is the number of the executed change order that brought the line, None for a base line.
    `retainage_rate` overrides the contract's rates for this line (an explicit 0 exempts it).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: UUID
    item_no: Name
    position: int
    description: str
    scheduled_value: Amount
    change_order: str | None = None
    retainage_rate: RetainageRate | None = None
    basis: Basis = Basis.lump_sum
    not_to_exceed: bool = True
    unit_price: Annotated[UnitPrice | None, ADDED_LATER] = None
    recurring: Annotated[RecurringTerms | None, ADDED_LATER] = None
    cost_plus: Annotated[CostPlusTerms | None, ADDED_LATER] = None
    tax: Annotated[LineTaxChoice | None, ADDED_LATER] = None

    @model_validator(mode="after")
    def _has_its_terms(self) -> SovLine:
        agrees_with_basis(self.basis, self.unit_price, self.recurring, self.cost_plus)
        return self

    @property
    def cap(self) -> Decimal | None:
        """The amount that billing never passes; None for an estimate."""
        if self.basis is Basis.unit_price:
            return None
        if self.basis in MAY_BE_AN_ESTIMATE and not self.not_to_exceed:
            return None
        return self.scheduled_value

    @property
    def ends_when_said(self) -> bool:
        """Whether its scheduled value does not tell that it is billed in full: somebody says so."""
        return ends_when_said(self.basis, self.recurring)


class ChangeOrderState(StrEnum):
    """A change order enters the contract sum only when executed."""

    potential = "potential"
    requested = "requested"
    submitted = "submitted"
    executed = "executed"
    rejected = "rejected"
    void = "void"


class ChangeOrder(BaseModel):
    """A change to the contract sum. `amount` is signed: additions positive, deductions negative.

    An executed change order is a line of its own, or it changes the scheduled value of the line `raises`
    (an amendment that raises a not-to-exceed amount). `caps` are what it adds to
    caps of the contract's terms.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    title: str
    amount: Amount
    state: ChangeOrderState
    executed_on: date | None = None
    raises: UUID | None = None
    caps: Annotated[tuple[CapChange, ...], ADDED_LATER] = ()


class ChangeOrderSummary(BaseModel):
    """The change order box of an application: each change order, netted, lands in one column by sign."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    additions_before: Amount = ZERO
    deductions_before: Amount = ZERO
    additions_this_period: Amount = ZERO
    deductions_this_period: Amount = ZERO

    @property
    def net(self) -> Decimal:
        """Line 2: net change by change orders."""
        return total(
            (
                self.additions_before,
                self.additions_this_period,
                opposite(self.deductions_before),
                opposite(self.deductions_this_period),
            )
        )


def in_force(change_orders: Iterable[ChangeOrder], period_to: date) -> tuple[ChangeOrder, ...]:
    """The executed change orders that count in a period ending on `period_to` (that day included)."""
    return tuple(
        order
        for order in change_orders
        if order.state is ChangeOrderState.executed
        and order.executed_on is not None
        and order.executed_on <= period_to
    )


def schedule_in_force(
    lines: Iterable[SovLine], orders: Sequence[ChangeOrder], moves: Mapping[UUID, Decimal] | None = None
) -> tuple[SovLine, ...]:
    """The schedule that these change orders in force make: their own lines, and the lines they raise.

    `moves` is what revisions in force moved, line → amount.
    """
    counted = {order.number for order in orders}
    raised: dict[UUID, Decimal] = dict(moves or {})
    for order in orders:
        if order.raises is not None:
            raised[order.raises] = total((raised.get(order.raises, ZERO), order.amount))
    return tuple(
        line.model_copy(update={"scheduled_value": total((line.scheduled_value, raised[line.id]))})
        if line.id in raised
        else line
        for line in lines
        if line.change_order is None or line.change_order in counted
    )


def summarise(orders: Sequence[ChangeOrder], previous_period_to: date | None) -> ChangeOrderSummary:
    """Split change orders in force into those of earlier periods and those new in this one."""
    before = [
        o.amount
        for o in orders
        if previous_period_to and o.executed_on and o.executed_on <= previous_period_to
    ]
    now = [
        o.amount
        for o in orders
        if o.executed_on and not (previous_period_to and o.executed_on <= previous_period_to)
    ]
    return ChangeOrderSummary(
        additions_before=total(a for a in before if a > ZERO),
        deductions_before=opposite(total(a for a in before if a < ZERO)),
        additions_this_period=total(a for a in now if a > ZERO),
        deductions_this_period=opposite(total(a for a in now if a < ZERO)),
    )

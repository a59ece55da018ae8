"""Schedule of values, change orders and the contract sum to date (docs/SPEC-pay-application.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.contract import Name, RetainageRate
from contracts_app.domain.money import ZERO, Amount, opposite, total


class Basis(StrEnum):
    """What a line is billed by: work reported, approved milestones, or time at the rate card."""

    lump_sum = "lump_sum"
    milestone = "milestone"
    time_and_materials = "time_and_materials"


class SovLine(BaseModel):
    """One line of the schedule of values (a phase of a consulting contract).

    On a time-and-materials line the scheduled value is the not-to-exceed amount, or without `not_to_exceed`
    an estimate.

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

    @property
    def cap(self) -> Decimal | None:
        """The amount that billing never passes; None for an estimate."""
        if self.basis is Basis.time_and_materials and not self.not_to_exceed:
            return None
        return self.scheduled_value


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
    (an amendment that raises a not-to-exceed amount).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    title: str
    amount: Amount
    state: ChangeOrderState
    executed_on: date | None = None
    raises: UUID | None = None


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


def schedule_in_force(lines: Iterable[SovLine], orders: Sequence[ChangeOrder]) -> tuple[SovLine, ...]:
    """The schedule that these change orders in force make: their own lines, and the lines they raise."""
    counted = {order.number for order in orders}
    raised: dict[UUID, Decimal] = {}
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

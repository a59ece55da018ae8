"""Work in progress of one contract: how far it is, what is earned, over- or underbilled, and a loss to come.

Rules and worked numbers stand in docs/SPEC-work-in-progress.md. Everything is cumulative to date from the
estimates of the day, so a changed estimate is caught up with in the period in which it changes and earlier
reports stay as they were. Amounts are in the contract's currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.billing.schedule_of_values import ChangeOrder, ChangeOrderState, in_force
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Rate,
    UnsignedAmount,
    UnsignedRate,
    fraction_of,
    less,
    opposite,
    require_at_scale,
    round_to,
    share,
    total,
)
from contracts_app.domain.names import Name
from contracts_app.domain.refusals import wrong_content

ONE = Decimal(1)
_PENDING = (ChangeOrderState.potential, ChangeOrderState.requested, ChangeOrderState.submitted)


Cost = UnsignedAmount
Quantity = UnsignedRate


class CostToCost(BaseModel):
    """Progress is the cost to date over the estimated total cost, without what shows no progress."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    by: Literal["cost_to_cost"] = "cost_to_cost"


class Quantities(BaseModel):
    """Progress is what is done over what there is to do: units delivered, or hours of labour."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    by: Literal["units", "labour_hours"]
    done: Quantity
    whole: Quantity

    @model_validator(mode="after")
    def _within(self) -> Quantities:
        if self.done > self.whole:
            raise ValueError("more is done than there is to do: raise the estimate of the whole first")
        return self


class WeighedMilestone(BaseModel):
    """A milestone, what it weighs against the others (its value, say), and whether it is achieved."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    weight: Cost
    achieved: bool


class MilestonesAchieved(BaseModel):
    """Progress is the weight of the milestones achieved over the weight of all."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    by: Literal["milestones"]
    milestones: Annotated[tuple[WeighedMilestone, ...], Field(min_length=1, max_length=2000)]


class Surveyed(BaseModel):
    """Progress as somebody surveyed it on site, a fraction of one (0.45 = 45 %)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    by: Literal["physical"]
    complete: Quantity

    @model_validator(mode="after")
    def _a_fraction(self) -> Surveyed:
        if self.complete > ONE:
            raise ValueError("progress is a fraction from 0 to 1, e.g. 0.45 for 45 %")
        return self


Measure: TypeAlias = Annotated[
    CostToCost | Quantities | MilestonesAchieved | Surveyed, Field(discriminator="by")
]


class Costs(BaseModel):
    """What the contract cost to date and will yet cost.

    `uninstalled` is material in the cost to date that the client controls and that is not built in;
    `wasted` is cost to date that brought no progress and was not in the price. Material that is still ours
    is stock: it is no cost to date, but it is in the cost to complete.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    to_date: Cost
    to_complete: Cost
    uninstalled: Cost = ZERO
    wasted: Cost = ZERO

    @model_validator(mode="after")
    def _parts_of_the_cost(self) -> Costs:
        if total((self.uninstalled, self.wasted)) > self.to_date:
            raise ValueError("uninstalled material and waste are parts of the cost to date")
        return self

    @property
    def estimated_total(self) -> Decimal:
        """Cost to date and cost to complete, with everything."""
        return total((self.to_date, self.to_complete))


class UnpricedChange(BaseModel):
    """Work that is agreed and has no agreed price yet, or a claim.

    It counts only where it is `enforceable`, an addition up to the part that will probably not be taken back
    (`constrained_to`), a deduction in full.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    estimated: Amount
    enforceable: bool
    constrained_to: Cost = ZERO

    @model_validator(mode="after")
    def _within_the_estimate(self) -> UnpricedChange:
        if self.constrained_to > max(self.estimated, ZERO):
            raise ValueError("the part that counts is at most the estimate, and a deduction counts in full")
        return self

    @property
    def counted(self) -> Decimal:
        """What the contract price includes of it."""
        if not self.enforceable:
            return ZERO
        return min(self.estimated, self.constrained_to)


class Position(BaseModel):
    """One contract on the day of the report. `billed` is gross: with the retainage that is held of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    original_sum: Amount
    change_orders: tuple[ChangeOrder, ...] = ()
    unpriced: tuple[UnpricedChange, ...] = ()
    measure: Measure = CostToCost()
    costs: Costs
    billed: Amount
    retainage_held: Amount = ZERO


class Standing(StrEnum):
    """Earned more than billed (a contract asset), billed more than earned (a contract liability), or even."""

    underbilled = "underbilled"
    overbilled = "overbilled"
    even = "even"


class WorkInProgress(BaseModel):
    """What a contract has come to. `earned` − `billed` is `underbilled` where it is above zero, and without
    its sign `overbilled` where it is below; both are never netted with those of another contract.

    `complete` is a fraction for display, None where there is nothing to measure by; no figure is made from
    it. `gross_profit` is cumulative and includes the `provision` for the rest of an expected loss.
    `pending` is what change orders not executed, and the part of unpriced ones that does not count, come to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    original_sum: Amount
    change_orders: Amount
    unpriced: Amount
    price: Amount
    pending: Amount
    estimated_cost: Amount
    estimated_gross_profit: Amount
    cost_to_date: Amount
    complete: Rate | None
    earned: Amount
    gross_profit: Amount
    provision: Amount
    billed: Amount
    retainage_held: Amount
    standing: Standing
    underbilled: Amount
    overbilled: Amount
    backlog: Amount


def measured(measure: Measure, costs: Costs) -> tuple[Decimal, Decimal]:
    """What is done and the whole of it; a whole of zero is nothing to measure by."""
    if isinstance(measure, CostToCost):
        without = (costs.uninstalled, costs.wasted)
        return less(costs.to_date, *without), less(costs.estimated_total, *without)
    if isinstance(measure, Quantities):
        return measure.done, measure.whole
    if isinstance(measure, MilestonesAchieved):
        achieved = total(each.weight for each in measure.milestones if each.achieved)
        return achieved, total(each.weight for each in measure.milestones)
    return measure.complete, ONE


def earned(price: Decimal, done: Decimal, whole: Decimal, uninstalled: Decimal, currency: str) -> Decimal:
    """Revenue to date: uninstalled material at its cost, the rest of the price by the progress, rounded once.

    With a whole of zero nothing but the material is earned.
    """
    at_cost = min(uninstalled, price)
    by_progress = fraction_of(less(price, at_cost), done, whole) if whole else ZERO
    return round_to(total((at_cost, by_progress)), currency)


def loss_provision(
    price: Decimal, estimated_cost: Decimal, earned_to_date: Decimal, cost_to_date: Decimal
) -> Decimal:
    """What of an expected loss is not yet in the figures: the whole loss less cost to date over earned.

    Profit recognised before is added, since it is taken back. Never below zero: where waste already cost
    more than the contract will lose, the rest of it earns something back.
    """
    loss = less(estimated_cost, price)
    if loss <= ZERO:
        return ZERO
    return max(less(loss, less(cost_to_date, earned_to_date)), ZERO)


def work_in_progress(position: Position, as_of: date, currency: str) -> WorkInProgress:
    """The contract as of the end of a day. Raises Refused for amounts with more decimals than the currency
    has, and for a contract sum below zero."""
    require_at_scale(_given(position), currency)
    executed = total(order.amount for order in in_force(position.change_orders, as_of))
    unpriced = total(change.counted for change in position.unpriced)
    price = total((position.original_sum, executed, unpriced))
    if price < ZERO:
        raise wrong_content(
            "contract_sum_negative",
            f"The contract sum of {position.number} is below zero: look at its changes.",
        )
    costs = position.costs
    done, whole = measured(position.measure, costs)
    revenue = earned(price, done, whole, costs.uninstalled, currency)
    provision = loss_provision(price, costs.estimated_total, revenue, costs.to_date)
    over = less(position.billed, revenue)
    return WorkInProgress(
        number=position.number,
        original_sum=position.original_sum,
        change_orders=executed,
        unpriced=unpriced,
        price=price,
        pending=_pending(position, as_of),
        estimated_cost=costs.estimated_total,
        estimated_gross_profit=less(price, costs.estimated_total),
        cost_to_date=costs.to_date,
        complete=share(done, whole) if whole else None,
        earned=revenue,
        gross_profit=less(revenue, costs.to_date, provision),
        provision=provision,
        billed=position.billed,
        retainage_held=position.retainage_held,
        standing=_standing(over),
        underbilled=opposite(over) if over < ZERO else ZERO,
        overbilled=max(ZERO, over),
        backlog=less(price, revenue),
    )


def _given(position: Position) -> Iterable[Decimal]:
    costs = position.costs
    yield from (position.original_sum, position.billed, position.retainage_held)
    yield from (costs.to_date, costs.to_complete, costs.uninstalled, costs.wasted)
    yield from (order.amount for order in position.change_orders)
    yield from (change.estimated for change in position.unpriced)
    yield from (change.constrained_to for change in position.unpriced)


def _pending(position: Position, as_of: date) -> Decimal:
    """What may still come: orders under way, those executed later, and what the constraint keeps out."""
    counted = {order.number for order in in_force(position.change_orders, as_of)}
    under_way = (
        order.amount
        for order in position.change_orders
        if order.number not in counted
        and (order.state in _PENDING or order.state is ChangeOrderState.executed)
    )
    kept_out = (less(change.estimated, change.counted) for change in position.unpriced)
    return total((*under_way, *kept_out))


def _standing(over: Decimal) -> Standing:
    if over > ZERO:
        return Standing.overbilled
    return Standing.underbilled if over < ZERO else Standing.even

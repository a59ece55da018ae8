"""The price of a change order: additions and deductions net first, and land in one column by sign.

What bears profit is a term of the contract: everything, additions only, or a net increase only (the usual
general conditions). Rules and worked numbers: docs/SPEC-change-orders.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.schedule_of_values import ChangeOrder, ChangeOrderState
from contracts_app.domain.changes.change_terms import ProfitOn as ProfitOn
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
    UnsignedAmount,
    less,
    multiply,
    opposite,
    require_at_scale,
    round_to,
    total,
)
from contracts_app.domain.names import Name


class Column(StrEnum):
    """The column of the change order summary; none for a change that comes to nothing."""

    additions = "additions"
    deductions = "deductions"
    none = "none"


class ChangeItem(BaseModel):
    """A cost that a change adds, or with `deducts` one that it saves. `with_profit`: the amount has its
    markup already and bears no other."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    what: Name
    amount: UnsignedAmount
    deducts: bool = False
    with_profit: bool = False


class ChangePricing(BaseModel):
    """What a change order consists of: its items, the profit on them and the days it adds to the schedule
    (negative where the work is done earlier)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    items: tuple[ChangeItem, ...]
    profit: Fraction = ZERO
    profit_on: ProfitOn = ProfitOn.everything
    days: int = 0


class PricedChange(BaseModel):
    """A priced change order; `amount` = additions − deductions + profit is signed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    additions: Amount
    deductions: Amount
    profit: Amount
    amount: Amount
    column: Column
    days: int


def price(pricing: ChangePricing, currency: str) -> PricedChange:
    """The change order's price; profit rounds once. Raises Refused for an amount with too many decimals."""
    require_at_scale((item.amount for item in pricing.items), currency)
    added = total(item.amount for item in pricing.items if not item.deducts)
    saved = total(item.amount for item in pricing.items if item.deducts)
    profit = round_to(multiply(_bears_profit(pricing), pricing.profit), currency)
    amount = total((less(added, saved), profit))
    return PricedChange(
        additions=added,
        deductions=saved,
        profit=profit,
        amount=amount,
        column=column_of(amount),
        days=pricing.days,
    )


def column_of(amount: Decimal) -> Column:
    """Where a change order stands in the summary: by the sign of what it comes to."""
    if amount.is_zero():
        return Column.none
    return Column.additions if amount > ZERO else Column.deductions


def completion_day(agreed: date, days: Iterable[int]) -> date:
    """The day of completion after executed change orders moved it by so many days each."""
    return agreed + timedelta(days=sum(days))


def enters_with(order: ChangeOrder, period_ends: Sequence[date]) -> date | None:
    """The end of the period with whose application an executed change order is first billed: the first that
    does not end before its day. None while it is not executed, or none of these periods has it."""
    if order.state is not ChangeOrderState.executed or order.executed_on is None:
        return None
    return min((end for end in period_ends if end >= order.executed_on), default=None)


def _bears_profit(pricing: ChangePricing) -> Decimal:
    open_items = [item for item in pricing.items if not item.with_profit]
    added = total(item.amount for item in open_items if not item.deducts)
    saved = total(item.amount for item in open_items if item.deducts)
    match pricing.profit_on:
        case ProfitOn.everything:
            return total((added, opposite(saved)))
        case ProfitOn.additions:
            return added
        case ProfitOn.net_increase:
            return max(less(added, saved), ZERO)

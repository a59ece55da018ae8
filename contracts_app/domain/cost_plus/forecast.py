"""Where a contract under a guaranteed maximum price goes: cost at completion, its fee, and what is left.

A portion costs at completion what it has cost, over how far it is complete; one that has not begun costs its
share, one that is complete its cost. Contingency that is left is not spent (docs/SPEC-cost-plus.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.cost_plus.fees import CostStanding, PercentFee, total_fee
from contracts_app.domain.cost_plus.guaranteed_maximum import Portion, PortionKind
from contracts_app.domain.cost_plus.terms import MaximumPriceTerms
from contracts_app.domain.money import ZERO, Amount, fraction_of, less, multiply, round_to, total


class Forecast(BaseModel):
    """What stands and what is expected. `left` is the maximum less cost and fee to date; `saving` the maximum
    less both at completion, below zero where an overrun is expected."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    maximum: Amount
    cost: Amount
    fee: Amount
    left: Amount
    contingency_left: Amount
    allowances_left: Amount
    cost_at_completion: Amount
    fee_at_completion: Amount
    saving: Amount


def at_completion(portion: Portion, currency: str) -> Decimal:
    """What a portion is expected to cost."""
    if portion.kind is PortionKind.contingency or portion.share < ZERO:
        return portion.cost
    if not portion.completed:
        return max(portion.share, portion.cost)
    return round_to(fraction_of(portion.cost, Decimal(1), portion.completed), currency)


def forecast(
    portions: Sequence[Portion],
    fee_bearing: Mapping[str, Decimal],
    terms: MaximumPriceTerms,
    fee_to_date: Decimal,
    maximum: Decimal,
    currency: str,
) -> Forecast:
    """The forecast; `fee_bearing` is the cost to date that bears a fee, by category.

    A percentage of cost goes on as it has until now; another fee is that of the cost at completion.
    """
    cost = total(portion.cost for portion in portions)
    ahead = total(at_completion(portion, currency) for portion in portions)
    if not isinstance(terms.fee, PercentFee):
        exact = total_fee(terms.fee, CostStanding(expected_cost=ahead))
    elif cost > ZERO:
        so_far = total_fee(terms.fee, CostStanding(fee_bearing=fee_bearing, cost=cost))
        exact = fraction_of(so_far, ahead, cost)
    else:
        exact = multiply(ahead, terms.fee.rate)
    fee = round_to(exact, currency)
    return Forecast(
        maximum=maximum,
        cost=cost,
        fee=fee_to_date,
        left=less(maximum, cost, fee_to_date),
        contingency_left=_left(portions, PortionKind.contingency),
        allowances_left=_left(portions, PortionKind.allowance),
        cost_at_completion=ahead,
        fee_at_completion=fee,
        saving=less(maximum, ahead, fee),
    )


def _left(portions: Sequence[Portion], kind: PortionKind) -> Decimal:
    return total(less(one.share, one.cost) for one in portions if one.kind is kind)

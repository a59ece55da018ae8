"""The sums on which retainage is measured: what completion is a part of, and what a cap is a part of
(docs/SPEC-retainage.md, "Measured on")."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from contracts_app.domain.billing.schedule_of_values import ChangeOrder, SovLine
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import less, total
from contracts_app.domain.retainage.retainage import Sums
from contracts_app.domain.retainage.retainage_terms import RetainageTerms, SumMeasured


def line_value(line: SovLine, orders: Sequence[ChangeOrder], agreed: RetainageTerms) -> Decimal:
    """The value on which a line's own completion is measured: as it is now, or before change orders raised
    it."""
    if agreed.tiers is None or agreed.tiers.measured_on is SumMeasured.current:
        return line.scheduled_value
    return _as_first_agreed(line, orders)


def sums(terms: ContractTerms, schedule: Sequence[SovLine], orders: Sequence[ChangeOrder]) -> Sums:
    """The contract sum as tiers and cap measure it, `orders` being those in force.

    Lines with a rate of their own are outside the tiers: neither their work nor their value counts there.
    """
    agreed = terms.retainage
    if not agreed.remembers:
        return Sums()
    current = total((terms.original_sum, *(order.amount for order in orders)))
    outside = [
        line for line in schedule if agreed.rate_of(line.retainage_rate, line.change_order) is not None
    ]
    if agreed.tiers is not None and agreed.tiers.measured_on is SumMeasured.original:
        base = [_as_first_agreed(line, orders) for line in outside if line.change_order is None]
        under = less(terms.original_sum, *base)
    else:
        under = less(current, *(line.scheduled_value for line in outside))
    of_original = agreed.cap is not None and agreed.cap.measured_on is SumMeasured.original
    return Sums(under, terms.original_sum if of_original else current)


def before_orders(schedule: Sequence[SovLine], orders: Sequence[ChangeOrder]) -> Sequence[SovLine]:
    """The schedule without these change orders: their lines gone, what they raised as it was."""
    numbers = {order.number for order in orders}
    return [
        line.model_copy(update={"scheduled_value": _as_first_agreed(line, orders)})
        for line in schedule
        if line.change_order not in numbers
    ]


def _as_first_agreed(line: SovLine, orders: Sequence[ChangeOrder]) -> Decimal:
    return less(line.scheduled_value, *(order.amount for order in orders if order.raises == line.id))

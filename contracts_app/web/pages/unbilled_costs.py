"""Costs that no invoice has, beside unbilled time and milestones: by contract, with totals and by age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from contracts_app.domain.money import total
from contracts_app.store.views.unbilled_costs import UnbilledCosts


@dataclass(frozen=True)
class CostTotal:
    """Sums over contracts of one currency, without the fee; `aged` in the columns of unbilled time."""

    currency: str
    contracts: int
    to_bill: Decimal
    waits: Decimal
    held: Decimal
    drafted: Decimal
    written: Decimal
    aged: Sequence[Decimal]


def cost_totals(rows: Sequence[UnbilledCosts]) -> Sequence[CostTotal]:
    """One total per currency."""
    return [
        CostTotal(
            currency=currency,
            contracts=len(own),
            to_bill=total(one.to_bill.amount for one in own),
            waits=total(one.waits.amount for one in own),
            held=total(one.held.amount for one in own),
            drafted=total(one.drafted.amount for one in own),
            written=total(one.written for one in own),
            aged=[total(one.aged[column].amount for one in own) for column in range(len(own[0].aged))],
        )
        for currency in sorted({one.currency for one in rows})
        for own in [[one for one in rows if one.currency == currency]]
    ]

"""Final accounting under a guaranteed maximum price: savings split by share, or the overrun absorbed.

Savings exist once, at the end; until then there is only cost below the maximum (docs/SPEC-cost-plus.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.cost_plus.guaranteed_maximum import Portion, PortionKind, absorbed_in_words
from contracts_app.domain.cost_plus.terms import SavingsTerms as SavingsTerms
from contracts_app.domain.money import (
    ZERO,
    Amount,
    UnsignedAmount,
    less,
    multiply,
    require_at_scale,
    round_to,
    total,
)
from contracts_app.domain.refusals import Refused


class FinalAccounting(BaseModel):
    """The contract sum at the end. `savings` are the owner's and the contractor's part together; `absorbed`
    is what passes the maximum; `due` is the contract sum less what was asked for before."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    maximum: Amount
    cost_and_fee: Amount
    savings: Amount
    not_shared: Amount
    to_owner: Amount
    to_contractor: Amount
    absorbed: Amount
    contract_sum: Amount
    due: Amount
    says: str = ""


def unused_allowances(portions: Iterable[Portion]) -> Decimal:
    """What is left of allowances, each by itself: one that is overdrawn takes nothing from another."""
    return total(
        max(less(portion.share, portion.cost), ZERO)
        for portion in portions
        if portion.kind is PortionKind.allowance
    )


def final_accounting(
    cost: Decimal,
    fee: Decimal,
    maximum: Decimal,
    terms: SavingsTerms,
    currency: str,
    *,
    work_completed: bool,
    allowances_left: UnsignedAmount = ZERO,
    before: Decimal = ZERO,
) -> FinalAccounting:
    """The end of the contract: savings split, or the overrun absorbed; all retainage is due.

    The maximum is the one that change orders in force make, so that an amount they deduct is no saving. The
    contractor's share rounds once, the owner has the rest. Raises Refused before the work is complete and
    for amounts with too many decimals.
    """
    if not work_completed:
        raise Refused(
            "not_final", "Savings are split at final accounting only: say first that the work is complete."
        )
    require_at_scale((cost, fee, maximum, allowances_left, before), currency)
    spent = total((cost, fee))
    savings = max(less(maximum, spent), ZERO)
    not_shared = ZERO if terms.unused_allowances_shared else min(savings, allowances_left)
    to_contractor = round_to(multiply(less(savings, not_shared), terms.contractor_share), currency)
    absorbed = max(less(spent, maximum), ZERO)
    contract_sum = total((min(spent, maximum), to_contractor))
    return FinalAccounting(
        maximum=maximum,
        cost_and_fee=spent,
        savings=savings,
        not_shared=not_shared,
        to_owner=less(savings, to_contractor),
        to_contractor=to_contractor,
        absorbed=absorbed,
        contract_sum=contract_sum,
        due=less(contract_sum, before),
        says=absorbed_in_words(spent, maximum, absorbed, currency),
    )

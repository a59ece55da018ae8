"""How an advance payment is recovered from progress payments: by a share of each, as in FIDIC's conditions of
1999, clause 14.2, or in proportion between two stages of the work (docs/SPEC-caps-and-funding.md, *Advance
payment*)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.funding.advance_terms import AdvanceTerms
from contracts_app.domain.money import (
    ZERO,
    Amount,
    in_proportion,
    less,
    multiply,
    opposite,
    round_to,
    total,
)


class Recovery(BaseModel):
    """What one payment recovers of an advance; negative where work is taken back that had recovered it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    certified_to_date: Amount
    payment: Amount
    recovered: Amount
    recovered_to_date: Amount
    outstanding: Amount


def recover(
    terms: AdvanceTerms,
    contract_sum: Decimal,
    certified_before: Decimal,
    certified_to_date: Decimal,
    recovered_before: Decimal,
    currency: str,
) -> Recovery:
    """What the payment for the work certified since recovers, up to what is outstanding.

    Never more than the payment itself, so that no payment is below zero on account of the advance; what could
    not be recovered by `recovered_by` comes out of the next payments. Work taken back gives back, as it had
    recovered, at most what was recovered.
    """
    payment = less(certified_to_date, certified_before)
    outstanding = less(terms.amount, recovered_before)
    wanted = _wanted(terms, contract_sum, certified_before, certified_to_date, recovered_before, currency)
    if payment >= ZERO:
        recovered = max(min(wanted, outstanding, payment), ZERO)
    else:
        recovered = min(max(wanted, opposite(recovered_before), payment), ZERO)
    to_date = total((recovered_before, recovered))
    return Recovery(
        certified_to_date=certified_to_date,
        payment=payment,
        recovered=recovered,
        recovered_to_date=to_date,
        outstanding=less(terms.amount, to_date),
    )


def schedule(
    terms: AdvanceTerms, contract_sum: Decimal, certified: Sequence[Decimal], currency: str
) -> tuple[Recovery, ...]:
    """What each payment recovers, for the work certified to date with each."""
    recoveries: list[Recovery] = []
    before, recovered = ZERO, ZERO
    for to_date in certified:
        recoveries.append(recover(terms, contract_sum, before, to_date, recovered, currency))
        before, recovered = to_date, recoveries[-1].recovered_to_date
    return tuple(recoveries)


def _wanted(
    terms: AdvanceTerms, whole: Decimal, before: Decimal, to_date: Decimal, recovered: Decimal, currency: str
) -> Decimal:
    """What the schedule asks for, whatever is outstanding and paid."""
    starts = multiply(whole, terms.starts_after)
    if terms.recovered_by is not None:
        ends = multiply(whole, terms.recovered_by)
        if to_date >= ends:
            return terms.amount
        if terms.rate is None:
            if to_date <= starts:
                return opposite(recovered)
            # A(X - x) / (y - x), rounded once to date.
            (target, _) = in_proportion(terms.amount, (less(to_date, starts), less(ends, to_date)), currency)
            return less(target, recovered)
    if max(before, to_date) <= starts:
        return ZERO
    return round_to(multiply(less(to_date, before), terms.rate or ZERO), currency)

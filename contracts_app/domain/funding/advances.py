"""Money paid ahead: retainers drawn down by invoices, and advance payments recovered from progress payments.

A retainer is the client's money until an invoice draws it (docs/SPEC-caps-and-funding.md, *Retainer*); an
advance payment is recovered by a schedule, as in FIDIC's conditions of 1999, clause 14.2, or in proportion
between two stages of the work (*Advance payment*). Neither is ever taken back more than it was paid.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.billing.pay_application import deposit_applied
from contracts_app.domain.funding.retainer_terms import RetainerTerms as RetainerTerms
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Rate,
    in_proportion,
    less,
    multiply,
    opposite,
    round_to,
    total,
)

Fraction = Annotated[Rate, Field(ge=0, le=1)]


class Drawn(BaseModel):
    """What an invoice draws: `applied` = min(balance, invoice), `due` stays open, `left` is the new balance,
    `request` what is asked of the client to fill the retainer again."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    applied: Amount
    due: Amount
    left: Amount
    request: Amount


def draw(terms: RetainerTerms, balance: Decimal, invoice: Decimal, requested: Decimal = ZERO) -> Drawn:
    """Draw an invoice from the retainer; never below zero, and nothing for an invoice of zero or less.

    `requested` is what earlier requests asked for and the client has not paid yet.
    """
    applied = deposit_applied(balance, invoice)
    left = less(balance, applied)
    return Drawn(
        applied=applied, due=less(invoice, applied), left=left, request=top_up(terms, left, requested)
    )


def top_up(terms: RetainerTerms, balance: Decimal, requested: Decimal = ZERO) -> Decimal:
    """What to ask for: max(0, minimum − balance − requested), once less than `request_below` is there."""
    coming = total((balance, requested))
    below = terms.minimum if terms.request_below is None else terms.request_below
    return less(terms.minimum, coming) if coming < below else ZERO


class AdvanceTerms(BaseModel):
    """How an advance payment of `amount` is recovered.

    With `rate`, that share of each progress payment, from the first on with which the work certified to date
    passes `starts_after` of the contract sum; `recovered_by` of it, all that is left. Without a rate, in
    proportion to the work between the two. Payments are gross: before retention, and without the advance.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Amount
    rate: Fraction | None = None
    starts_after: Fraction = ZERO
    recovered_by: Fraction | None = None

    @model_validator(mode="after")
    def _sensible(self) -> AdvanceTerms:
        if self.amount < ZERO:
            raise ValueError("an advance payment is not negative")
        if self.recovered_by is not None and self.recovered_by <= self.starts_after:
            raise ValueError(
                "an advance is recovered by a later stage of the work than its recovery starts at"
            )
        if self.rate == ZERO or (self.rate is None and self.recovered_by is None):
            raise ValueError(
                "an advance has a rate of recovery, or a stage of the work by which it is recovered"
            )
        return self


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
            return less(terms.amount, recovered)
        if terms.rate is None:
            if to_date <= starts:
                return opposite(recovered)
            # A(X - x) / (y - x), rounded once to date.
            (target, _) = in_proportion(terms.amount, (less(to_date, starts), less(ends, to_date)), currency)
            return less(target, recovered)
    if max(before, to_date) <= starts:
        return ZERO
    return round_to(multiply(less(to_date, before), terms.rate or ZERO), currency)

"""The fee of a cost-plus contract: what is earned to date, and what the client keeps back of it.

A fee is a function of cost; it rounds once, to date, and earlier fee is subtracted (docs/SPEC-cost-plus.md).
Incentive and fixed fees follow the federal clauses 52.216-8 and 52.216-10; the sliding fee is R(2T − A).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.law import Provision
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
    UnsignedAmount,
    cut_to,
    fraction_of,
    in_words_of_a_page,
    less,
    multiply,
    round_to,
    total,
)
from contracts_app.domain.names import Currency, Name
from contracts_app.domain.refusals import wrong_content

_ONE = Decimal(1)


class FeeBilledBy(StrEnum):
    """What a fee with a known total is billed by: cost to date over expected cost, or percent complete."""

    cost = "cost"
    completion = "completion"


class CategoryRate(BaseModel):
    """The fee on one category of cost, as a fraction; an explicit 0 makes it bear none."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    category: Name
    rate: Fraction


class PercentFee(BaseModel):
    """A percentage of cost; a category may have a rate of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["percent"] = "percent"
    rate: Fraction
    by_category: Annotated[tuple[CategoryRate, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _once(self) -> PercentFee:
        if len({each.category for each in self.by_category}) < len(self.by_category):
            raise ValueError("a category of cost has one rate")
        return self

    def rate_of(self, category: str) -> Decimal:
        """The category's own rate, else the fee's."""
        return next((own.rate for own in self.by_category if own.category == category), self.rate)


class FixedFee(BaseModel):
    """An amount that cost does not change."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["fixed"] = "fixed"
    amount: UnsignedAmount
    billed_by: FeeBilledBy = FeeBilledBy.cost


class SlidingFee(BaseModel):
    """R(2T − A): R of the target cost T where the actual cost A is T, more below it, less above it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["sliding"] = "sliding"
    rate: Fraction
    target_cost: UnsignedAmount
    billed_by: FeeBilledBy = FeeBilledBy.cost


class IncentiveFee(BaseModel):
    """A target fee, raised by the contractor's share of an underrun and lowered by that of an overrun,
    within a minimum (which may be negative) and a maximum (FAR 52.216-10(e))."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["incentive"] = "incentive"
    target_cost: UnsignedAmount
    target_fee: Amount
    share_under: Fraction
    share_over: Fraction
    minimum_fee: Amount
    maximum_fee: Amount
    billed_by: FeeBilledBy = FeeBilledBy.cost

    @model_validator(mode="after")
    def _in_order(self) -> IncentiveFee:
        if not self.minimum_fee <= self.target_fee <= self.maximum_fee:
            raise ValueError("the target fee lies between the minimum and the maximum fee")
        return self


class AwardFee(BaseModel):
    """A base fee, and what the client has awarded so far out of a pool."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: Literal["award"] = "award"
    base: UnsignedAmount
    pool: UnsignedAmount
    awarded: UnsignedAmount = ZERO
    billed_by: FeeBilledBy = FeeBilledBy.cost

    @model_validator(mode="after")
    def _within_pool(self) -> AwardFee:
        if self.awarded > self.pool:
            raise ValueError("no more can be awarded than the pool holds")
        return self


Fee = Annotated[
    PercentFee | FixedFee | SlidingFee | IncentiveFee | AwardFee,
    Field(discriminator="kind"),
]


class ReserveHeld(StrEnum):
    """When the client keeps the reserve back: from every payment of fee until it is whole, or out of the
    last payments."""

    each_payment = "each_payment"
    last_payments = "last_payments"


class FeeReserve(BaseModel):
    """What the client keeps back of the fee: a fraction of it, at most an amount; `released` is the fraction
    of the reserve given back."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    of_fee: Fraction
    at_most: UnsignedAmount | None = None
    held: ReserveHeld = ReserveHeld.each_payment
    released: Fraction = ZERO


class FeeTerms(BaseModel):
    """The fee agreed, and the reserve."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    fee: Fee
    reserve: FeeReserve | None = None

    @model_validator(mode="after")
    def _has_a_total(self) -> FeeTerms:
        if (
            self.reserve is not None
            and self.reserve.held is ReserveHeld.last_payments
            and isinstance(self.fee, PercentFee)
        ):
            raise ValueError("a percentage of cost has no last payments: keep the reserve from each payment")
        return self


class CostStanding(BaseModel):
    """Where cost stands: by category what bears a fee, all cost, the cost expected at completion (at the end
    the cost itself) and the fraction of the work that is complete."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    fee_bearing: Mapping[str, Amount] = Field(default_factory=dict)
    cost: Amount = ZERO
    expected_cost: UnsignedAmount | None = None
    completed: Fraction | None = None


class FeeToDate(BaseModel):
    """The fee earned to date, the reserve held of it, and the difference, which may be billed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    earned: Amount
    reserved: Amount
    billable: Amount


class FeeReserveLimit(Provision):
    """Law: of a fee of this kind the client reserves at most the fraction or the amount, whichever is less;
    `release_due` of it is released on the documents, up to `release_allowed` before settlement."""

    fee_kind: Literal["fixed", "incentive"]
    of_fee: Fraction
    at_most: UnsignedAmount
    currency: Currency
    release_due: Fraction
    release_allowed: Fraction


def fee_to_date(terms: FeeTerms, standing: CostStanding, currency: str) -> FeeToDate:
    """The fee to date. The fee rounds once; the reserve is cut to the unit below, never above its limit.

    Raises Refused when the fee needs an expected cost or a percent complete that is not given.
    """
    exact = _earned(terms.fee, standing)
    earned = round_to(exact, currency)
    reserve = terms.reserve
    if reserve is None or exact <= ZERO:
        return FeeToDate(earned=earned, reserved=ZERO, billable=earned)
    if reserve.held is ReserveHeld.each_payment:
        held = _limited(multiply(exact, reserve.of_fee), reserve.at_most)
    else:
        whole = total_fee(terms.fee, standing)
        # What of the whole reserve the fee still to come does not cover.
        held = max(less(_limited(multiply(whole, reserve.of_fee), reserve.at_most), less(whole, exact)), ZERO)
    reserved = cut_to(multiply(held, less(_ONE, reserve.released)), currency)
    return FeeToDate(earned=earned, reserved=reserved, billable=less(earned, reserved))


def total_fee(fee: Fee, standing: CostStanding) -> Decimal:
    """The whole fee at completion, exact; of a percentage what it comes to by now."""
    match fee:
        case PercentFee():
            return total(multiply(base, fee.rate_of(key)) for key, base in standing.fee_bearing.items())
        case FixedFee():
            return fee.amount
        case SlidingFee():
            doubled = multiply(fee.target_cost, Decimal(2))
            return max(multiply(less(doubled, _expected(standing)), fee.rate), ZERO)
        case IncentiveFee():
            under = less(fee.target_cost, _expected(standing))
            share = fee.share_under if under > ZERO else fee.share_over
            adjusted = total((fee.target_fee, multiply(under, share)))
            return min(max(adjusted, fee.minimum_fee), fee.maximum_fee)
        case AwardFee():
            return total((fee.base, fee.awarded))


def reserve_limits(
    terms: FeeTerms, fee: Decimal, limits: Iterable[FeeReserveLimit], currency: str
) -> tuple[str, ...]:
    """Sentences for what the reserve agreed passes of the law; none where it keeps to it.

    `fee` is the whole fee. A limit for another kind of fee or in another currency says nothing of this
    contract.
    """
    reserve = terms.reserve
    if reserve is None:
        return ()
    told = []
    for limit in limits:
        if limit.currency != currency or limit.fee_kind != terms.fee.kind:
            continue
        most = cut_to(min(multiply(fee, limit.of_fee), limit.at_most), currency)
        agreed = cut_to(_limited(multiply(fee, reserve.of_fee), reserve.at_most), currency)
        if agreed > most:
            told.append(
                f"{limit.citation} lets the client reserve at most {in_words_of_a_page(most, currency)} "
                f"of this fee, the contract says {in_words_of_a_page(agreed, currency)}: lower the reserve."
            )
        if reserve.released > limit.release_allowed:
            told.append(
                f"{limit.citation} releases at most {limit.release_allowed:f} of the reserve before "
                f"settlement, {reserve.released:f} is released."
            )
    return tuple(told)


def _earned(fee: Fee, standing: CostStanding) -> Decimal:
    whole = total_fee(fee, standing)
    match fee:
        case PercentFee():
            return whole
        case AwardFee():
            return total((_progressed(fee.base, fee.billed_by, standing), fee.awarded))
        case _:
            return _progressed(whole, fee.billed_by, standing)


def _progressed(whole: Decimal, by: FeeBilledBy, standing: CostStanding) -> Decimal:
    """The part of a fee that progress has earned; cost beyond what was expected earns no more."""
    if by is FeeBilledBy.completion:
        if standing.completed is None:
            raise wrong_content("completion_missing", "This fee is billed by percent complete: give it.")
        return multiply(whole, standing.completed)
    expected = _expected(standing)
    if expected.is_zero():
        raise wrong_content("expected_cost_missing", _GIVE_EXPECTED)
    return fraction_of(whole, min(max(standing.cost, ZERO), expected), expected)


def _expected(standing: CostStanding) -> Decimal:
    if standing.expected_cost is None:
        raise wrong_content("expected_cost_missing", _GIVE_EXPECTED)
    return standing.expected_cost


_GIVE_EXPECTED = "This fee depends on the cost expected at completion: give it, at the end the cost itself."


def _limited(amount: Decimal, at_most: Decimal | None) -> Decimal:
    return amount if at_most is None else min(amount, at_most)

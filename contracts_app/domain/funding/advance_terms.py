"""What is agreed of an advance payment: how much, and by what schedule it is recovered."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.money import ZERO, Amount, Rate, multiply, round_to

Fraction = Annotated[Rate, Field(ge=0, le=1)]


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


class AdvanceAgreed(BaseModel):
    """An advance payment as a contract agrees it: an amount, or a `share` of the original contract sum, and
    its recovery as in `AdvanceTerms`. Where it `needs_guarantee` it is invoiced once the client holds one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Amount | None = None
    share: Fraction | None = None
    rate: Fraction | None = None
    starts_after: Fraction = ZERO
    recovered_by: Fraction | None = None
    needs_guarantee: bool = False

    @model_validator(mode="after")
    def _sensible(self) -> AdvanceAgreed:
        if (self.amount is None) == (self.share is None):
            raise ValueError("an advance payment is an amount or a part of the contract sum, one of them")
        if (self.amount or self.share or ZERO) <= ZERO:
            raise ValueError("an advance payment is above zero: leave it out where there is none")
        self.recovering(ZERO)
        return self

    def sum_of(self, original_sum: Decimal, currency: str) -> Decimal:
        """What is paid ahead, rounded once."""
        if self.amount is not None:
            return self.amount
        return round_to(multiply(original_sum, self.share or ZERO), currency)

    def recovering(self, amount: Decimal) -> AdvanceTerms:
        """How so much is recovered."""
        return AdvanceTerms(
            amount=amount,
            rate=self.rate,
            starts_after=self.starts_after,
            recovered_by=self.recovered_by,
        )

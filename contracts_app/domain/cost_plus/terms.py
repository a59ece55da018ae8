"""What is agreed about cost: the fee on a line's costs, the costs allowed, the guaranteed maximum price."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.cost_plus.fees import (
    CategoryRate,
    Fee,
    FeeBilledBy,
    FeeReserve,
    FeeTerms,
    PercentFee,
)
from contracts_app.domain.money import (
    ZERO,
    Fraction,
    UnsignedAmount,
)


class CostCategory(StrEnum):
    """What a cost is for; a contract allows some of them and may mark each up by a rate of its own."""

    labour = "labour"
    material = "material"
    equipment = "equipment"
    subcontract = "subcontract"
    expense = "expense"
    other = "other"


class PortionKind(StrEnum):
    """Work that is bought; an allowance for work not yet chosen; or contingency, which no cost is booked
    on: it is moved to the portion that needs it."""

    work = "work"
    allowance = "allowance"
    contingency = "contingency"


class Lesser(StrEnum):
    """Where completed work is compared with its cost: on each portion, or on the whole."""

    of_each_portion = "of_each_portion"
    of_the_whole = "of_the_whole"


class SavingsTerms(BaseModel):
    """The contractor's share of savings, and whether what is left of allowances is shared too: the owner set
    it aside, so that by default it comes back whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    contractor_share: Fraction
    unused_allowances_shared: bool = False


class CostPlusTerms(BaseModel):
    """A line billed at cost plus a fee.

    `allowable` names the categories of cost that the contract pays, none of them means all. `expected_cost`
    is what the work is expected to cost, for a fee billed by progress of cost. Under a guaranteed maximum
    price the line is a portion of it and has no fee of its own; one line, `is_fee`, carries the fee.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    fee: Fee = PercentFee(rate=ZERO)
    reserve: FeeReserve | None = None
    allowable: Annotated[tuple[CostCategory, ...], Field(max_length=len(CostCategory))] = ()
    expected_cost: UnsignedAmount | None = None
    portion: PortionKind = PortionKind.work
    is_fee: bool = False

    @model_validator(mode="after")
    def _agree(self) -> CostPlusTerms:
        FeeTerms(fee=self.fee, reserve=self.reserve)
        if len(set(self.allowable)) < len(self.allowable):
            raise ValueError("a category of cost is named twice")
        if self.is_fee and (self.fee != _NONE or self.reserve is not None or self.allowable):
            raise ValueError("the line of the fee has no costs, so nothing is agreed about them")
        require_categories(self.fee)
        if needs_expected_cost(self.fee) and not self.expected_cost:
            raise ValueError("a fee in proportion to cost needs the cost expected for the work")
        return self

    def allows(self, category: CostCategory) -> bool:
        """Whether the contract pays costs of this category."""
        return not self.is_fee and (not self.allowable or category in self.allowable)

    @property
    def fee_terms(self) -> FeeTerms:
        """The fee agreed, with what the client keeps back of it."""
        return FeeTerms(fee=self.fee, reserve=self.reserve)


class MaximumPriceTerms(BaseModel):
    """A guaranteed maximum price: the contract sum. The fee is agreed for the whole contract, and so is how
    savings are shared; completed work is compared with cost as `lesser` says."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    fee: Fee
    reserve: FeeReserve | None = None
    expected_cost: UnsignedAmount | None = None
    lesser: Lesser = Lesser.of_the_whole
    savings: SavingsTerms = SavingsTerms(contractor_share=ZERO)

    @model_validator(mode="after")
    def _agree(self) -> MaximumPriceTerms:
        FeeTerms(fee=self.fee, reserve=self.reserve)
        require_categories(self.fee)
        if needs_expected_cost(self.fee) and not self.expected_cost:
            raise ValueError("a fee in proportion to cost needs the cost expected for the work")
        return self

    @property
    def fee_terms(self) -> FeeTerms:
        """The fee agreed, with what the client keeps back of it."""
        return FeeTerms(fee=self.fee, reserve=self.reserve)


def require_categories(fee: Fee) -> None:
    """Raise ValueError where a rate is for something that is no category of cost."""
    rates: tuple[CategoryRate, ...] = fee.by_category if isinstance(fee, PercentFee) else ()
    if any(each.category not in set(CostCategory) for each in rates):
        known = ", ".join(CostCategory)
        raise ValueError(f"a rate is for a category of cost: {known}")


def needs_expected_cost(fee: Fee) -> bool:
    """Whether the fee is billed in proportion to the cost that is expected."""
    return not isinstance(fee, PercentFee) and fee.billed_by is FeeBilledBy.cost


_NONE = PercentFee(rate=ZERO)

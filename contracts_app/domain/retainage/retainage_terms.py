"""What was agreed about retainage, as data (docs/SPEC-retainage.md).

Two rates are the whole of it on most contracts; tiers, a cap, rates of change orders and the law are for the
others. Rates and thresholds are fractions of one (0.10 = 10 %).
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
    total,
)
from contracts_app.domain.names import Name

RetainageRate = Fraction


class RetainageLevel(StrEnum):
    """Where retainage is rounded: on each line, or once on the contract and then spread over the lines."""

    line = "line"
    contract = "contract"


class SumMeasured(StrEnum):
    """The sum that a threshold or a cap is a part of: as first agreed, or with executed change orders."""

    original = "original"
    current = "current"


class TierMode(StrEnum):
    """What a tier does when it is reached.

    marginal: work above the threshold bears the tier's rate, work below it keeps its own. step_down: the
    tier's rate is held on all work, and what is held above that is released.
    """

    marginal = "marginal"
    step_down = "step_down"


class CompletionOf(StrEnum):
    """Whose completion reaches a tier: each line's own, or that of all lines under the contract's rates."""

    line = "line"
    contract = "contract"


class RetainageTier(BaseModel):
    """From the completion `above` on, work and stored material bear these rates instead of the first ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    above: RetainageRate
    rate_completed: RetainageRate = ZERO
    rate_stored: RetainageRate = ZERO


class RetainageTiers(BaseModel):
    """Rates that change as the work goes on. Below the first tier the contract's two rates hold.

    Completion is completed work, with `with_stored` also stored material, as a part of the sum `measured_on`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    mode: TierMode = TierMode.marginal
    completion_of: CompletionOf = CompletionOf.contract
    measured_on: SumMeasured = SumMeasured.current
    with_stored: bool = False
    tiers: Annotated[tuple[RetainageTier, ...], Field(min_length=1, max_length=10)]

    @model_validator(mode="after")
    def _rise(self) -> RetainageTiers:
        thresholds = [ZERO, *(tier.above for tier in self.tiers)]
        if any(later <= earlier for earlier, later in pairwise(thresholds)):
            raise ValueError("each tier begins above 0 and above the one before it")
        return self


class CapCounts(StrEnum):
    """What a cap limits: everything ever withheld, or what is held after releases."""

    withheld = "withheld"
    held = "held"


class RetainageCap(BaseModel):
    """Withholding stops at an amount, or at a part of the contract sum `measured_on`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    amount: Amount | None = None
    fraction: RetainageRate | None = None
    measured_on: SumMeasured = SumMeasured.current
    counts: CapCounts = CapCounts.withheld

    @model_validator(mode="after")
    def _one_of_both(self) -> RetainageCap:
        if (self.amount is None) == (self.fraction is None):
            raise ValueError("a cap is an amount or a part of the contract sum, one of both")
        if self.amount is not None and self.amount < ZERO:
            raise ValueError("a cap is not negative")
        return self


class ChangeOrderRetainage(BaseModel):
    """The rate of the lines that a change order brings; an explicit 0 exempts them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    number: Name
    rate: RetainageRate


class Works(StrEnum):
    """Whose works a contract is for, where the law tells them apart."""

    private = "private"
    public = "public"
    federal = "federal"


class LawPolicy(StrEnum):
    """What happens where terms are not what the law of the place says: a warning, a refusal, nothing."""

    warn = "warn"
    block = "block"
    off = "off"


class Mark(StrEnum):
    """What a contract is beside its works, where a provision is only for such contracts."""

    time_and_materials = "time_and_materials"
    fixed_fee = "fixed_fee"
    federal_transport_funds = "federal_transport_funds"


class GoverningLaw(BaseModel):
    """The place whose law limits retainage (a country, or a country and its part: `US-CA`), for whose works,
    what the contract is marked as, and what is done about terms that go beyond it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    jurisdiction: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,10})?$")]
    works: Works = Works.private
    policy: LawPolicy = LawPolicy.warn
    marks: Annotated[tuple[Mark, ...], Field(max_length=3), ADDED_LATER] = ()


class ReleaseEvent(BaseModel):
    """An event that releases a part of everything withheld, e.g. half at practical completion; the event is a
    close-out milestone of that name."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    event: Name
    part: RetainageRate


class RetainageTerms(BaseModel):
    """What is kept back of each payment: two flat rates, and on some contracts more rules.

    `change_order_rate` is the rate of every line that a change order brings, unless `change_order_rates`
    names that change order; a line's own rate comes before both, the contract's rates and tiers after them.
    `release_events` say what part of all that was withheld is released when each happens.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    rate_completed: RetainageRate = ZERO
    rate_stored: RetainageRate = ZERO
    level: RetainageLevel = RetainageLevel.line
    tiers: Annotated[RetainageTiers | None, ADDED_LATER] = None
    cap: Annotated[RetainageCap | None, ADDED_LATER] = None
    change_order_rate: Annotated[RetainageRate | None, ADDED_LATER] = None
    change_order_rates: Annotated[tuple[ChangeOrderRetainage, ...], Field(max_length=500), ADDED_LATER] = ()
    law: Annotated[GoverningLaw | None, ADDED_LATER] = None
    release_events: Annotated[tuple[ReleaseEvent, ...], Field(max_length=20), ADDED_LATER] = ()

    @model_validator(mode="after")
    def _agree(self) -> RetainageTerms:
        numbers = [one.number for one in self.change_order_rates]
        if len(set(numbers)) < len(numbers):
            raise ValueError("a change order has one retainage rate")
        events = [one.event for one in self.release_events]
        if len(set(events)) < len(events):
            raise ValueError("an event releases one part")
        if total(one.part for one in self.release_events) > 1:
            raise ValueError("the events together release at most 100 %")
        if self.tiers is not None and self.tiers.mode is TierMode.step_down:
            for rates in (
                (self.rate_completed, *(tier.rate_completed for tier in self.tiers.tiers)),
                (self.rate_stored, *(tier.rate_stored for tier in self.tiers.tiers)),
            ):
                if any(later > earlier for earlier, later in pairwise(rates)):
                    raise ValueError("a tier that steps down has no higher rate than the one before it")
        return self

    def rate_of(self, own: Decimal | None, change_order: str | None) -> Decimal | None:
        """The one rate of a line that is not under the contract's rates; None for a line that is.

        The line's own rate comes first, then that of the change order that brought it: an explicit 0
        exempts, a blank inherits.
        """
        if own is not None or change_order is None:
            return own
        named = {one.number: one.rate for one in self.change_order_rates}
        return named.get(change_order, self.change_order_rate)

    @property
    def remembers(self) -> bool:
        """Whether what was withheld before decides what is withheld now: one figure of the contract is shared
        by its lines, and work that is done keeps its part."""
        return self.tiers is not None or self.cap is not None

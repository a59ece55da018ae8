"""Rates raised in bulk from a day on (docs/SPEC-discounts.md): new rows, the old ones stay as agreed."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.money import ZERO, Rate, fraction_of, multiply, total
from contracts_app.domain.names import BusinessDate, Name
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.time.rate_card import Key, RateRow, require_supersedes


class StepRounding(StrEnum):
    """Which multiple of the step a raised rate goes to; half a step goes up."""

    nearest = "nearest"
    up = "up"
    down = "down"


_ROUNDING = {
    StepRounding.nearest: ROUND_HALF_UP,
    StepRounding.up: ROUND_CEILING,
    StepRounding.down: ROUND_FLOOR,
}


class Increase(BaseModel):
    """A change of rates from a day on: by a fraction (0.035 for 3.5 %) or by an amount per hour, negative to
    lower them, rounded to a step. `roles` and `persons` narrow it; both empty means every row."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    effective_from: BusinessDate
    by_rate: Rate | None = None
    by_amount: Rate | None = None
    step: Rate = Decimal("0.01")
    rounding: StepRounding = StepRounding.nearest
    roles: Annotated[tuple[Name, ...], Field(max_length=2000)] = ()
    persons: Annotated[tuple[Name, ...], Field(max_length=2000)] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Increase:
        if (self.by_rate is None) == (self.by_amount is None):
            raise ValueError("rates rise by a rate or by an amount, not both")
        if self.step <= ZERO:
            raise ValueError("a rate is rounded to a step above zero")
        return self

    def concerns(self, row: RateRow) -> bool:
        """Whether the row is among those that rise."""
        return not (self.roles or self.persons) or row.role in self.roles or row.person in self.persons

    def of(self, rate: Decimal) -> Decimal:
        """The rate after the change. Raises Refused for one below zero."""
        raised = (
            total((rate, self.by_amount))
            if self.by_amount is not None
            else multiply(rate, total((Decimal(1), self.by_rate or ZERO)))
        )
        steps = fraction_of(raised, Decimal(1), self.step).to_integral_value(
            rounding=_ROUNDING[self.rounding]
        )
        rounded = multiply(steps, self.step)
        if rounded < ZERO:
            raise wrong_content("rate_below_zero", f"A rate of {rate:f} would fall below zero.")
        return rounded.copy_abs() if rounded.is_zero() else rounded


def raised(rows: Sequence[RateRow], increase: Increase) -> tuple[RateRow, ...]:
    """The new rows of the rate card: one for each row in force on the day, for as long as that one was.

    Direct labour rises and keeps its multiplier; what a person is paid is no price and stays, as does a row
    that begins after the day: it was agreed for later. Raises Refused when a rate begins on that very day
    already, a rate would fall below zero, or no row is concerned.
    """
    day = increase.effective_from
    added = [
        row.model_copy(update={"rate": increase.of(row.rate), "effective_from": day})
        for row in _in_force(rows, increase)
    ]
    if not added:
        raise wrong_content("no_rate_concerned", f"No rate in force on {day} is for those persons or roles.")
    require_supersedes(rows, added)
    return tuple(added)


def _in_force(rows: Sequence[RateRow], increase: Increase) -> list[RateRow]:
    """The row of each key that prices work on the day: of two, the one that began later."""
    latest: dict[Key, RateRow] = {}
    for row in rows:
        if not (row.covers(increase.effective_from) and increase.concerns(row)):
            continue
        known = latest.get(row.key)
        if known is None or row.effective_from > known.effective_from:
            latest[row.key] = row
    return list(latest.values())


def begins_later(rows: Sequence[RateRow], increase: Increase) -> tuple[RateRow, ...]:
    """Rows that the increase leaves alone because they begin after its day: to look at, one by one."""
    return tuple(
        row for row in rows if row.effective_from > increase.effective_from and increase.concerns(row)
    )

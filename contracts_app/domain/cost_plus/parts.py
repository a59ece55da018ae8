"""Parts of a cost: what of it stands on several lines, exact to the smallest unit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import ZERO, Amount, fraction_of, less, round_to, total


class Part(BaseModel):
    """A part of a cost, or all of it: what was paid, the tax that comes back, the fee within the rest."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    gross: Amount
    recoverable_tax: Amount = ZERO
    fee_within: Amount = ZERO


def parts_of(whole: Part, amounts: Sequence[Decimal], currency: str) -> tuple[Part, ...]:
    """The whole in parts with these gross amounts, which come to that of the whole, each with its share of
    the tax and of the fee within.

    Shares are worked out to date, part by part: they come to the whole, and none is more than its part.
    """
    taxes = shares(whole.recoverable_tax, amounts, currency)
    nets = [less(gross, tax) for gross, tax in zip(amounts, taxes, strict=True)]
    fees = shares(whole.fee_within, nets, currency)
    return tuple(
        Part(gross=gross, recoverable_tax=tax, fee_within=fee)
        for gross, tax, fee in zip(amounts, taxes, fees, strict=True)
    )


def shares(amount: Decimal, weights: Sequence[Decimal], currency: str) -> tuple[Decimal, ...]:
    """The amount in proportion to weights of one sign, worked out to date; all of it on the first where the
    weights come to nothing."""
    whole = total(weights)
    if whole == ZERO:
        return (amount, *(ZERO for _ in weights[1:]))
    found = []
    so_far = done = ZERO
    for weight in weights:
        so_far = total((so_far, weight))
        to_date = round_to(fraction_of(amount, so_far, whole), currency)
        found.append(less(to_date, done))
        done = to_date
    return tuple(found)

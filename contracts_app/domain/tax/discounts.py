"""Discounts: by volume, as a courtesy, and for early payment (docs/SPEC-discounts.md).

A discount on a document is spread over its lines so that the parts add up to it exactly (largest remainder).
Volume discounts are worked out to date, and what was given before is taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.money import (
    ZERO,
    Amount,
    Fraction,
    in_proportion,
    in_words_of_a_page,
    less,
    multiply,
    require_at_scale,
    round_to,
    total,
)
from contracts_app.domain.refusals import wrong_content

DiscountRate = Fraction


class BandMode(StrEnum):
    """Whether each slice of the volume has its own band's rate, or all of it the rate of the band reached."""

    marginal = "marginal"
    whole = "whole"


class Band(BaseModel):
    """A rate for volume from `above` on: the volume must exceed it for the rate to be reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    above: Amount
    rate: DiscountRate


class VolumeDiscount(BaseModel):
    """The bands, lowest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    mode: BandMode
    bands: Annotated[tuple[Band, ...], Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _rising(self) -> VolumeDiscount:
        if self.bands[0].above < ZERO or any(a.above >= b.above for a, b in pairwise(self.bands)):
            raise ValueError("bands begin at zero or above, each higher than the one before")
        return self


def volume_discount_to_date(agreed: VolumeDiscount, volume: Decimal, currency: str) -> Decimal:
    """The discount that a volume has earned in all, rounded once; nothing for a volume of zero or less."""
    if agreed.mode is BandMode.whole:
        rates = [ZERO, *(band.rate for band in agreed.bands if volume > band.above)]
        return round_to(multiply(volume, rates[-1]), currency)
    ends: list[Decimal] = [band.above for band in agreed.bands[1:]]
    earned = []
    for band, end in zip(agreed.bands, [*ends, volume], strict=True):
        slice_of_band = less(min(volume, max(end, band.above)), band.above)
        if slice_of_band > ZERO:
            earned.append(multiply(slice_of_band, band.rate))
    return round_to(total(earned), currency)


def volume_discount(agreed: VolumeDiscount, before: Decimal, now: Decimal, currency: str) -> Decimal:
    """The discount of this document: earned to date, less what the volume before had earned.

    Negative when a credit lowers the volume. In mode `whole`, reaching a band also gives its rate for what
    was billed before.
    """
    to_date = volume_discount_to_date(agreed, total((before, now)), currency)
    return less(to_date, volume_discount_to_date(agreed, before, currency))


class DiscountedLine(BaseModel):
    """A line of a document. Retainage, taxes passed on and reimbursables are not discountable."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    net: Amount
    discountable: bool = True
    rate: DiscountRate = ZERO
    """A discount of the line by itself."""


def line_discounts(lines: Sequence[DiscountedLine], currency: str) -> tuple[Decimal, ...]:
    """The discount of each line by its own rate, rounded on the line.

    Raises Refused for a rate on a line that is not discountable.
    """
    if any(line.rate > ZERO and not line.discountable for line in lines):
        raise wrong_content(
            "not_discountable", "A line that bears no discount has a rate of discount: take the rate off."
        )
    return tuple(round_to(multiply(line.net, line.rate), currency) for line in lines)


def document_discount(
    nets: Sequence[Decimal],
    discountable: Sequence[bool],
    currency: str,
    *,
    rate: Decimal | None = None,
    amount: Decimal | None = None,
) -> tuple[Decimal, ...]:
    """A discount on the document, by rate or by amount, spread over its discountable lines exactly.

    The rate is taken of their sum and rounded once. Raises Refused when neither or both are given, there is
    nothing to discount, or the amount is more than that or of the other sign.
    """
    if (rate is None) == (amount is None):
        raise wrong_content("rate_or_amount", "A discount on a document has a rate or an amount, not both.")
    weights = [net if may else ZERO for net, may in zip(nets, discountable, strict=True)]
    whole = total(weights)
    if whole == ZERO:
        raise wrong_content("nothing_to_discount", "There is nothing on this document that bears a discount.")
    off = (
        round_to(multiply(whole, rate), currency)
        if rate is not None
        else _sound(amount or ZERO, whole, currency)
    )
    return tuple(round_to(part, currency) for part in in_proportion(off, weights, currency))


def _sound(amount: Decimal, whole: Decimal, currency: str) -> Decimal:
    require_at_scale([amount], currency)
    within = ZERO <= amount <= whole if whole > ZERO else whole <= amount <= ZERO
    if not within:
        raise wrong_content(
            "discount_exceeds_amount",
            f"A discount is at most the {in_words_of_a_page(whole, currency)} that bears it.",
        )
    return amount

"""Discounts agreed on a contract's invoices: by line, by volume, as a courtesy (docs/SPEC-discounts.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts_app.domain.money import ZERO, less, total
from contracts_app.domain.names import Name
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.discounts import (
    DiscountedLine,
    DiscountRate,
    VolumeDiscount,
    document_discount,
    line_discounts,
    volume_discount,
)


class LineDiscount(BaseModel):
    """The discount of one line, by its item number; 0: this line bears no discount at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    rate: DiscountRate


class DiscountTerms(BaseModel):
    """What comes off each invoice's work: first of lines by themselves, then by the volume billed to date,
    then the courtesy discount on what is left. Retainage is neither discounted nor given back by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    lines: Annotated[tuple[LineDiscount, ...], Field(max_length=500)] = ()
    volume: VolumeDiscount | None = None
    courtesy: DiscountRate = ZERO

    @model_validator(mode="after")
    def _sensible(self) -> DiscountTerms:
        if len({line.item_no for line in self.lines}) < len(self.lines):
            raise ValueError("a line has one discount")
        if not self.lines and self.volume is None and not self.courtesy:
            raise ValueError("say a discount of lines, by volume or as a courtesy, or leave discounts out")
        return self


def discounts(
    terms: DiscountTerms,
    items: Sequence[str],
    before: Sequence[Decimal],
    now: Sequence[Decimal],
    currency: str,
) -> tuple[Decimal, ...]:
    """What comes off each line's work of this invoice; `before` is the work of each on earlier ones.

    Raises Refused for a line that is not there, and where a volume takes back more than this invoice bills.
    """
    own: Mapping[str, Decimal] = {line.item_no: line.rate for line in terms.lines}
    if unknown := [item for item in own if item not in items]:
        raise wrong_content(
            "discount_of_unknown_line",
            f"A discount is agreed for line {unknown[0]}, which the schedule does not have: correct the "
            "contract's terms.",
        )
    bears = [own.get(item) != ZERO or item not in own for item in items]
    off = list(
        line_discounts(
            [DiscountedLine(net=net, rate=own.get(item, ZERO)) for item, net in zip(items, now, strict=True)],
            currency,
        )
    )
    if terms.volume is not None:
        earlier = total(net for net, may in zip(before, bears, strict=True) if may)
        billed = total(net for net, may in zip(now, bears, strict=True) if may)
        amount = volume_discount(terms.volume, earlier, billed, currency)
        _spread(off, now, bears, currency, amount=amount)
    if terms.courtesy:
        _spread(off, now, bears, currency, rate=terms.courtesy)
    return tuple(off)


def _spread(
    off: list[Decimal],
    nets: Sequence[Decimal],
    bears: Sequence[bool],
    currency: str,
    *,
    rate: Decimal | None = None,
    amount: Decimal | None = None,
) -> None:
    left = [less(net, part) for net, part in zip(nets, off, strict=True)]
    if amount == ZERO or not total(net for net, may in zip(left, bears, strict=True) if may):
        return
    parts = document_discount(left, bears, currency, rate=rate, amount=amount)
    off[:] = [total(both) for both in zip(off, parts, strict=True)]

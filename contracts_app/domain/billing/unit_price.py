"""Unit prices: measured quantity x price, cumulative, with bands of variation (docs/SPEC-bases.md).

Paid is what is measured, not what was estimated. The band says how far a measured quantity may be from the
estimate before another price applies, and that price applies only to the part beyond the band (FAR
52.211-18). Quantities keep up to four decimals, prices up to six; only the amount is rounded, once.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from contracts_app.domain.money import ZERO, Amount, Rate, less, multiply, round_to, total
from contracts_app.domain.names import one_line

_QUANTITY_DECIMALS = 4
_PRICE_DECIMALS = 6


def _decimals(value: Decimal) -> int:
    """How many decimals it needs; zeros at its end are none."""
    return len(f"{value:f}".partition(".")[2].rstrip("0"))


def _quantity(value: Decimal) -> Decimal:
    if value < ZERO or _decimals(value) > _QUANTITY_DECIMALS:
        raise ValueError("a quantity is not negative and has at most 4 decimals")
    return value


def _some(value: Decimal) -> Decimal:
    if value.is_zero():
        raise ValueError("an estimated quantity is above zero")
    return value


def _price(value: Decimal) -> Decimal:
    if value < ZERO or _decimals(value) > _PRICE_DECIMALS:
        raise ValueError("a unit price is not negative and has at most 6 decimals")
    return value


def _part_of_one(value: Decimal) -> Decimal:
    if not ZERO <= value < 1:
        raise ValueError("a band is a fraction of the estimate from 0 to less than 1, e.g. 0.15 for 15 %")
    return value


Quantity = Annotated[Rate, AfterValidator(_quantity)]
"""A measured quantity to date; it is never negative: a correction lowers it."""
Price = Annotated[Rate, AfterValidator(_price)]
Unit = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20), AfterValidator(one_line)
]


class Variation(BaseModel):
    """The band around the estimate, as fractions of it (0.15 and 0.15: from 85 % to 115 %), and the prices
    agreed beyond it.

    `price_above` is the price of each unit above the band; None while none is agreed: the unit price goes on.
    `price_short` is agreed for each unit that the final measure is short of the band.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    above: Annotated[Rate, AfterValidator(_part_of_one)]
    below: Annotated[Rate, AfterValidator(_part_of_one)]
    price_above: Price | None = None
    price_short: Price | None = None


class UnitPrice(BaseModel):
    """What is agreed of a line billed by measure: unit, price of a unit, the estimate, the band."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    unit: Unit
    price: Price
    estimated_quantity: Annotated[Quantity, AfterValidator(_some)]
    variation: Variation | None = None

    def scheduled_value(self, currency: str) -> Decimal:
        """The estimate at the unit price, rounded once."""
        return round_to(multiply(self.estimated_quantity, self.price), currency)


class Measured(BaseModel):
    """A measured quantity, split by the price that it has, and what it comes to.

    `beyond` is above the band; `short` is what a final measure lacks to the lower end of the band.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    at_unit_price: Rate
    beyond: Rate = ZERO
    short: Rate = ZERO
    amount: Amount


def measured(terms: UnitPrice, quantity: Decimal, currency: str, *, finally_measured: bool) -> Measured:
    """What a quantity to date comes to, in `currency`, rounded once.

    A quantity short of the band costs something only when it is the final measure of the line: until then it
    is just not done yet.
    """
    beyond, short = _outside_band(terms, quantity)
    if not finally_measured:
        short = ZERO
    band = terms.variation
    price_above = terms.price if band is None or band.price_above is None else band.price_above
    price_short = ZERO if band is None or band.price_short is None else band.price_short
    inside = less(quantity, beyond)
    exact = total(
        (multiply(inside, terms.price), multiply(beyond, price_above), multiply(short, price_short))
    )
    return Measured(at_unit_price=inside, beyond=beyond, short=short, amount=round_to(exact, currency))


def in_words(quantity: Decimal, unit: str) -> str:
    """A quantity as sentences and papers write it: `1,250.5 m3`."""
    return f"{_written(quantity, 0)} {unit}"


def multiplied_out(terms: UnitPrice, quantity: Decimal, *, finally_measured: bool) -> str:
    """How a quantity to date becomes its amount: `1,150 m3 × 12.50 + 50 m3 × 11.00`."""
    beyond, short = _outside_band(terms, quantity)
    band = terms.variation
    if band is None or band.price_above is None:
        beyond = ZERO
    parts = [(less(quantity, beyond), terms.unit, terms.price)]
    if band is not None and band.price_above is not None and beyond:
        parts.append((beyond, terms.unit, band.price_above))
    if band is not None and band.price_short is not None and short and finally_measured:
        parts.append((short, f"{terms.unit} short", band.price_short))
    return " + ".join(f"{in_words(number, unit)} × {_written(price, 2)}" for number, unit, price in parts)


def _written(number: Decimal, least: int) -> str:
    """A number grouped, without zeros at its end beyond the decimals that it has at least."""
    whole, _, part = f"{number:,f}".partition(".")
    part = part.rstrip("0").ljust(least, "0")
    return f"{whole}.{part}" if part else whole


def _outside_band(terms: UnitPrice, quantity: Decimal) -> tuple[Decimal, Decimal]:
    """The part of a quantity above the band, and what it lacks to the band's lower end."""
    band = terms.variation
    if band is None:
        return ZERO, ZERO
    upper = multiply(terms.estimated_quantity, total((Decimal(1), band.above)))
    lower = multiply(terms.estimated_quantity, less(Decimal(1), band.below))
    return max(less(quantity, upper), ZERO), max(less(lower, quantity), ZERO)

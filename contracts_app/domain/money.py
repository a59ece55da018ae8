"""Amounts, currencies and exact allocation.

An amount inside one contract, invoice or receivable is a `Decimal` in that record's currency. Rounding is
half away from zero, once, at the currency's minor unit (docs/SPEC-money.md). Nothing here reads the ambient
Decimal context: every operation names its precision and rounding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import (
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
    localcontext,
)
from functools import cache
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from contracts_app.domain.refusals import wrong_content

# ISO 4217 minor units; every currency not listed has two.
_MINOR_UNITS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF", "UYI"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
_CURRENCY = re.compile(r"[A-Z]{3}\Z", re.ASCII)
_AMOUNT = re.compile(r"-?(0|[1-9][0-9]{0,13})(\.[0-9]{1,4})?\Z", re.ASCII)
_RATE = re.compile(r"-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,12})?\Z", re.ASCII)
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])
_SHARE_UNIT = Decimal("0.000000000001")

ZERO = Decimal(0)


def minor_units(currency: str) -> int:
    """Decimal places of `currency` (ISO 4217). Raises ValueError for what is not the code of a currency.

    An amount whose currency is not known must not pass for one with two decimals.
    """
    if not _CURRENCY.match(currency or ""):
        raise ValueError(f"not the code of a currency: {currency!r}")
    return _MINOR_UNITS.get(currency, 2)


@cache
def smallest_unit(currency: str) -> Decimal:
    """One minor unit of `currency`, e.g. 0.01 for USD."""
    return Decimal(1).scaleb(-minor_units(currency), context=_EXACT)


def round_to(amount: Decimal, currency: str) -> Decimal:
    """`amount` at the currency's scale, half away from zero, never -0."""
    rounded = amount.quantize(smallest_unit(currency), rounding=ROUND_HALF_UP, context=_EXACT)
    return rounded.copy_abs() if rounded.is_zero() else rounded


def cut_to(amount: Decimal, currency: str) -> Decimal:
    """`amount` at the currency's scale, never above it: for what may not pass a limit by a fraction."""
    rounded = amount.quantize(smallest_unit(currency), rounding=ROUND_FLOOR, context=_EXACT)
    return rounded.copy_abs() if rounded.is_zero() else rounded


def multiply(amount: Decimal, factor: Decimal) -> Decimal:
    """Exact product (60 digits), unrounded."""
    return _EXACT.multiply(amount, factor)


def divide(amount: Decimal, by: int) -> Decimal:
    """Quotient to 60 digits, to be rounded by the caller: a quotient of money by a small whole number is
    never so close to half a cent that these digits would decide."""
    return _EXACT.divide(amount, Decimal(by))


def fraction_of(amount: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """`amount` × `part` / `whole` to 60 digits, to be rounded by the caller; `whole` is not zero.

    Multiplied before it is divided, so that no rounded percentage stands in between.
    """
    return _EXACT.divide(_EXACT.multiply(amount, part), whole)


def total(amounts: Iterable[Decimal]) -> Decimal:
    """Exact sum; zero for no amounts."""
    result = ZERO
    for amount in amounts:
        result = _EXACT.add(result, amount)
    return result


def less(amount: Decimal, *deductions: Decimal) -> Decimal:
    """Exact difference; the operators `+` and `-` would round in whatever context the caller's thread has."""
    for deduction in deductions:
        amount = _EXACT.subtract(amount, deduction)
    return amount


def opposite(amount: Decimal) -> Decimal:
    """The amount with the other sign, never -0."""
    return ZERO if amount.is_zero() else amount.copy_negate()


def share(part: Decimal, whole: Decimal) -> Decimal:
    """`part / whole` to twelve decimals, half away from zero; for display. `whole` is not zero."""
    return _EXACT.divide(part, whole).quantize(_SHARE_UNIT, context=_EXACT)


def rate_to(rate: Decimal, places: int) -> Decimal:
    """A rate with at most so many decimals, half away from zero; one that has no more is left as it is."""
    unit = Decimal(1).scaleb(-places, context=_EXACT)
    shorter = rate.quantize(unit, rounding=ROUND_HALF_UP, context=_EXACT)
    return rate if shorter == rate else shorter


def is_at_scale(amount: Decimal, currency: str) -> bool:
    """Whether `amount` is finite and carries no digits below the currency's minor unit."""
    return amount.is_finite() and amount == amount.quantize(smallest_unit(currency), context=_EXACT)


def require_at_scale(amounts: Iterable[Decimal], currency: str) -> None:
    """Refuse (Refused, `too_many_decimals`) an amount with digits below the currency's minor unit."""
    for amount in amounts:
        if not is_at_scale(amount, currency):
            raise wrong_content("too_many_decimals", f"{amount:f} has more decimals than {currency} has.")


def allocate(amount: Decimal, weights: Sequence[Decimal], currency: str) -> tuple[Decimal, ...]:
    """Split `amount` over non-negative `weights` so that the parts sum to it exactly (largest remainder).

    Raises Refused when there is no weight to split by.
    """
    whole = total(weights)
    if not weights or whole <= ZERO or min(weights) < ZERO:
        raise wrong_content("nothing_to_allocate", "An amount can only be spread over positive shares.")
    return in_proportion(amount, weights, currency)


def in_proportion(amount: Decimal, weights: Sequence[Decimal], currency: str) -> tuple[Decimal, ...]:
    """`amount` in proportion to `weights` of either sign whose sum is not zero, summing to it exactly."""
    whole = total(weights)
    with localcontext(_EXACT):
        exact = [amount * weight / whole for weight in weights]
    return largest_remainder(exact, amount, currency)


def largest_remainder(exact: Sequence[Decimal], whole: Decimal, currency: str) -> tuple[Decimal, ...]:
    """Round exact shares to the minor unit so that they sum to `whole`, which is their own sum, rounded.

    Each share is cut to the unit below; the units left over go to the largest fractions, ties to the
    earliest. A negative whole is spread as its opposite is, so that a credit mirrors what it takes back.
    """
    unit = smallest_unit(currency)
    sign = Decimal(-1) if whole < ZERO else Decimal(1)
    with localcontext(_EXACT):
        mirrored = [amount * sign for amount in exact]
        parts = [amount.quantize(unit, rounding=ROUND_FLOOR) for amount in mirrored]
        left = int((whole * sign - sum(parts, ZERO)) / unit)
        order = sorted(range(len(parts)), key=lambda i: (parts[i] - mirrored[i], i))
        for index in order[:left]:
            parts[index] += unit
        return tuple(part * sign if part else ZERO for part in parts)


def written(amount: Decimal, currency: str) -> str:
    """The amount as plain text at the currency's scale, e.g. `5865300.00`, for JSON and hashes."""
    return f"{round_to(amount, currency):f}"


def in_words_of_a_page(amount: Decimal, currency: str) -> str:
    """The amount as a sentence shows it: `5,865,300.00 USD`."""
    return f"{round_to(amount, currency):,f} {currency}"


def in_percent(rate: Decimal) -> str:
    """A fraction of one as people write it, without needless digits: `10 %`, `7.5 %`."""
    shown = f"{multiply(rate, Decimal(100)):f}"
    return f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown} %"


# Both run while the module is imported, before a mutant can be chosen; tests/domain/test_money.py holds them.
def _strict(pattern: re.Pattern[str], what: str, example: str) -> BeforeValidator:  # pragma: no mutate block
    def parse(value: object) -> Decimal:
        # A Decimal made by our own arithmetic or read from the database keeps to the same size and scale.
        if isinstance(value, Decimal) and value.is_finite() and pattern.match(f"{value:f}"):
            return value
        if isinstance(value, str) and pattern.match(value):
            return Decimal(value)
        raise ValueError(f"{what} must be text like {example}, with a point before the decimals")

    return BeforeValidator(parse)


def _text_schema(pattern: re.Pattern[str], example: str) -> WithJsonSchema:  # pragma: no mutate block
    written = "^" + pattern.pattern.removesuffix(r"\Z") + "$"
    return WithJsonSchema({"type": "string", "pattern": written, "examples": [example]})


def _no_minus_zero(value: Decimal) -> Decimal:
    return value.copy_abs() if value.is_zero() else value


_AsText = PlainSerializer(lambda value: f"{value:f}", return_type=str)

# What crosses an edge (HTTP, Temporal, snapshot): text in, Decimal inside, text out; JSON numbers are
# refused.
Amount = Annotated[
    Decimal,
    _strict(_AMOUNT, "an amount", '"1234.50"'),
    AfterValidator(_no_minus_zero),
    _AsText,
    _text_schema(_AMOUNT, "1234.50"),
]
Rate = Annotated[
    Decimal,
    _strict(_RATE, "a rate", '"0.10"'),
    AfterValidator(_no_minus_zero),
    _AsText,
    _text_schema(_RATE, "0.10"),
]


def _part_of_one(value: Decimal) -> Decimal:
    if not ZERO <= value <= 1:
        raise ValueError("a fraction from 0 to 1, e.g. 0.05 for 5 %")
    return value


def _not_below_zero(value: Decimal) -> Decimal:
    if value < ZERO:
        raise ValueError("not below zero")
    return value


Fraction = Annotated[Rate, AfterValidator(_part_of_one)]
"""Part of a whole, from 0 to 1."""
UnsignedRate = Annotated[Rate, AfterValidator(_not_below_zero)]
"""A rate, price or quantity that is not below zero."""
UnsignedAmount = Annotated[Amount, AfterValidator(_not_below_zero)]
"""An amount that is not below zero."""

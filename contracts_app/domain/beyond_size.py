"""Figures that our own arithmetic made and that are larger than amounts and rates may be.

What people type is held to a size where it comes in (`domain.money`). A price times a quantity, each of a
size that may be typed, can still come to more: that is the caller's mistake, most likely a slip of the
decimal point, and no fault of the system.
"""

from __future__ import annotations

from decimal import Decimal

from pydantic import ValidationError

from contracts_app.domain.refusals import Refused, wrong_content

LARGEST = Decimal(10) ** 10
"""Nothing smaller is refused for its size, as a rate or as an amount."""
SENTENCE = "This comes to a figure that is too large: look at the quantities, prices and amounts again."


def is_beyond_size(error: ValidationError) -> bool:
    """Whether the size of worked-out figures is all that `error` finds."""
    return all(_beyond(one["input"]) for one in error.errors(include_url=False))


def too_large() -> Refused:
    """The refusal for it: `amount_too_large`."""
    return wrong_content("amount_too_large", SENTENCE)


def _beyond(value: object) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and value.copy_abs() >= LARGEST

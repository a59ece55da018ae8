"""Credits reverse tax at the rate at which it was charged (docs/SPEC-tax.md).

What remains of a group is the original less what was credited of it, never worked out anew: the last credit
takes exactly what is left, whatever the roundings before it came to.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import (
    ZERO,
    Amount,
    in_words_of_a_page,
    less,
    multiply,
    require_at_scale,
    round_to,
)
from contracts_app.domain.names import Name
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.tax.tax import TaxFraction, TaxGroup


class CreditWanted(BaseModel):
    """How much of a group's base is credited; no amount: all that remains."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tax: Name = "VAT"
    code: str = "S"
    rate: TaxFraction = ZERO
    base: Amount | None = None


def remaining(original: TaxGroup, credited: Sequence[TaxGroup], currency: str) -> TaxGroup:
    """What of the group can still be credited: original less credited, base and tax each by itself."""
    before = [group for group in credited if group.key == original.key]
    base = less(original.base, *(group.base for group in before))
    amount = less(original.amount, *(group.amount for group in before))
    return original.model_copy(
        update={"base": round_to(base, currency), "amount": round_to(amount, currency)}
    )


def credit(
    original: Sequence[TaxGroup], credited: Sequence[TaxGroup], wanted: Sequence[CreditWanted], currency: str
) -> tuple[TaxGroup, ...]:
    """The groups of a credit note, with amounts as the invoice has them (a credit of 100 says 100).

    `credited` are the groups of all credit notes before. Raises Refused for a rate that the invoice does not
    have, one that is named twice, and for more than remains.
    """
    by_key = {group.key: group for group in original}
    if len({(one.tax, one.code, one.rate) for one in wanted}) < len(wanted):
        raise wrong_content("credited_twice", "Name each rate of a credit note once.")
    given = []
    for one in wanted:
        group = by_key.get((one.tax, one.code, one.rate))
        if group is None:
            raise wrong_content(
                "not_on_the_invoice",
                f"The invoice has no {one.tax} of category {one.code} at {one.rate:f}: credit the rate it "
                "was charged at.",
            )
        given.append(_credited_part(remaining(group, credited, currency), one.base, currency))
    return tuple(given)


def _credited_part(left: TaxGroup, base: Decimal | None, currency: str) -> TaxGroup:
    if base is None or base == left.base:
        return left
    require_at_scale([base], currency)
    if base == ZERO or (base > ZERO) != (left.base > ZERO) or base.copy_abs() > left.base.copy_abs():
        raise wrong_content(
            "credit_exceeds_invoice",
            f"Of this rate {in_words_of_a_page(left.base, currency)} can still be credited, not "
            f"{in_words_of_a_page(base, currency)}.",
        )
    at_rate = round_to(multiply(base, left.rate), currency)
    # Roundings of earlier credits may have used up the tax before the base: never more than is left of it.
    tax = min(at_rate, left.amount) if base > ZERO else max(at_rate, left.amount)
    return left.model_copy(update={"base": base, "amount": tax})

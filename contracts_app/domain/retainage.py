"""Retainage: what is withheld to date, held and released, line by line (docs/SPEC-retainage.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.contract import RetainageLevel, RetainageTerms
from contracts_app.domain.money import (
    ZERO,
    in_proportion,
    in_words_of_a_page,
    is_at_scale,
    largest_remainder,
    multiply,
    round_to,
    total,
)
from contracts_app.domain.refusals import wrong_content


def withheld_to_date(
    terms: RetainageTerms,
    lines: Sequence[tuple[UUID, Decimal | None, Decimal, Decimal]],
    currency: str,
) -> Mapping[UUID, Decimal]:
    """Retainage withheld on work to date, before any release, per line.

    Each line is (id, its own rate or None, completed work D + E, stored material F). A line's own rate
    replaces both contract rates. At level `contract` the sum is rounded once and spread over the lines by
    largest remainder, so that line 5 equals the sum of column I at either level.
    """
    exact = {
        line_id: total(
            (
                multiply(completed, terms.rate_completed if own is None else own),
                multiply(stored, terms.rate_stored if own is None else own),
            )
        )
        for line_id, own, completed, stored in lines
    }
    if terms.level is RetainageLevel.line:
        return {line_id: round_to(amount, currency) for line_id, amount in exact.items()}
    shares = list(exact.values())
    whole = round_to(total(shares), currency)
    return dict(zip(exact, largest_remainder(shares, whole, currency), strict=True))


def release_by_line(
    held: Mapping[UUID, Decimal], amount: Decimal | None, currency: str
) -> Mapping[UUID, Decimal]:
    """Spread a release over the lines in proportion to what each still holds, exact to the cent.

    `amount` None releases everything held. A line that holds a credit (a deductive change order) gives its
    credit back in the same proportion. Raises Refused when more would be released than is held.
    """
    whole = total(held.values())
    if amount is None:
        return dict(held)
    if amount <= ZERO or amount > whole:
        raise wrong_content(
            "release_exceeds_held",
            "A release is more than zero and at most the retainage held, "
            f"{in_words_of_a_page(whole, currency)}.",
        )
    if not is_at_scale(amount, currency):
        raise wrong_content("too_many_decimals", f"{amount:f} has more decimals than {currency} has.")
    return dict(zip(held, in_proportion(amount, list(held.values()), currency), strict=True))

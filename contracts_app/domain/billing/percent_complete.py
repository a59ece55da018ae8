"""Percent complete: what a line comes to for a percentage of its scheduled value (docs/SPEC-bases.md).

Percentages are fractions of one (0.5 = 50 %). The amount that comes out is what counts from then on: it is
kept with the percentage, and showing it again never works it out again.
"""

from __future__ import annotations

from decimal import Decimal

from contracts_app.domain.money import less, multiply, round_to


def this_period(
    scheduled: Decimal, fraction_to_date: Decimal, previous: Decimal, stored: Decimal, currency: str
) -> Decimal:
    """E for a percentage to date, stored material included: G = round(C x %), E = G - D - F.

    Below zero where the work stands lower than what was billed: a correction downwards.
    """
    return less(round_to(multiply(scheduled, fraction_to_date), currency), previous, stored)


def this_period_alone(scheduled: Decimal, fraction_this_period: Decimal, currency: str) -> Decimal:
    """E for a percentage of this period's work alone: round(C x %), without stored material.

    Each period rounds by itself, so such percentages may add up to 100 % and their amounts to a cent more or
    less than C; a percentage to date of 100 % brings the difference.
    """
    return round_to(multiply(scheduled, fraction_this_period), currency)

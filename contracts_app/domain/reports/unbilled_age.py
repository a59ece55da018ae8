"""Unbilled work by age: how long it has waited since it was done (docs/SPEC-work-in-progress.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import Amount, total
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.refusals import wrong_content

LIMITS = (30, 60, 90)
"""The last day of each column but the last, in days."""


class Unbilled(BaseModel):
    """Work done and not billed; a correction is below zero."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    worked_on: BusinessDate
    amount: Amount


class Aged(BaseModel):
    """What is so many days old: `from_days` to `to_days`, both included; None: and older."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    from_days: int
    to_days: int | None
    amount: Amount


def by_age(
    items: Iterable[Unbilled], as_of: date, limits: Sequence[int] = LIMITS
) -> tuple[Sequence[Aged], Decimal]:
    """Every item in one column, by the days from its work to `as_of`, and what is dated after that day.

    A correction stays in the column of its own day. Raises Refused for limits that do not rise from zero.
    """
    edges = [-1, *limits]
    if any(later <= earlier for earlier, later in pairwise(edges)):
        raise wrong_content(
            "limits_do_not_rise", "The limits of the columns are days that rise, e.g. 30, 60, 90."
        )
    known = [((as_of - item.worked_on).days, item.amount) for item in items]
    columns = [
        Aged(
            from_days=edge + 1,
            to_days=until,
            amount=total(
                amount for days, amount in known if edge < days and (until is None or days <= until)
            ),
        )
        for edge, until in zip(edges, [*limits, None], strict=True)
    ]
    return columns, total(amount for days, amount in known if days < 0)

"""Notices that a cap or an order is nearly used up: each level once, and again after it was raised.

A time-and-materials contract of the US government wants notice at 85 % of its ceiling (FAR 52.232-7(d)), one
under a limitation of cost or funds at 75 % (FAR 52.232-20(b), 52.232-22(c)); orders warn at 75, 90 and 100 %.
The levels are terms; where a contract names none, caps have those of the clauses, in
`contracts_app/law/cap_notices.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

from contracts_app.domain.law import Provision
from contracts_app.domain.money import (
    ZERO,
    Amount,
    Rate,
    in_percent,
    in_words_of_a_page,
    multiply,
    total,
)


def _above_zero(level: Decimal) -> Decimal:
    if level <= ZERO:
        raise ValueError("a level is a fraction above 0, e.g. 0.85 for 85 %")
    return level


Level = Annotated[Rate, AfterValidator(_above_zero)]


ORDER_LEVELS = (Decimal("0.75"), Decimal("0.90"), Decimal("1.00"))
"""At which a line of a purchase order is told of, where the contract names no levels."""


class NoticeClause(Provision):
    """A clause that asks for notice once what is earned and what is expected to be in the next `days` passes
    `share` of the ceiling. A contract may set both within the bounds, where the clause has bounds."""

    share: Level
    least_share: Level
    most_share: Level
    days: int
    least_days: int
    most_days: int


def usual_levels(clauses: Iterable[NoticeClause], on: date | None = None) -> tuple[Decimal, ...]:
    """At which a cap is told of, where the contract names no levels: the shares of the clauses in force.

    The clauses are a table of law, so that the shares stand once.
    """
    return tuple(sorted({row.share for row in clauses if on is None or row.covers(on)}))


def sentence(notice: Notice, name: str, currency: str) -> str:
    """What a person is told."""
    earned, amount = (in_words_of_a_page(one, currency) for one in (notice.earned, notice.amount))
    return f"{in_percent(notice.level)} of {name} is reached: {earned} of {amount} is earned, billed or not."


class Notice(BaseModel):
    """A level that is reached: what is earned, with what is expected, is level × `amount` or more."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    limit_id: UUID
    level: Level
    amount: Amount
    earned: Amount
    expected: Amount


class Told(BaseModel):
    """A notice that was given: for which level, and how high the limit was."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    limit_id: UUID
    level: Level
    amount: Amount


def due(
    limit_id: UUID,
    amount: Decimal,
    earned: Decimal,
    levels: Iterable[Decimal],
    told: Iterable[Told],
    expected: Decimal = ZERO,
) -> tuple[Notice, ...]:
    """The notices to give now, lowest level first.

    `earned` is billed, reserved and unbilled; `expected` what is to be earned within the clause's days. A
    level is due when both together reach it, unless notice of it was given when the limit was as high as now
    or higher. Exactly at a level is due as well: a cent before the clauses ask for it.
    """
    given = [(known.level, known.amount) for known in told if known.limit_id == limit_id]
    reached = total((earned, expected))
    return tuple(
        Notice(
            limit_id=limit_id,
            level=level,
            amount=amount,
            earned=earned,
            expected=expected,
        )
        for level in sorted(set(levels))
        if reached > ZERO
        and reached >= multiply(level, amount)
        and not any(known == level and amount <= then for known, then in given)
    )

"""Notices that a cap or an order is nearly used up: each level once, and again after it was raised.

A time-and-materials contract of the US government wants notice at 85 % of its ceiling (FAR 52.232-7(d)), one
under a limitation of cost or funds at 75 % (FAR 52.232-20(b), 52.232-22(c)); orders warn at 75, 90 and 100 %.
The levels are terms; the clauses' own are in `contracts_app/law/cap_notices.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

from contracts_app.domain.law import Provision
from contracts_app.domain.money import ZERO, Amount, Rate, multiply, total


def _above_zero(level: Decimal) -> Decimal:
    if level <= ZERO:
        raise ValueError("a level is a fraction above 0, e.g. 0.85 for 85 %")
    return level


Level = Annotated[Rate, AfterValidator(_above_zero)]


class NoticeTerms(BaseModel):
    """The levels at which a contract wants to be told, where it says nothing else: of its caps the two that
    the clauses name, of the client's purchase orders three."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    of_caps: tuple[Level, ...] = (Decimal("0.75"), Decimal("0.85"))
    of_orders: tuple[Level, ...] = (Decimal("0.75"), Decimal("0.90"), Decimal("1.00"))


class NoticeClause(Provision):
    """A clause that asks for notice once what is earned and what is expected to be in the next `days` passes
    `share` of the ceiling. A contract may set both within the bounds, where the clause has bounds."""

    share: Level
    least_share: Level
    most_share: Level
    days: int
    least_days: int
    most_days: int


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

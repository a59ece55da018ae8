"""How long the law of the place lets a client wait before it says what is wrong with an application.

The numbers are rows of `contracts_app/law/reply_days.toml` (docs/SPEC-pay-application.md, rule 18).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from pydantic import Field

from contracts_app.domain.law import Provision
from contracts_app.domain.retainage.retainage_terms import Works


class ReplyProvision(Provision):
    """Law: the calendar days, from receipt, within which a client objects to an application."""

    applies_to: Annotated[tuple[Works, ...], Field(min_length=1)]
    days: Annotated[int, Field(ge=0, le=90)]


def exceeded(days: int, works: Works, rows: Iterable[ReplyProvision]) -> Sequence[ReplyProvision]:
    """The provisions for such works that give the client fewer days than the contract does."""
    return tuple(row for row in rows if works in row.applies_to and row.days < days)


def sentence(days: int, row: ReplyProvision) -> str:
    """What to say of a contract that gives the client more days than this provision."""
    return (
        f"The contract gives the client {days} days to reply to an application, the law {row.days} to say "
        f"what is wrong with it ({row.citation}): the client is asked only after the contract's days."
    )

"""Commands that close an accounting month of the firm and open it again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts_app.domain.closing.checklist import Accepted, Item
from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark

Month = Annotated[str, StringConstraints(pattern=r"^(199\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])$")]
"""A calendar month like `2024-03`."""


class _OfMonth(CommandBody):
    month: Month

    @property
    def first_day(self) -> date:
        """The first day of the month."""
        return date.fromisoformat(f"{self.month}-01")


class SoftClosePeriod(_OfMonth):
    """Begin to close a month: from now on only a controller dates anything into it."""

    command: Literal["soft_close_period"] = "soft_close_period"


class ClosePeriod(_OfMonth):
    """Close a month for everybody; what its checklist shows is done first, or accepted with a reason."""

    command: Literal["close_period"] = "close_period"
    accepted: Annotated[tuple[Accepted, ...], Field(max_length=len(Item))] = ()


class ReopenPeriod(_OfMonth):
    """Open a month again, with a reason."""

    command: Literal["reopen_period"] = "reopen_period"
    reason: Reason


class ReviewAccrual(_OfMonth):
    """Confirm a contract's figures at the end of a month that is being closed, or remark on them."""

    command: Literal["review_accrual"] = "review_accrual"
    contract_id: UUID
    figures: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    """The SHA-256 of the figures that were seen."""
    remark: Remark = ""

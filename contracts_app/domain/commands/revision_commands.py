"""Commands that move budget between lines of the schedule of values; the contract sum stays."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark
from contracts_app.domain.money import Amount
from contracts_app.domain.names import BusinessDate, Name


class LineMove(BaseModel):
    """What a revision adds to the line of this number, or with a minus takes from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    item_no: Name
    amount: Amount


class ProposeRevision(CommandBody):
    """Propose to move budget between lines: the moves add up to zero.

    In force from `effective_on`, so it counts from the first application whose period ends on that day or
    later. A line falls below what is billed of it only if `taking_back` names it; the next application then
    takes the difference back.
    """

    command: Literal["propose_revision"] = "propose_revision"
    contract_id: UUID
    number: Name
    effective_on: BusinessDate
    reason: Reason
    moves: Annotated[tuple[LineMove, ...], Field(min_length=2, max_length=2000)]
    taking_back: Annotated[tuple[Name, ...], Field(max_length=2000)] = ()


class ApproveRevision(CommandBody):
    """Somebody else puts the revision in force as it was proposed."""

    command: Literal["approve_revision"] = "approve_revision"
    contract_id: UUID
    number: Name
    remark: Remark = ""


class RejectRevision(CommandBody):
    """The revision is not made."""

    command: Literal["reject_revision"] = "reject_revision"
    contract_id: UUID
    number: Name
    reason: Reason

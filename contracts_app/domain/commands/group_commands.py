"""What people decide about billing groups: several contracts of a client on one invoice."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.names import BusinessDate, Name


class SetBillingGroup(CommandBody):
    """Put contracts of a client together, or change which ones are; without any the group is dissolved."""

    command: Literal["set_billing_group"] = "set_billing_group"
    client_id: UUID
    group_id: UUID | None = None
    """The group that is changed; left out for a new one."""
    name: Name
    contracts: Annotated[tuple[UUID, ...], Field(max_length=100)]


class PrepareGroup(CommandBody):
    """Open the next invoice of every contract of the group that has something to bill."""

    command: Literal["prepare_group"] = "prepare_group"
    client_id: UUID
    group_id: UUID
    period_to: BusinessDate


class LeftOut(BaseModel):
    """A draft that does not go out with the others now, and why; it stays as it is, for the next one."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    invoice_id: UUID
    reason: Reason


class IssueGroup(CommandBody):
    """Issue the approved drafts of a group as one invoice; each of its other drafts is left out by name."""

    command: Literal["issue_group"] = "issue_group"
    client_id: UUID
    group_id: UUID
    left_out: Annotated[tuple[LeftOut, ...], Field(max_length=100)] = ()

"""Commands on who approves: the firm's policy, agreed to by two controllers, and places taken for others."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts_app.domain.approving.policy import DaysToWait, PersonLimit
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.money import UnsignedAmount
from contracts_app.domain.names import BusinessDate

Who = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
"""`project manager then controller and Ann Example or Bea Sample` (`approving.in_words`)."""


class TypedRule(BaseModel):
    """Who approves some drafts: of one contract or client, of one kind, above an amount of line 8."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    contract_id: UUID | None = None
    client_id: UUID | None = None
    kind: Kind | None = None
    above: UnsignedAmount | None = None
    who: Who


class ProposeApprovalPolicy(CommandBody):
    """Propose who approves from a day on; it replaces the whole policy when another controller agrees."""

    command: Literal["propose_approval_policy"] = "propose_approval_policy"
    effective_from: BusinessDate
    rules: Annotated[tuple[TypedRule, ...], Field(max_length=200)]
    limits: Annotated[tuple[PersonLimit, ...], Field(max_length=1000)] = ()
    by_mail: Annotated[bool, ADDED_LATER] = False
    """Whoever may approve a draft is asked by mail, with a link by which he may."""
    remind_after: Annotated[DaysToWait | None, ADDED_LATER] = None
    """Business days after which whoever may approve is reminded."""
    escalate_after: Annotated[DaysToWait | None, ADDED_LATER] = None
    """Business days after which the controllers are told."""
    reason: Reason


class AgreeToApprovalPolicy(CommandBody):
    """Agree to the policy that another controller proposed."""

    command: Literal["agree_to_approval_policy"] = "agree_to_approval_policy"
    policy_id: UUID


class WithdrawApprovalPolicy(CommandBody):
    """Drop a policy that was proposed."""

    command: Literal["withdraw_approval_policy"] = "withdraw_approval_policy"
    policy_id: UUID
    reason: Reason


class DelegateApprovals(CommandBody):
    """Let another approve drafts in one's place, from one day to another, both included.

    By oneself; for somebody who is away by a controller, and never to himself.
    """

    command: Literal["delegate_approvals"] = "delegate_approvals"
    person_id: UUID
    to_id: UUID
    from_on: BusinessDate
    to_on: BusinessDate
    reason: Reason


class EndDelegation(CommandBody):
    """Let the other approve in the person's place no longer, from now on."""

    command: Literal["end_delegation"] = "end_delegation"
    delegation_id: UUID
    reason: Reason

"""Commands on milestones: planned, reached with evidence, accepted or not."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts_app.domain.commands.command_body import CommandBody, Reason, Version
from contracts_app.domain.money import ZERO, Amount
from contracts_app.domain.names import BusinessDate, Name


class PlanMilestone(CommandBody):
    """Make part of a line (or the release of retainage) depend on approved evidence."""

    command: Literal["plan_milestone"] = "plan_milestone"
    contract_id: UUID
    title: Name
    item_no: Name | None = None
    amount: Amount = ZERO
    planned_on: BusinessDate | None = None
    close_out: bool = False


class AchieveMilestone(CommandBody):
    """The coordinator says that a milestone is reached and what proves it."""

    command: Literal["achieve_milestone"] = "achieve_milestone"
    contract_id: UUID
    milestone_id: UUID
    evidence: Reason
    amount: Amount | None = None
    """How much of it is reached by now, where the contract lets a milestone be billed in parts."""


class ApproveMilestone(CommandBody):
    """The project manager accepts the evidence, and what is reached by it, as he saw them."""

    command: Literal["approve_milestone"] = "approve_milestone"
    contract_id: UUID
    milestone_id: UUID
    version: Version
    """Of the milestone, as it was seen."""


class RejectMilestone(CommandBody):
    """The project manager does not accept the evidence; the milestone is open as before."""

    command: Literal["reject_milestone"] = "reject_milestone"
    contract_id: UUID
    milestone_id: UUID
    reason: Reason


class ChangeMilestone(CommandBody):
    """Plan a milestone otherwise while the contract is being set up; all that is said of it is said again."""

    command: Literal["change_milestone"] = "change_milestone"
    contract_id: UUID
    milestone_id: UUID
    title: Name
    item_no: Name | None = None
    amount: Amount = ZERO
    planned_on: BusinessDate | None = None
    close_out: bool = False


class RemoveMilestone(CommandBody):
    """Take a milestone out of the plan while the contract is being set up."""

    command: Literal["remove_milestone"] = "remove_milestone"
    contract_id: UUID
    milestone_id: UUID

"""Who must approve a draft, and who may: nobody approves what he prepared."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.refusals import Refused, not_allowed
from contracts_app.domain.roles import Role


class Step(StrEnum):
    """The steps of the approval chain, in their order."""

    project_manager = "project_manager"
    controller = "controller"


class Approval(BaseModel):
    """One approval, bound to the content hash that the approver saw."""

    model_config = ConfigDict(frozen=True)
    step: Step
    by: UUID
    at: datetime
    content_hash: str


def chain(line8: Decimal, controller_limit: Decimal) -> tuple[Step, ...]:
    """The project manager approves every draft; above the contract's limit the controller too."""
    return (Step.project_manager, Step.controller) if line8 > controller_limit else (Step.project_manager,)


def next_step(steps: Iterable[Step], approvals: Iterable[Approval], content_hash: str) -> Step | None:
    """The first step without an approval of exactly this content; None when the chain is complete."""
    given = {approval.step for approval in approvals if approval.content_hash == content_hash}
    return next((step for step in steps if step not in given), None)


def check_somebody_can(
    project_manager: UUID | None, project_manager_name: str, preparers: Collection[UUID]
) -> None:
    """Refuse (Refused) a draft that nobody could approve: its project manager prepared or edited it."""
    if project_manager in preparers:
        raise Refused(
            "nobody_can_approve",
            f"{project_manager_name} prepared or edited this draft, and only its project manager can "
            "approve it: withdraw the draft and open a new one (it starts from these entries), or let a "
            "controller name another project manager.",
        )


def check_approver(
    *,
    step: Step | None,
    by: UUID,
    roles: Collection[Role],
    project_manager: UUID | None,
    preparers: Collection[UUID],
    earlier_approvers: Collection[UUID],
    seen_hash: str,
    content_hash: str,
) -> Step:
    """The step that this person may take now.

    Raises Refused: nobody approves what he prepared (whoever submitted it or edited it since), nobody takes
    two steps of one chain, an approval counts only for the content that was seen.
    """
    if by in preparers:
        raise not_allowed("You prepared or edited this draft, so somebody else must approve it.")
    if step is None:
        raise Refused("already_approved", "Every approval that this draft needs has been given.")
    if step is Step.project_manager and (Role.project_manager not in roles or by != project_manager):
        raise not_allowed("This draft waits for the approval of the contract's project manager.")
    if step is Step.controller and Role.controller not in roles:
        raise not_allowed("This draft waits for the approval of a controller.")
    if by in earlier_approvers:
        raise not_allowed(
            "You have approved an earlier step of this draft; another person must take this one."
        )
    if seen_hash != content_hash:
        raise Refused(
            "content_changed",
            "The draft has changed since you opened it: look at it again and approve what it says now.",
        )
    return step

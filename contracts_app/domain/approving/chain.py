"""The chain of approvals that a draft goes through: stages one after the other, the steps of one beside each
other.

Without a policy of the firm the contract's project manager approves every draft, and above the contract's
limit a controller after him. A policy says otherwise (`policy`); the part of it that applies to a contract
stands in the snapshot of its drafts, so that an approval is bound to the chain that it was given in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain as joined
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.money import Amount
from contracts_app.domain.names import Name


class Who(StrEnum):
    """Whom an approver is found by."""

    contract_manager = "contract_manager"
    """The project manager whom the contract names."""
    project_manager = "project_manager"
    """Any project manager of the firm."""
    controller = "controller"
    person = "person"


class Approver(BaseModel):
    """Somebody who may take a step: by what he is, or one person with the name that he had then."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    who: Who
    person_id: UUID | None = None
    name: str = ""

    @property
    def called(self) -> str:
        """As sentences call him."""
        if self.who is Who.contract_manager:
            return "the project manager"
        return self.name if self.who is Who.person else f"a {self.who.value.replace('_', ' ')}"


class Step(BaseModel):
    """One approval: any of its approvers gives it. `name` tells it from the other steps of its chain."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: Name
    approvers: tuple[Approver, ...]

    @property
    def called(self) -> str:
        """Who takes it, as sentences say it."""
        return " or ".join(one.called for one in self.approvers)


Stage = tuple[Step, ...]
"""Steps that are open at the same time; the next stage begins when all of them are taken."""


class Band(BaseModel):
    """The stages of drafts above an amount (line 8); without one, of all that no other band is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    above: Amount | None
    stages: tuple[Stage, ...]


class Approval(BaseModel):
    """One approval, bound to the content hash that the approver saw. `on_behalf_of`: whose place he took."""

    model_config = ConfigDict(frozen=True)
    step: str
    by: UUID
    at: datetime
    content_hash: str
    on_behalf_of: UUID | None = None


MANAGER = Step(name="project_manager", approvers=(Approver(who=Who.contract_manager),))
CONTROLLER = Step(name="controller", approvers=(Approver(who=Who.controller),))


def chain_of(
    line8: Decimal, controller_limit: Decimal, bands: Sequence[Band] | None = None
) -> tuple[Stage, ...]:
    """The stages for a draft of this amount. Of the bands that it is above, the highest counts."""
    for band in sorted(bands or (), key=lambda one: (one.above is not None, one.above or 0), reverse=True):
        if band.above is None or line8 > band.above:
            return band.stages
    return ((MANAGER,), (CONTROLLER,)) if line8 > controller_limit else ((MANAGER,),)


def steps_of(stages: Iterable[Stage]) -> tuple[Step, ...]:
    """All steps, in their order."""
    return tuple(joined.from_iterable(stages))


def open_steps(stages: Iterable[Stage], approvals: Iterable[Approval], content_hash: str) -> tuple[Step, ...]:
    """The steps that can be taken now: those of the first stage that lacks an approval of exactly this
    content. None when the chain is complete."""
    given = {approval.step for approval in approvals if approval.content_hash == content_hash}
    for stage in stages:
        left = tuple(step for step in stage if step.name not in given)
        if left:
            return left
    return ()

"""Who may approve: nobody what he prepared, only what he saw, one step each."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contracts_app.domain.approvals import Approval, Step, chain, check_approver, next_step
from contracts_app.domain.refusals import Refused
from contracts_app.domain.roles import Role
from tests.domain.agreements import identity

HASH, OLD = "a" * 64, "b" * 64
PM, CONTROLLER, COORDINATOR = Role.project_manager, Role.controller, Role.coordinator
TEN = datetime(2024, 4, 15, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One attempt to approve; the defaults are the project manager approving what he saw."""

    expected: str
    by: str = "pam"
    roles: Collection[Role] = (PM,)
    project_manager: str | None = "pam"
    preparers: Collection[str] = ("cora",)
    given: tuple[tuple[Step, str, str], ...] = ()
    line8: str = "1000"
    limit: str = "5000"
    seen: str = HASH
    name: str = field(default="", compare=False)


CASES = {
    "the project manager": Case("project_manager"),
    "the preparer with the manager's role": Case(
        "not_allowed", by="cora", roles=(PM, COORDINATOR), project_manager="cora"
    ),
    "an editor since": Case("not_allowed", preparers=("cora", "pam")),
    "another project manager": Case("not_allowed", by="paul"),
    "the right person without the role": Case("not_allowed", roles=(COORDINATOR,)),
    "no project manager is named": Case("not_allowed", project_manager=None),
    "a controller for the manager's step": Case("not_allowed", by="carl", roles=(CONTROLLER,)),
    "a stale hash": Case("content_changed", seen=OLD),
    "below the limit one step is enough": Case(
        "already_approved", given=((Step.project_manager, "pam", HASH),)
    ),
    "at the limit one step is enough": Case(
        "already_approved", line8="5000", given=((Step.project_manager, "pam", HASH),)
    ),
    "above the limit the manager is first": Case("project_manager", line8="5000.01"),
    "a controller before the manager": Case("not_allowed", line8="5000.01", by="carl", roles=(CONTROLLER,)),
    "then the controller": Case(
        "controller",
        line8="5000.01",
        by="carl",
        roles=(CONTROLLER,),
        given=((Step.project_manager, "pam", HASH),),
    ),
    "a second manager for the controller's step": Case(
        "not_allowed", line8="5000.01", by="paul", given=((Step.project_manager, "pam", HASH),)
    ),
    "two steps by one person": Case(
        "not_allowed",
        line8="5000.01",
        roles=(PM, CONTROLLER),
        given=((Step.project_manager, "pam", HASH),),
    ),
    "the controller with a stale hash": Case(
        "content_changed",
        line8="5000.01",
        by="carl",
        roles=(CONTROLLER,),
        seen=OLD,
        given=((Step.project_manager, "pam", HASH),),
    ),
    "the chain is complete": Case(
        "already_approved",
        line8="5000.01",
        by="carl",
        roles=(CONTROLLER,),
        given=((Step.project_manager, "pam", HASH), (Step.controller, "cleo", HASH)),
    ),
    "an approval of older content counts for nothing": Case(
        "project_manager", given=((Step.project_manager, "pam", OLD),)
    ),
    "the controller waits again when the content changed": Case(
        "not_allowed",
        line8="5000.01",
        by="carl",
        roles=(CONTROLLER,),
        given=((Step.project_manager, "pam", OLD), (Step.controller, "carl", OLD)),
    ),
    "a credit needs no controller": Case(
        "already_approved", line8="-9000", given=((Step.project_manager, "pam", HASH),)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_who_may_approve(case: Case) -> None:
    approvals = [
        Approval(step=step, by=identity(by), at=TEN, content_hash=seen) for step, by, seen in case.given
    ]
    step = next_step(chain(Decimal(case.line8), Decimal(case.limit)), approvals, HASH)

    def attempt() -> Step:
        return check_approver(
            step=step,
            by=identity(case.by),
            roles=case.roles,
            project_manager=identity(case.project_manager) if case.project_manager else None,
            preparers={identity(name) for name in case.preparers},
            earlier_approvers={known.by for known in approvals if known.content_hash == HASH},
            seen_hash=case.seen,
            content_hash=HASH,
        )

    if case.expected in list(Step):
        assert attempt() == case.expected
    else:
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == case.expected
        assert refused.value.sentence.endswith(".")

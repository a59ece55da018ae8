"""Where a draft stands in its chain of approvals, and who may take which step, as the rules ask for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain.approving import chain, deciding, policy
from contracts_app.domain.approving.chain import Approval, Band, Stage, Step
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.store import approval_policies, contracts, exchange, invoice_approvals, people


@dataclass(frozen=True)
class Standing:
    """A draft before its approvers."""

    stages: tuple[Stage, ...]
    given: tuple[Approval, ...]
    """Of exactly what it says now."""
    open: tuple[Step, ...]


def bands(
    connection: Connection, firm_id: UUID, agreed: RowMapping, snapshot: Snapshot, on: date
) -> tuple[Band, ...] | None:
    """What the policy of the day says of a draft; None where it says nothing of it."""
    in_force = approval_policies.in_force(connection, firm_id, on)
    return policy.bands_for(in_force.rules, agreed["id"], agreed["client_id"], snapshot.kind)


def standing(
    connection: Connection,
    firm_id: UUID,
    invoice_id: UUID,
    snapshot: Snapshot,
    line8: Decimal,
    content_hash: str,
) -> Standing:
    """Which steps of its chain are taken for exactly this content, and which can be taken now."""
    stages = chain.chain_of(line8, snapshot.terms.controller_limit, snapshot.approval)
    given = tuple(
        one
        for one in invoice_approvals.approvals(connection, firm_id, invoice_id)
        if one.content_hash == content_hash
    )
    return Standing(stages, given, chain.open_steps(stages, given, content_hash))


def expected(
    connection: Connection, firm_id: UUID, snapshot: Snapshot, line8: Decimal, *, submitted: bool
) -> tuple[Stage, ...]:
    """The chain of a draft: as it was submitted, else as the policy of today would have it."""
    said = snapshot.approval
    if not submitted:
        agreed = contracts.find(connection, firm_id, snapshot.contract_id)
        assert agreed is not None  # foreign key
        said = bands(connection, firm_id, agreed, snapshot, exchange.today(connection, firm_id, agreed["id"]))
    return chain.chain_of(line8, snapshot.terms.controller_limit, said)


def taking(
    connection: Connection,
    firm_id: UUID,
    by: UUID,
    draft: deciding.Draft,
    seen_hash: str,
    on: date,
) -> deciding.Taking:
    """The step that this person may take now. Raises Refused as `deciding.check_approver` does."""
    in_force = approval_policies.in_force(connection, firm_id, on)
    given_to = approval_policies.given_to(connection, firm_id, by, on)
    known = _people(connection, firm_id, {by, *(one.person_id for one in given_to)}, in_force, draft.currency)
    return deciding.check_approver(
        known[by],
        draft,
        seen_hash,
        [known[one.person_id] for one in given_to if one.person_id in known],
    )


def takes(
    connection: Connection,
    firm_id: UUID,
    by: UUID,
    steps: Sequence[Step],
    project_manager: UUID | None,
    on: date,
) -> deciding.Taking | None:
    """Which of these steps is the person's, whether taken or not; None: none of them."""
    for person in takers(connection, firm_id, by, on):
        for step in steps:
            if any(deciding.fits(one, person, project_manager) for one in step.approvers):
                return deciding.Taking(step=step, on_behalf_of=None if person.id == by else person.id)
    return None


def takers(connection: Connection, firm_id: UUID, by: UUID, on: date) -> Sequence[deciding.Person]:
    """The person, then those in whose place he approves that day."""
    given_to = approval_policies.given_to(connection, firm_id, by, on)
    ids = {by, *(one.person_id for one in given_to)}
    known = _people(connection, firm_id, ids, policy.ApprovalPolicy(), "")
    return [known[by], *(one for key, one in known.items() if key != by)]


def _people(
    connection: Connection,
    firm_id: UUID,
    ids: Collection[UUID],
    in_force: policy.ApprovalPolicy,
    currency: str,
) -> dict[UUID, deciding.Person]:
    return {
        row.id: deciding.Person(
            id=row.id,
            name=row.name,
            roles=frozenset(row.roles),
            limit=policy.limit_of(in_force, row.id, currency),
        )
        for row in people.with_roles(connection, firm_id, ids)
    }


def draft_of(
    agreed: RowMapping,
    snapshot: Snapshot,
    line8: Decimal,
    now: Standing,
    preparers: Collection[UUID],
    content_hash: str,
) -> deciding.Draft:
    """The draft as a decision looks at it."""
    return deciding.Draft(
        open=now.open,
        line8=line8,
        currency=snapshot.terms.currency,
        project_manager=agreed["project_manager_id"],
        preparers=frozenset(preparers),
        given=now.given,
        content_hash=content_hash,
    )


def called(steps: Sequence[Step]) -> str:
    """Who takes these steps, as a sentence says it."""
    return " and ".join(step.called for step in steps)

"""The approval policy as its page shows it: rules and limits by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select

from contracts_app.domain.approving.in_words import in_words
from contracts_app.domain.approving.policy import ApprovalPolicy
from contracts_app.store import approval_policies
from contracts_app.store.tables import client, contract, person


@dataclass(frozen=True)
class RuleShown:
    """Who approves which drafts; what is empty fits all."""

    contract: str
    client: str
    kind: str
    above: Decimal | None
    who: str


@dataclass(frozen=True)
class LimitShown:
    """Up to which line 8 a person approves."""

    person: str
    currency: str
    amount: Decimal


@dataclass(frozen=True)
class PolicyShown:
    """A policy, who proposed it and who agreed."""

    id: UUID
    state: str
    effective_from: date
    because: str
    proposed_by: str
    proposed_by_id: UUID
    proposed_at: datetime
    agreed_by: str | None
    rules: Sequence[RuleShown]
    limits: Sequence[LimitShown]
    by_mail: bool
    remind_after: int | None
    escalate_after: int | None


def policies(connection: Connection, firm_id: UUID) -> Sequence[PolicyShown]:
    """Every policy, the last proposed first."""
    rows = approval_policies.every(connection, firm_id)
    names = _names(connection, firm_id)
    return [
        PolicyShown(
            id=row["id"],
            state=row["state"],
            effective_from=row["effective_from"],
            because=row["because"],
            proposed_by=row["proposed_name"],
            proposed_by_id=row["proposed_by"],
            proposed_at=row["proposed_at"],
            agreed_by=row["agreed_name"],
            rules=_rules(policy, names),
            limits=[
                LimitShown(names["person"][one.person_id], one.currency, one.amount) for one in policy.limits
            ],
            by_mail=policy.by_mail,
            remind_after=policy.remind_after,
            escalate_after=policy.escalate_after,
        )
        for row in rows
        for policy in (ApprovalPolicy.model_validate(row["policy"]),)
    ]


def _rules(policy: ApprovalPolicy, names: Mapping[str, Mapping[UUID, str]]) -> Sequence[RuleShown]:
    return [
        RuleShown(
            contract=names["contract"][one.contract_id] if one.contract_id else "",
            client=names["client"][one.client_id] if one.client_id else "",
            kind=one.kind.value if one.kind else "",
            above=one.above,
            who=in_words(one.stages),
        )
        for one in policy.rules
    ]


def by_name(connection: Connection, firm_id: UUID) -> Mapping[str, Mapping[str, UUID]]:
    """The firm's contracts by number and its clients by name; of two of one name neither."""
    names = _names(connection, firm_id)
    many = {of: Counter(known.values()) for of, known in names.items()}
    return {
        of: {name: known for known, name in names[of].items() if many[of][name] == 1}
        for of in (contract.name, client.name)
    }


def _names(connection: Connection, firm_id: UUID) -> Mapping[str, Mapping[UUID, str]]:
    called = ((contract, contract.c.number), (client, client.c.name), (person, person.c.name))
    return {
        table.name: {
            row[0]: row[1]
            for row in connection.execute(select(table.c.id, name).where(table.c.firm_id == firm_id))
        }
        for table, name in called
    }

"""The firm's approval policies and delegations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.engine import RowMapping

from contracts_app.domain.approving.deciding import Delegation
from contracts_app.domain.approving.policy import ApprovalPolicy
from contracts_app.store.approval_tables import approval_delegation, approval_policy
from contracts_app.store.tables import person


def in_force(connection: Connection, firm_id: UUID, on: date) -> ApprovalPolicy:
    """The policy of a business day; one that says nothing where none was agreed to by then."""
    found = row_in_force(connection, firm_id, on)
    return ApprovalPolicy() if found is None else ApprovalPolicy.model_validate(found["policy"])


def row_in_force(connection: Connection, firm_id: UUID, on: date) -> RowMapping | None:
    """The same as it is kept; None where none was agreed to by then."""
    return (
        connection.execute(
            select(approval_policy)
            .where(
                approval_policy.c.firm_id == firm_id,
                approval_policy.c.state == "agreed",
                approval_policy.c.effective_from <= on,
            )
            .order_by(approval_policy.c.effective_from.desc(), approval_policy.c.agreed_at.desc())
            .limit(1)
        )
        .mappings()
        .first()
    )


def proposed(connection: Connection, firm_id: UUID) -> RowMapping | None:
    """The policy that waits for another controller."""
    return (
        connection.execute(
            select(approval_policy).where(
                approval_policy.c.firm_id == firm_id, approval_policy.c.state == "proposed"
            )
        )
        .mappings()
        .first()
    )


def every(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """Every policy with who proposed and who agreed, the last first."""
    agreed = person.alias()
    return (
        connection.execute(
            select(approval_policy, person.c.name.label("proposed_name"), agreed.c.name.label("agreed_name"))
            .join(
                person,
                (person.c.firm_id == approval_policy.c.firm_id)
                & (person.c.id == approval_policy.c.proposed_by),
            )
            .outerjoin(
                agreed,
                (agreed.c.firm_id == approval_policy.c.firm_id)
                & (agreed.c.id == approval_policy.c.agreed_by),
            )
            .where(approval_policy.c.firm_id == firm_id)
            .order_by(approval_policy.c.proposed_at.desc())
        )
        .mappings()
        .all()
    )


def delegations(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """Every delegation with the names of both, the last first."""
    other = person.alias()
    return (
        connection.execute(
            select(approval_delegation, person.c.name.label("of_name"), other.c.name.label("to_name"))
            .join(
                person,
                (person.c.firm_id == approval_delegation.c.firm_id)
                & (person.c.id == approval_delegation.c.person_id),
            )
            .join(
                other,
                (other.c.firm_id == approval_delegation.c.firm_id)
                & (other.c.id == approval_delegation.c.to_id),
            )
            .where(approval_delegation.c.firm_id == firm_id)
            .order_by(approval_delegation.c.from_on.desc(), approval_delegation.c.entered_at.desc())
        )
        .mappings()
        .all()
    )


def given_to(connection: Connection, firm_id: UUID, to_id: UUID, on: date) -> Sequence[Delegation]:
    """By which this person approves in the place of others on that day."""
    rows = connection.execute(
        select(approval_delegation).where(
            approval_delegation.c.firm_id == firm_id,
            approval_delegation.c.to_id == to_id,
            approval_delegation.c.state == "given",
        )
    )
    given = [
        Delegation(person_id=row.person_id, to_id=row.to_id, from_on=row.from_on, to_on=row.to_on)
        for row in rows
    ]
    return [one for one in given if one.holds(on)]

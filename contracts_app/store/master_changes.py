"""Changes of master data that wait for a second person, or were decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, exists, func, select

from contracts_app.domain.approving.master_data import TITLES, MasterChange
from contracts_app.store.master_change_tables import master_change
from contracts_app.store.tables import issued_invoice, person


@dataclass(frozen=True)
class ChangeShown:
    """A change with who proposed and who decided."""

    id: UUID
    state: str
    title: str
    change: MasterChange
    legal_entity_id: UUID | None
    effective_from: date | None
    proposed_by: str
    proposed_by_id: UUID
    proposed_on: date
    agreed_by: str | None
    agreed_on: date | None
    withdrawn_because: str | None


def every(connection: Connection, firm_id: UUID) -> Sequence[ChangeShown]:
    """Every change, the last proposed first."""
    agreed = person.alias()
    rows = connection.execute(
        select(master_change, person.c.name.label("proposed_name"), agreed.c.name.label("agreed_name"))
        .join(
            person,
            (person.c.firm_id == master_change.c.firm_id) & (person.c.id == master_change.c.proposed_by),
        )
        .outerjoin(
            agreed, (agreed.c.firm_id == master_change.c.firm_id) & (agreed.c.id == master_change.c.agreed_by)
        )
        .where(master_change.c.firm_id == firm_id)
        .order_by(master_change.c.proposed_at.desc(), master_change.c.id)
    )
    return [
        ChangeShown(
            id=row.id,
            state=row.state,
            title=TITLES[row.command],
            change=MasterChange.model_validate(row.change),
            legal_entity_id=row.legal_entity_id,
            effective_from=row.effective_from,
            proposed_by=row.proposed_name,
            proposed_by_id=row.proposed_by,
            proposed_on=row.proposed_on,
            agreed_by=row.agreed_name,
            agreed_on=row.agreed_on,
            withdrawn_because=row.withdrawn_because,
        )
        for row in rows
    ]


def waits(connection: Connection, firm_id: UUID, command: str, about: str) -> bool:
    """Whether a change of the same waits already."""
    return bool(
        connection.execute(
            select(
                exists().where(
                    master_change.c.firm_id == firm_id,
                    master_change.c.command == command,
                    master_change.c.about == about,
                    master_change.c.state == "proposed",
                )
            )
        ).scalar_one()
    )


def waiting_for(connection: Connection, firm_id: UUID, person_id: UUID) -> int:
    """How many wait that somebody else than this person proposed."""
    return connection.execute(
        select(func.count()).where(
            master_change.c.firm_id == firm_id,
            master_change.c.state == "proposed",
            master_change.c.proposed_by != person_id,
        )
    ).scalar_one()


def has_issued(connection: Connection, firm_id: UUID, legal_entity_id: UUID | None = None) -> bool:
    """Whether the legal entity (default: any of the firm's) has issued an invoice."""
    one = exists().where(issued_invoice.c.firm_id == firm_id)
    if legal_entity_id is not None:
        one = one.where(issued_invoice.c.legal_entity_id == legal_entity_id)
    return bool(connection.execute(select(one)).scalar_one())

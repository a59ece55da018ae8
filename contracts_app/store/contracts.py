"""Contracts, their schedules of values, change orders and milestones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.milestones import Milestone
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, SovLine
from contracts_app.domain.contract import ContractTerms
from contracts_app.store import agreements
from contracts_app.store.tables import application_period, contract, contract_preparer, milestone, sov_line


def terms_of(row: RowMapping) -> ContractTerms:
    """The terms that a contract row holds."""
    return ContractTerms.model_validate(row["terms"])


def find(connection: Connection, firm_id: UUID, contract_id: UUID) -> RowMapping | None:
    """The contract's row."""
    return (
        connection.execute(
            select(contract).where(contract.c.firm_id == firm_id, contract.c.id == contract_id)
        )
        .mappings()
        .first()
    )


def numbered(connection: Connection, firm_id: UUID, number: str) -> UUID | None:
    """The id of the contract with this number."""
    return connection.execute(
        select(contract.c.id).where(contract.c.firm_id == firm_id, contract.c.number == number)
    ).scalar_one_or_none()


def preparers(connection: Connection, firm_id: UUID, contract_id: UUID) -> frozenset[UUID]:
    """Everybody who put in something that counts for money before the contract was in force."""
    return frozenset(
        connection.execute(
            select(contract_preparer.c.person_id).where(
                contract_preparer.c.firm_id == firm_id, contract_preparer.c.contract_id == contract_id
            )
        ).scalars()
    )


def add_preparers(connection: Connection, firm_id: UUID, contract_id: UUID, people: Collection[UUID]) -> None:
    """Remember that these people prepared the contract."""
    connection.execute(
        upsert(contract_preparer)
        .values(
            [
                {"firm_id": firm_id, "contract_id": contract_id, "person_id": person_id}
                for person_id in sorted(people)
            ]
        )
        .on_conflict_do_nothing()
    )


def schedule(connection: Connection, firm_id: UUID, contract_id: UUID) -> tuple[SovLine, ...]:
    """Every line of the schedule of values, change order lines included, in its order."""
    return tuple(agreements.schedules(connection, firm_id, [contract_id]).get(contract_id, ()))


def line_names(connection: Connection, firm_id: UUID, contract_id: UUID) -> set[str]:
    """What the lines of a schedule are called, on paper and in files."""
    rows = connection.execute(
        select(sov_line.c.item_no, sov_line.c.external_id).where(
            sov_line.c.firm_id == firm_id, sov_line.c.contract_id == contract_id
        )
    )
    return {name for row in rows for name in row}


def last_position(connection: Connection, firm_id: UUID, contract_id: UUID) -> int:
    """Where the last line of a schedule stands; 0 where there is none."""
    last: int | None = connection.execute(
        select(func.max(sov_line.c.position)).where(
            sov_line.c.firm_id == firm_id, sov_line.c.contract_id == contract_id
        )
    ).scalar_one()
    return last or 0


def change_orders(connection: Connection, firm_id: UUID, contract_id: UUID) -> tuple[ChangeOrder, ...]:
    """Every change order of a contract, by date and number."""
    return tuple(agreements.change_orders(connection, firm_id, [contract_id]).get(contract_id, ()))


def milestones(connection: Connection, firm_id: UUID, contract_id: UUID) -> tuple[Milestone, ...]:
    """Every milestone of a contract."""
    return tuple(agreements.milestones(connection, firm_id, [contract_id]).get(contract_id, ()))


def approval_days(connection: Connection, firm_id: UUID, contract_id: UUID) -> Mapping[UUID, date]:
    """Milestone → the day of its last approval; those never approved are left out."""
    rows = connection.execute(
        select(milestone.c.id, milestone.c.approved_on).where(
            milestone.c.firm_id == firm_id,
            milestone.c.contract_id == contract_id,
            milestone.c.approved_on.is_not(None),
        )
    )
    return {row.id: row.approved_on for row in rows}


def reported_period(
    connection: Connection, firm_id: UUID, contract_id: UUID, application_no: int
) -> date | None:
    """The period end that an imported application history gives for an application."""
    return connection.execute(
        select(application_period.c.period_to).where(
            application_period.c.firm_id == firm_id,
            application_period.c.contract_id == contract_id,
            application_period.c.application_no == application_no,
        )
    ).scalar_one_or_none()


def as_text(terms: ContractTerms) -> dict[str, Any]:
    """Terms as they lie in the database."""
    return terms.model_dump(mode="json")


def raise_versions(
    connection: Connection, firm_id: UUID, contract_ids: Collection[UUID]
) -> Mapping[UUID, int]:
    """Raise the version of contracts of which something happened to a part; returns the new ones."""
    rows = connection.execute(
        update(contract)
        .where(contract.c.firm_id == firm_id, contract.c.id.in_(contract_ids))
        .values(version=contract.c.version + 1)
        .returning(contract.c.id, contract.c.version)
    )
    return {row.id: row.version for row in rows}

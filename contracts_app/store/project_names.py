"""The names under which time sheets know a contract's work."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from contracts_app.store.billing_tables import contract_project


def projects(connection: Connection, firm_id: UUID, contract_id: UUID) -> frozenset[str]:
    """The names under which time sheets know the contract's work."""
    return frozenset(
        connection.execute(
            select(contract_project.c.name).where(
                contract_project.c.firm_id == firm_id, contract_project.c.contract_id == contract_id
            )
        ).scalars()
    )


def set_projects(connection: Connection, firm_id: UUID, contract_id: UUID, names: Collection[str]) -> None:
    """Replace those names."""
    connection.execute(
        delete(contract_project).where(
            contract_project.c.firm_id == firm_id, contract_project.c.contract_id == contract_id
        )
    )
    if names:
        connection.execute(
            insert(contract_project),
            [{"firm_id": firm_id, "contract_id": contract_id, "name": name} for name in sorted(names)],
        )

"""Saved aliases, and the names that files are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.store.alias_tables import alias
from contracts_app.store.billing_tables import contract_project, rate_card_row, time_entry
from contracts_app.store.tables import client, contract, person


def in_use(
    connection: Connection, firm_id: UUID, kind: str, contract_id: UUID | None
) -> Mapping[str, RowMapping]:
    """The aliases of a kind by folded name: the firm's, and the contract's own."""
    rows = connection.execute(
        select(alias).where(
            alias.c.firm_id == firm_id,
            alias.c.kind == kind,
            alias.c.withdrawn_because.is_(None),
            or_(alias.c.contract_id.is_(None), alias.c.contract_id == contract_id),
        )
    ).mappings()
    return {row["folded"]: row for row in rows}


def find(connection: Connection, firm_id: UUID, alias_id: UUID) -> RowMapping | None:
    """An alias that is in use."""
    return (
        connection.execute(
            select(alias)
            .where(alias.c.firm_id == firm_id, alias.c.id == alias_id, alias.c.withdrawn_because.is_(None))
            .with_for_update()
        )
        .mappings()
        .first()
    )


def withdraw(connection: Connection, firm_id: UUID, alias_id: UUID, by: UUID | None, because: str) -> int:
    """Use it no more; returns its version."""
    version: int = connection.execute(
        update(alias)
        .where(alias.c.firm_id == firm_id, alias.c.id == alias_id)
        .values(withdrawn_because=because, withdrawn_by=by, version=alias.c.version + 1)
        .returning(alias.c.version)
    ).scalar_one()
    return version


def every(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """The aliases in use with who chose them and for which contract, by kind and name."""
    return (
        connection.execute(
            select(
                alias.c.id,
                alias.c.kind,
                alias.c.written,
                alias.c.means,
                alias.c.chosen_at,
                person.c.name.label("chosen_by"),
                contract.c.number.label("contract_number"),
            )
            .join(person, (person.c.firm_id == alias.c.firm_id) & (person.c.id == alias.c.chosen_by))
            .outerjoin(
                contract, (contract.c.firm_id == alias.c.firm_id) & (contract.c.id == alias.c.contract_id)
            )
            .where(alias.c.firm_id == firm_id, alias.c.withdrawn_because.is_(None))
            .order_by(alias.c.kind, alias.c.written, contract.c.number)
        )
        .mappings()
        .all()
    )


def people(connection: Connection, firm_id: UUID) -> Sequence[str]:
    """Who works for the firm: everyone with time or with a rate of their own."""
    worked = select(time_entry.c.person).where(time_entry.c.firm_id == firm_id)
    rated = select(rate_card_row.c.person).where(
        rate_card_row.c.firm_id == firm_id, rate_card_row.c.person.is_not(None)
    )
    return sorted(connection.execute(worked.union(rated)).scalars())


def clients(connection: Connection, firm_id: UUID) -> Sequence[str]:
    """Names of the firm's clients."""
    rows = connection.execute(select(client.c.name).where(client.c.firm_id == firm_id))
    return sorted(rows.scalars())


def contracts_to_book(connection: Connection, firm_id: UUID) -> Sequence[Mapping[str, Any]]:
    """The contracts that rows can go into, by number: id, number, title, id in files, and the projects that
    their work is known by."""
    rows = (
        connection.execute(
            select(contract.c.id, contract.c.number, contract.c.title, contract.c.external_id)
            .where(contract.c.firm_id == firm_id, contract.c.state.in_(("setting_up", "active")))
            .order_by(contract.c.number)
        )
        .mappings()
        .all()
    )
    names: dict[UUID, list[str]] = {}
    for row in connection.execute(
        select(contract_project.c.contract_id, contract_project.c.name).where(
            contract_project.c.firm_id == firm_id
        )
    ):
        names.setdefault(row.contract_id, []).append(row.name)
    return [{**row, "projects": sorted(names.get(row["id"], ()))} for row in rows]

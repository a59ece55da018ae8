"""Legal entities: the companies of the firm that bill, each with its currency, zone and number series."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.store.tables import contract, firm, legal_entity, number_series
from contracts_app.store.transaction import Transaction


def find(connection: Connection, firm_id: UUID, legal_entity_id: UUID) -> RowMapping | None:
    """The legal entity's row, for an id that somebody typed."""
    return (
        connection.execute(
            select(legal_entity).where(
                legal_entity.c.firm_id == firm_id, legal_entity.c.id == legal_entity_id
            )
        )
        .mappings()
        .first()
    )


def get(connection: Connection, firm_id: UUID, legal_entity_id: UUID) -> RowMapping:
    """The legal entity's row, for an id that a foreign key vouches for."""
    found = find(connection, firm_id, legal_entity_id)
    assert found is not None  # foreign key
    return found


def every(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """All legal entities of the firm, by name."""
    return (
        connection.execute(
            select(legal_entity).where(legal_entity.c.firm_id == firm_id).order_by(legal_entity.c.name)
        )
        .mappings()
        .all()
    )


def main(connection: Connection, firm_id: UUID) -> RowMapping:
    """The one that speaks for the firm: that with the firm's name, else that which bills most contracts."""
    contracts = (
        select(func.count())
        .where(contract.c.firm_id == legal_entity.c.firm_id, contract.c.legal_entity_id == legal_entity.c.id)
        .scalar_subquery()
    )
    return (
        connection.execute(
            select(legal_entity)
            .join(firm, firm.c.id == legal_entity.c.firm_id)
            .where(legal_entity.c.firm_id == firm_id)
            .order_by((legal_entity.c.name == firm.c.name).desc(), contracts.desc(), legal_entity.c.name)
            .limit(1)
        )
        .mappings()
        .one()
    )


def named(connection: Connection, firm_id: UUID, name: str) -> UUID | None:
    """The id of the legal entity with this name."""
    return connection.execute(
        select(legal_entity.c.id).where(legal_entity.c.firm_id == firm_id, legal_entity.c.name == name)
    ).scalar_one_or_none()


def prefix_taken(connection: Connection, firm_id: UUID, prefix: str) -> bool:
    """Whether a number series of the firm begins with this prefix."""
    known = connection.execute(
        select(number_series.c.prefix).where(
            number_series.c.firm_id == firm_id, number_series.c.prefix == prefix
        )
    ).first()
    return known is not None


def write(tx: Transaction, legal_entity_id: UUID, **values: Any) -> int:
    """Write columns of the legal entity, which is locked; returns its new version."""
    version: int = tx.connection.execute(
        update(legal_entity)
        .where(legal_entity.c.firm_id == tx.firm_id, legal_entity.c.id == legal_entity_id)
        .values(version=legal_entity.c.version + 1, **values)
        .returning(legal_entity.c.version)
    ).scalar_one()
    return version


def today(tx: Transaction, legal_entity_id: UUID) -> date:
    """The business date of a legal entity, in its own zone."""
    return tx.today(get(tx.connection, tx.firm_id, legal_entity_id)["time_zone"])

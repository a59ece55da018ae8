"""Legal holds of a firm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.store.keeping_tables import legal_hold
from contracts_app.store.tables import client, contract, person
from contracts_app.store.transaction import Transaction


def every(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """Every hold with the names of what and who, the last placed first."""
    placed, released = person.alias(), person.alias()
    rows = (
        select(
            legal_hold,
            client.c.name.label("client_name"),
            contract.c.number.label("contract_number"),
            placed.c.name.label("placed_by_name"),
            released.c.name.label("released_by_name"),
        )
        .outerjoin(
            client, (client.c.firm_id == legal_hold.c.firm_id) & (client.c.id == legal_hold.c.client_id)
        )
        .outerjoin(
            contract,
            (contract.c.firm_id == legal_hold.c.firm_id) & (contract.c.id == legal_hold.c.contract_id),
        )
        .join(placed, (placed.c.firm_id == legal_hold.c.firm_id) & (placed.c.id == legal_hold.c.placed_by))
        .outerjoin(
            released,
            (released.c.firm_id == legal_hold.c.firm_id) & (released.c.id == legal_hold.c.released_by),
        )
        .where(legal_hold.c.firm_id == firm_id)
        .order_by(legal_hold.c.placed_at.desc())
    )
    return connection.execute(rows).mappings().all()


def held(connection: Connection, firm_id: UUID) -> Sequence[RowMapping]:
    """The holds that are not released."""
    return [one for one in every(connection, firm_id) if one["released_at"] is None]


def find(connection: Connection, firm_id: UUID, hold_id: UUID) -> RowMapping | None:
    """One hold."""
    return (
        connection.execute(
            select(legal_hold).where(legal_hold.c.firm_id == firm_id, legal_hold.c.id == hold_id)
        )
        .mappings()
        .first()
    )


def release(tx: Transaction, hold_id: UUID, **values: Any) -> None:
    """Write that it is released."""
    tx.connection.execute(
        update(legal_hold)
        .where(legal_hold.c.firm_id == tx.firm_id, legal_hold.c.id == hold_id)
        .values(released_at=tx.clock, **values)
    )

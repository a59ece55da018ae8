"""Retainage withheld and released, per line and per client."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, func, select

from contracts_app.domain.money import ZERO
from contracts_app.store.tables import contract, retainage_entry


def retainage_by_line(
    connection: Connection, firm_id: UUID, contract_id: UUID
) -> Mapping[UUID, tuple[Decimal, Decimal]]:
    """The retainage ledger per line: withheld to date, released to date."""
    rows = connection.execute(
        select(
            retainage_entry.c.sov_line_id,
            func.sum(retainage_entry.c.withheld).label("withheld"),
            func.sum(retainage_entry.c.released).label("released"),
        )
        .where(retainage_entry.c.firm_id == firm_id, retainage_entry.c.contract_id == contract_id)
        .group_by(retainage_entry.c.sov_line_id)
    )
    return {row.sov_line_id: (row.withheld, row.released) for row in rows}


def held(connection: Connection, firm_id: UUID, contract_id: UUID) -> Mapping[UUID, Decimal]:
    """Retainage held per line of a contract; lines that hold none are left out."""
    return {
        line: withheld - released
        for line, (withheld, released) in retainage_by_line(connection, firm_id, contract_id).items()
        if withheld - released != ZERO
    }


def held_of_client(
    connection: Connection, firm_id: UUID, client_id: UUID, legal_entity_id: UUID, currency: str
) -> Decimal:
    """Retainage held on all contracts in one currency between a client and a legal entity."""
    amount = connection.execute(
        select(func.sum(retainage_entry.c.withheld - retainage_entry.c.released))
        .join(
            contract,
            (contract.c.firm_id == retainage_entry.c.firm_id)
            & (contract.c.id == retainage_entry.c.contract_id),
        )
        .where(
            retainage_entry.c.firm_id == firm_id,
            contract.c.client_id == client_id,
            contract.c.legal_entity_id == legal_entity_id,
            contract.c.terms["currency"].astext == currency,
        )
    ).scalar_one_or_none()
    return ZERO if amount is None else Decimal(amount)

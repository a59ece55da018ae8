"""Names on a contract that differ in capitals or spaces only, in its rate card and its time."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, select, union

from contracts_app.domain.time.rate_card import alike
from contracts_app.store.billing_tables import rate_card_row, time_entry


def of_contract(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[tuple[str, ...]]:
    """Groups of such names: people first, then roles. Each spelling counts as somebody of its own."""
    return [
        *_alike(connection, firm_id, contract_id, "person"),
        *_alike(connection, firm_id, contract_id, "role"),
    ]


def _alike(
    connection: Connection, firm_id: UUID, contract_id: UUID, column: str
) -> Sequence[tuple[str, ...]]:
    named = union(
        *(
            select(table.c[column]).where(
                table.c.firm_id == firm_id, table.c.contract_id == contract_id, table.c[column].is_not(None)
            )
            for table in (rate_card_row, time_entry)
        )
    )
    return alike(connection.execute(named).scalars())

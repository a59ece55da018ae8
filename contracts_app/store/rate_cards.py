"""Rate cards of contracts, as they are written."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import Connection, delete, insert

from contracts_app.domain.time.rate_card import RateRow
from contracts_app.store.billing_tables import rate_card_row


def insert_rates(
    connection: Connection,
    firm_id: UUID,
    contract_id: UUID,
    rows: Mapping[UUID, RateRow],
    change_order_id: UUID | None = None,
    import_id: UUID | None = None,
) -> None:
    """Add rows to a rate card."""
    if rows:
        connection.execute(
            insert(rate_card_row),
            [
                {
                    "firm_id": firm_id,
                    "contract_id": contract_id,
                    "id": row_id,
                    "change_order_id": change_order_id,
                    "import_id": import_id,
                    **row.model_dump(),
                }
                for row_id, row in rows.items()
            ],
        )


def delete_rates(connection: Connection, firm_id: UUID, contract_id: UUID) -> None:
    """Empty the rate card of a contract that is being set up."""
    connection.execute(
        delete(rate_card_row).where(
            rate_card_row.c.firm_id == firm_id, rate_card_row.c.contract_id == contract_id
        )
    )

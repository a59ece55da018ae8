"""Rows of files that go into no contract: what is known of earlier ones, and how they are remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.engine import RowMapping

from contracts_app.store import imported_of_firm
from contracts_app.store.transaction import Transaction
from importers.entries import Entry
from importers.known import Imported


def imported(tx: Transaction, kind: str) -> Mapping[str, Imported]:
    """What earlier files of the kind brought, by external id."""
    return {
        external_id: Imported(content_key=row["content_key"], content=row["content"])
        for external_id, row in imported_of_firm.rows(tx.connection, tx.firm_id, kind).items()
    }


def remember(tx: Transaction, row: RowMapping, entries: Sequence[Entry]) -> None:
    """Keep identity and cells of what was posted."""
    imported_of_firm.keep(
        tx.connection,
        [
            {
                "firm_id": tx.firm_id,
                "kind": row["kind"],
                "external_id": entry.external_id,
                "content_key": entry.content_key,
                "content": entry.content(),
                "source": entry.source.model_dump(mode="json"),
                "import_id": row["id"],
            }
            for entry in entries
        ],
    )

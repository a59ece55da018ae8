"""What the paper of a draft says: of a pencil copy, or of a preview before it is issued."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.services.invoice_documents import InvoiceContent, content_from
from contracts_app.store import legal_entities

_NOT_ISSUED: Mapping[str, Any] = {"number_text": None, "issued_on": None, "certification_due_on": None}


def of_draft(
    connection: Connection,
    firm_id: Any,
    row: RowMapping,
    agreed: RowMapping,
    owner: RowMapping,
    snapshot: Snapshot,
    prepared_on: date,
    *,
    pencil: bool = False,
) -> InvoiceContent:
    """The paper of a draft, which says that it is one: it has no number and no day of submission."""
    entity = legal_entities.get(connection, firm_id, agreed["legal_entity_id"])
    facts = {**_NOT_ISSUED, "payment_instructions": entity["payment_instructions"]}
    return content_from(
        connection, firm_id, row, agreed, owner, facts, snapshot, prepared_on=prepared_on, pencil=pencil
    )

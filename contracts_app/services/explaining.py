"""How each line of an invoice came about: a draft as it stands, an issued one from what it was made of."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.explained import Explained, explain
from contracts_app.domain.refusals import not_found
from contracts_app.store import invoices


def lines(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[Explained]:
    """Every line that bills something, or did. Raises Refused 404."""
    if invoices.find(connection, firm_id, invoice_id) is None:
        raise not_found("invoice")
    issued = invoices.issued(connection, firm_id, invoice_id) is not None
    found = invoices.stored_snapshot if issued else invoices.current_snapshot
    snapshot = found(connection, firm_id, invoice_id)
    return explain(snapshot, drafting.draft(snapshot))

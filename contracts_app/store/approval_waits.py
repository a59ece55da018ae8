"""Since when a draft in review waits for its next approval."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

_SINCE = text("""
    SELECT seq, at, (body::jsonb ->> 'business_at')::timestamptz AS business_at FROM audit_entry
    WHERE firm_id = :firm AND about = :invoice AND kind = 'invoice' AND doing = 'done'
      AND action IN ('submit_draft', 'approve_draft')
    ORDER BY seq DESC LIMIT 1
""")


@dataclass(frozen=True)
class Since:
    """The entry of the log with which the wait began: its number, and its instant by both clocks."""

    seq: int
    at: datetime
    business_at: datetime


def since(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Since:
    """When the draft was submitted or got its last approval, whichever is later."""
    row = connection.execute(_SINCE, {"firm": firm_id, "invoice": str(invoice_id)}).one()
    return Since(row.seq, row.at, row.business_at)

"""What a reviewer compares a draft with: the application before it, and the claims before the last edits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection, select, text

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.store.tables import invoice, issued_invoice
from contracts_app.store.views.invoice_page import LINES

_DECISIONS = frozenset({"approve_draft", "reject_draft"})


@dataclass(frozen=True)
class Prior:
    """The application issued before a draft: its name and its lines 1 to 9."""

    name: str
    lines: Mapping[str, Decimal]


@dataclass(frozen=True)
class ClaimedBefore:
    """What the draft claimed at the last decision about it, or when it was opened (`decided` false)."""

    decided: bool
    entries: Mapping[UUID, Entry]
    period_to: str | None


def prior_application(
    connection: Connection, firm_id: UUID, contract_id: UUID, application_no: int
) -> Prior | None:
    """The last application issued before this one, or None for the first."""
    row = connection.execute(
        select(invoice.c.application_no, *(issued_invoice.c[line] for line in LINES))
        .join(
            issued_invoice,
            (issued_invoice.c.firm_id == invoice.c.firm_id) & (issued_invoice.c.invoice_id == invoice.c.id),
        )
        .where(
            invoice.c.firm_id == firm_id,
            invoice.c.contract_id == contract_id,
            invoice.c.application_no < application_no,
        )
        .order_by(invoice.c.application_no.desc(), invoice.c.revision.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return Prior(f"Application {row.application_no}", {line: getattr(row, line) for line in LINES})


def claimed_before(connection: Connection, firm_id: UUID, invoice_id: UUID) -> ClaimedBefore | None:
    """What the audit trail says the draft claimed before the edits since the last decision; None unedited."""
    bodies = connection.execute(
        text(
            "SELECT body FROM audit_entry WHERE firm_id = :firm AND about = :id"
            " AND kind = 'invoice' ORDER BY seq"
        ),
        {"firm": firm_id, "id": str(invoice_id)},
    ).scalars()
    decided = False
    found: ClaimedBefore | None = None
    for body in map(json.loads, bodies):
        if body["action"] in _DECISIONS:
            decided, found = True, None
        elif body["action"] == "edit_draft" and found is None and "entries" in body["before"]:
            entries = [Entry.model_validate(entry) for entry in body["before"]["entries"]]
            found = ClaimedBefore(
                decided, {entry.line_id: entry for entry in entries}, body["before"].get("period_to")
            )
    return found

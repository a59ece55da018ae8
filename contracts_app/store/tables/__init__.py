"""Every table of the core, by area. Each business row belongs to a firm: the firm's id is part of every key
and foreign key.

Row-level security, triggers and functions stand in `migrations/`; a test proves that the migrations give
exactly these tables.
"""

from __future__ import annotations

from contracts_app.store.tables.contracts import (
    change_order,
    contract,
    contract_preparer,
    milestone,
    sov_line,
)
from contracts_app.store.tables.imports import (
    application_period,
    blob,
    cost_entry,
    import_file,
    imported_row,
    mended_cell,
    progress_entry,
    row_to_mend,
    staged_row,
)
from contracts_app.store.tables.invoices import approval, invoice, invoice_editor, snapshot
from contracts_app.store.tables.issued import (
    certificate,
    certificate_line,
    issued_invoice,
    issued_line,
    retainage_entry,
)
from contracts_app.store.tables.papers import document, message
from contracts_app.store.tables.parties import client, firm, legal_entity, number_series
from contracts_app.store.tables.people import (
    network_count,
    password_link,
    person,
    person_role,
    session,
    sign_in_count,
)
from contracts_app.store.tables.processes import audit_entry, audit_head, effect, process
from contracts_app.store.tables.receivables import (
    payment,
    receivable,
    receivable_entry,
    reminder,
    reminder_item,
)

__all__ = [
    "application_period",
    "approval",
    "audit_entry",
    "audit_head",
    "blob",
    "certificate",
    "certificate_line",
    "change_order",
    "client",
    "contract",
    "contract_preparer",
    "cost_entry",
    "document",
    "effect",
    "firm",
    "import_file",
    "imported_row",
    "invoice",
    "invoice_editor",
    "issued_invoice",
    "issued_line",
    "legal_entity",
    "mended_cell",
    "message",
    "milestone",
    "network_count",
    "number_series",
    "password_link",
    "payment",
    "person",
    "person_role",
    "process",
    "progress_entry",
    "receivable",
    "receivable_entry",
    "reminder",
    "reminder_item",
    "retainage_entry",
    "row_to_mend",
    "session",
    "sign_in_count",
    "snapshot",
    "sov_line",
    "staged_row",
]

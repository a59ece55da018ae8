"""Receivables and money in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKeyConstraint, Index, Integer, UniqueConstraint

from contracts_app.store.columns import at, finite, money, own_id, ref, table, to, words

receivable = table(
    "receivable",
    own_id(), ref("invoice_id"), ref("client_id"), ref("contract_id"), words("currency"),
    Column("arose_on", Date, nullable=False), Column("due_on", Date, nullable=False),
    UniqueConstraint("firm_id", "invoice_id"),
    Index(None, "firm_id", "client_id"),
    to("invoice", "invoice_id"), to("client", "client_id"), to("contract", "contract_id"),
)  # fmt: skip
payment = table(
    "payment",
    own_id(), ref("client_id"), ref("legal_entity_id"), money("amount"), words("currency"),
    Column("received_on", Date, nullable=False),
    words("reference"), ref("recorded_by"), at(), money("unapplied"),
    ref("import_id", nullable=True),
    CheckConstraint("amount > 0 AND unapplied >= 0 AND unapplied <= amount", name="amount"),
    UniqueConstraint("firm_id", "legal_entity_id", "client_id", "reference"),
    finite("amount", "unapplied"),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"), to("person", "recorded_by"),
    to("import_file", "import_id"),
)  # fmt: skip
"""What a client paid. `import_id`: what was left of it at cut-over came in with that file, so that no receipt
is written for it."""
receivable_entry = table(
    "receivable_entry",
    own_id(), ref("receivable_id"), words("cause"), money("amount"),
    Column("posted_on", Date, nullable=False), ref("certificate_invoice_id", nullable=True),
    ref("payment_id", nullable=True), at(),
    CheckConstraint(
        "cause IN ('arises', 'certificate', 'cash', 'unapplied', 'deposit', 'superseded', 'withheld',"
        " 'discount', 'kept_back', 'returned', 'moved_out', 'moved_in')",
        name="cause",
    ),
    CheckConstraint(
        "(cause IN ('cash', 'unapplied', 'moved_out', 'moved_in')) = (payment_id IS NOT NULL)", name="cash"
    ),
    CheckConstraint("cause <> 'unapplied' OR amount > 0", name="unapplied"),
    # What was paid of an application moves to the revision that takes its place.
    CheckConstraint(
        "CASE cause WHEN 'moved_out' THEN amount > 0 WHEN 'moved_in' THEN amount < 0 ELSE true END",
        name="moved",
    ),
    CheckConstraint(
        "cause NOT IN ('certificate', 'unapplied') OR certificate_invoice_id IS NOT NULL",
        name="cites_certificate",
    ),
    UniqueConstraint("firm_id", "receivable_id", "payment_id", "cause"),
    finite("amount"),
    to("receivable", "receivable_id"), to("payment", "payment_id"),
    ForeignKeyConstraint(
        ["firm_id", "certificate_invoice_id"], ["certificate.firm_id", "certificate.invoice_id"]
    ),
)  # fmt: skip
reminder = table(
    "reminder",
    own_id(), ref("client_id"), ref("legal_entity_id"), Column("reminded_on", Date, nullable=False),
    Column("level", Integer, nullable=False), words("currency"),
    UniqueConstraint(
        "firm_id", "client_id", "legal_entity_id", "currency", "reminded_on", name="uq_reminder_account_day"
    ),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"),
)  # fmt: skip
reminder_item = table(
    "reminder_item",
    ref("receivable_id"), Column("level", Integer, nullable=False), ref("reminder_id"),
    to("receivable", "receivable_id"), to("reminder", "reminder_id"),
    key=("receivable_id", "level"),
)  # fmt: skip

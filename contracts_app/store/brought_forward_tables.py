"""What clients owed on invoices of the system before ours, and what was paid of it since."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, UniqueConstraint

from contracts_app.store.columns import at, finite, money, own_id, ref, table, to, words

brought_forward = table(
    "brought_forward",
    own_id(), ref("client_id"), ref("legal_entity_id"), words("part"), words("number"),
    Column("issued_on", Date, nullable=False), Column("due_on", Date), money("original", nullable=True),
    money("amount"), words("currency"), words("description", default=""),
    ref("import_id"), words("external_id"), words("source"),
    CheckConstraint("part IN ('balance', 'retainage')", name="part"),
    CheckConstraint("(part = 'balance') = (due_on IS NOT NULL)", name="due"),
    CheckConstraint("amount > 0", name="amount"),
    finite("amount", "original"),
    UniqueConstraint(
        "firm_id", "client_id", "legal_entity_id", "number", "part", name="uq_brought_forward_number"
    ),
    Index(None, "firm_id", "import_id"),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"), to("import_file", "import_id"),
)  # fmt: skip
"""What was open at cut-over on an invoice that keeps its own number; retainage held of it stands apart and is
due on no day."""

brought_forward_cash = table(
    "brought_forward_cash",
    own_id(), ref("brought_forward_id"), ref("payment_id"), money("amount"),
    Column("posted_on", Date, nullable=False), at(),
    CheckConstraint("amount < 0", name="amount"),
    finite("amount"),
    UniqueConstraint("firm_id", "brought_forward_id", "payment_id", name="uq_brought_forward_cash_once"),
    Index(None, "firm_id", "payment_id"),
    to("brought_forward", "brought_forward_id"), to("payment", "payment_id"),
)  # fmt: skip
"""Cash applied to it, below zero as in the ledger of our own invoices."""

"""Tables of expenses and of what contracts say about them; rows belong to a firm as everywhere."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, finite, money, own_id, ref, states, table, to, words

expense_policy = table(
    "expense_policy",
    ref("contract_id"), Column("rules", JSONB, nullable=False), ref("set_by"), at("set_at"),
    to("contract", "contract_id"), to("person", "set_by"),
    key=("contract_id",),
)  # fmt: skip
"""What the contract lets people spend for the client, by category."""

expense = table(
    "expense",
    own_id(), ref("contract_id"), Column("number", Integer, nullable=False), ref("sov_line_id"),
    Column("spent_on", Date, nullable=False), words("person"), words("category"),
    words("description", default=""), words("vendor", default=""), words("trip", nullable=True),
    words("currency"), money("amount"), money("tax_recovered"), Column("exchange", JSONB(none_as_null=True)),
    Column("billable", Boolean, nullable=False, server_default=text("true")),
    words("not_billable_reason", nullable=True), ref("corrects_id", nullable=True),
    # How an allowance was worked out: its days or journeys with their rates and sources of law.
    words("kind"), Column("worked_out", JSONB(none_as_null=True)),
    words("receipt_sha256", nullable=True), words("receipt_name", nullable=True),
    words("receipt_type", nullable=True),
    ref("entered_by"), at("entered_at"), ref("decided_by", nullable=True), Column("decided_on", Date),
    words("rejected_because", nullable=True),
    # Where it was read, where a file brought it.
    ref("import_id", nullable=True), words("external_id", nullable=True), words("source", nullable=True),
    words("receipt_reference", nullable=True),
    *states("open", "approved", "rejected"),
    UniqueConstraint("firm_id", "contract_id", "number"),
    CheckConstraint("kind IN ('receipt', 'per_diem', 'mileage')", name="kind"),
    CheckConstraint("(kind = 'receipt') = (worked_out IS NULL)", name="worked_out"),
    CheckConstraint("billable = (not_billable_reason IS NULL)", name="billable"),
    CheckConstraint("num_nonnulls(receipt_sha256, receipt_name, receipt_type) IN (0, 3)", name="receipt"),
    CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="four_eyes"),
    CheckConstraint("(state = 'open') = (decided_by IS NULL)", name="decided"),
    CheckConstraint("(state = 'rejected') = (rejected_because IS NOT NULL)", name="rejected"),
    CheckConstraint("amount >= 0 OR corrects_id IS NOT NULL", name="below_zero"),
    finite("amount", "tax_recovered"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"), to("person", "entered_by"),
    to("person", "decided_by"), to("expense", "corrects_id"), to("import_file", "import_id"),
    Index(None, "firm_id", "import_id"),
    CheckConstraint("num_nonnulls(import_id, external_id, source) IN (0, 3)", name="from_a_file"),
    ForeignKeyConstraint(["firm_id", "receipt_sha256"], ["blob.firm_id", "blob.sha256"]),
)  # fmt: skip

expense_cost = table(
    "expense_cost",
    ref("expense_id"), ref("job_cost_id"),
    Index(None, "firm_id", "job_cost_id"),
    to("expense", "expense_id"), to("job_cost", "job_cost_id"),
    key=("expense_id", "job_cost_id"),
)  # fmt: skip
"""Which cost of the contract an approved expense is; beside it those that were sent back, with which the
expense was open again."""

expense_editor = table(
    "expense_editor",
    ref("expense_id"), ref("person_id"),
    to("expense", "expense_id"), to("person", "person_id"),
    key=("expense_id", "person_id"),
)  # fmt: skip
"""Who said an expense otherwise after it was entered: none of them decides on it."""

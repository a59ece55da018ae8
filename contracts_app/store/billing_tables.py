"""Tables of what is billed by time, of deposits and of billing runs; rows belong to a firm as everywhere."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    UniqueConstraint,
    text,
)

from contracts_app.store.tables import (
    MONEY,
    QUANTITY,
    _at,
    _finite,
    _id,
    _money,
    _ref,
    _state,
    _table,
    _text,
    _to,
)
from contracts_app.store.tables import metadata as metadata  # with the tables of this module

contract_project = _table(
    "contract_project",
    _ref("contract_id"), _text("name"),
    _to("contract", "contract_id"),
    key=("contract_id", "name"),
)  # fmt: skip
"""Names under which time sheets know a contract's work."""

rate_card_row = _table(
    "rate_card_row",
    _id(), _ref("contract_id"), _text("person", nullable=True), _text("role", nullable=True),
    Column("rate", QUANTITY, nullable=False), Column("effective_from", Date, nullable=False),
    Column("effective_to", Date), _ref("change_order_id", nullable=True),
    CheckConstraint("rate >= 0", name="rate"),
    CheckConstraint("effective_to > effective_from", name="effective"),
    Index(None, "firm_id", "contract_id"),
    _finite("rate"),
    _to("contract", "contract_id"), _to("change_order", "change_order_id"),
)  # fmt: skip

time_entry = _table(
    "time_entry",
    _id(), _ref("contract_id"), _ref("sov_line_id", nullable=True), _text("external_id"),
    _text("person"), _text("role", nullable=True), _text("project", nullable=True),
    _text("task", nullable=True), _text("description", default=""), _text("source", default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("work_date", Date, nullable=False), Column("seconds", BigInteger, nullable=False),
    Column("billable", Boolean, nullable=False, server_default=text("true")),
    Column("billed_elsewhere", Boolean, nullable=False, server_default=text("false")),
    Column("file_rate", Numeric(19, 6)), _money("file_amount", nullable=True),
    _ref("import_id", nullable=True), _ref("entered_by"),
    # What people decide about it.
    Column("bill_seconds", BigInteger), _text("written_reason", nullable=True),
    _ref("written_up_by", nullable=True),
    _text("held_reason", nullable=True), _ref("decided_by", nullable=True), Column("decided_on", Date),
    *_state("open", "approved", "rejected"),
    UniqueConstraint("firm_id", "contract_id", "external_id"),
    CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="four_eyes"),
    CheckConstraint("state = 'open' OR decided_by IS NOT NULL", name="decided"),
    CheckConstraint(
        "state <> 'approved' OR written_up_by IS NULL OR written_up_by <> decided_by", name="written_up"
    ),
    Index(None, "firm_id", "contract_id", "work_date"),
    _to("contract", "contract_id"), _to("sov_line", "sov_line_id"), _to("person", "entered_by"),
    _to("person", "written_up_by"),
)  # fmt: skip

claim = _table(
    "claim",
    _ref("invoice_id"), _ref("time_entry_id"),
    _to("invoice", "invoice_id"), _to("time_entry", "time_entry_id"),
    key=("time_entry_id",),
)  # fmt: skip
"""Each entry is claimed by at most one live invoice; giving a draft up deletes its claims."""

issued_time = _table(
    "issued_time",
    _ref("invoice_id"), _ref("time_entry_id"), _ref("sov_line_id"),
    Column("position", Integer, nullable=False), Column("work_date", Date, nullable=False), _text("person"),
    _text("role", nullable=True), _text("description"), _text("source"),
    Column("seconds", BigInteger, nullable=False), Column("rate", QUANTITY, nullable=False),
    Column("amount", MONEY, nullable=False),
    _finite("rate", "amount"),
    Index(None, "firm_id", "sov_line_id"),
    _to("invoice", "invoice_id"), _to("time_entry", "time_entry_id"), _to("sov_line", "sov_line_id"),
    key=("invoice_id", "time_entry_id"),
)  # fmt: skip
"""The detail annex as issued."""

accepted_cut = _table(
    "accepted_cut",
    _id(), _ref("contract_id"), _ref("sov_line_id"), _ref("invoice_id"), _money("amount"), _text("reason"),
    _ref("accepted_by"), Column("accepted_on", Date, nullable=False), _at(),
    CheckConstraint("amount > 0", name="amount"),
    Index(None, "firm_id", "contract_id"),
    _finite("amount"),
    _to("contract", "contract_id"), _to("sov_line", "sov_line_id"), _to("invoice", "invoice_id"),
    _to("person", "accepted_by"),
)  # fmt: skip
"""What the certificate of an invoice cut from a line billed by time, and is not claimed again."""

deposit_entry = _table(
    "deposit_entry",
    _id(), _ref("contract_id"), _text("cause"), _money("amount"), Column("posted_on", Date, nullable=False),
    _text("reference", nullable=True), _ref("recorded_by", nullable=True), _ref("invoice_id", nullable=True),
    _at(),
    CheckConstraint("cause IN ('received', 'drawn', 'returned')", name="cause"),
    CheckConstraint(
        "(cause = 'received' AND amount > 0 AND num_nonnulls(reference, recorded_by) = 2"
        " AND invoice_id IS NULL) OR (cause = 'drawn' AND amount < 0 AND invoice_id IS NOT NULL"
        " AND num_nonnulls(reference, recorded_by) = 0)"
        " OR (cause = 'returned' AND amount < 0 AND num_nonnulls(reference, recorded_by) = 2"
        " AND invoice_id IS NULL)",
        name="signs",
    ),
    UniqueConstraint("firm_id", "contract_id", "reference"), UniqueConstraint("firm_id", "invoice_id"),
    Index(None, "firm_id", "contract_id"),
    _finite("amount"),
    _to("contract", "contract_id"), _to("person", "recorded_by"), _to("invoice", "invoice_id"),
)  # fmt: skip

billing_run = _table(
    "billing_run",
    _id(), Column("period_to", Date, nullable=False), _ref("started_by", nullable=True), _at("started_at"),
    _at("ended_at", nullable=True), Column("contracts", Integer, nullable=False, server_default="0"),
    *_state("running", "done"),
    Index("uq_billing_run_one_at_a_time", "firm_id", unique=True, postgresql_where=text("state = 'running'")),
    _to("person", "started_by"),
)  # fmt: skip

billing_run_contract = _table(
    "billing_run_contract",
    _ref("billing_run_id"), _ref("contract_id"),
    _to("billing_run", "billing_run_id"), _to("contract", "contract_id"),
    key=("billing_run_id", "contract_id"),
)  # fmt: skip
"""The contracts that a run is for, fixed when it starts."""

billing_run_item = _table(
    "billing_run_item",
    _ref("billing_run_id"), _ref("contract_id"), _text("outcome"), _text("sentence", default=""),
    _ref("invoice_id", nullable=True), _money("amount", nullable=True), _at(),
    CheckConstraint("outcome IN ('drafted', 'nothing_to_bill', 'blocked')", name="outcome"),
    CheckConstraint("(outcome = 'drafted') = (invoice_id IS NOT NULL)", name="drafted"),
    ForeignKeyConstraint(
        ["firm_id", "billing_run_id", "contract_id"],
        ["billing_run_contract.firm_id", "billing_run_contract.billing_run_id",
         "billing_run_contract.contract_id"],
    ),
    _to("billing_run", "billing_run_id"), _to("contract", "contract_id"), _to("invoice", "invoice_id"),
    key=("billing_run_id", "contract_id"),
)  # fmt: skip
"""What became of each of them."""

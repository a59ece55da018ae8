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

from contracts_app.store.columns import (
    MONEY,
    QUANTITY,
    at,
    finite,
    money,
    own_id,
    ref,
    states,
    table,
    to,
    words,
)

contract_project = table(
    "contract_project",
    ref("contract_id"), words("name"),
    to("contract", "contract_id"),
    key=("contract_id", "name"),
)  # fmt: skip
"""Names under which time sheets know a contract's work."""

rate_card_row = table(
    "rate_card_row",
    own_id(), ref("contract_id"), words("person", nullable=True), words("role", nullable=True),
    Column("rate", QUANTITY, nullable=False), Column("effective_from", Date, nullable=False),
    Column("effective_to", Date), ref("change_order_id", nullable=True),
    words("project", nullable=True), Column("multiplier", QUANTITY),
    words("overtime", nullable=True), Column("pay", QUANTITY), ref("import_id", nullable=True),
    CheckConstraint("rate >= 0", name="rate"),
    CheckConstraint("pay >= 0 AND pay < 'Infinity'", name="pay"),
    CheckConstraint("effective_to > effective_from", name="effective"),
    CheckConstraint("multiplier >= 0 AND multiplier < 'Infinity'", name="multiplier"),
    Index(None, "firm_id", "contract_id"),
    finite("rate"),
    to("contract", "contract_id"), to("change_order", "change_order_id"), to("import_file", "import_id"),
    Index(None, "firm_id", "import_id"),
)  # fmt: skip

time_entry = table(
    "time_entry",
    own_id(), ref("contract_id"), ref("sov_line_id", nullable=True), words("external_id"),
    words("person"), words("role", nullable=True), words("project", nullable=True),
    words("task", nullable=True), words("description", default=""), words("source", default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("work_date", Date, nullable=False), Column("seconds", BigInteger, nullable=False),
    Column("billable", Boolean, nullable=False, server_default=text("true")),
    Column("billed_elsewhere", Boolean, nullable=False, server_default=text("false")),
    Column("file_rate", Numeric(19, 6)), money("file_amount", nullable=True),
    ref("import_id", nullable=True), ref("entered_by"),
    words("overtime", nullable=True),
    Column("premium_only", Boolean, nullable=False, server_default=text("false")),
    ref("classed_by", nullable=True),
    # What people decide about it.
    ref("overtime_approved_by", nullable=True), Column("overtime_approved_on", Date),
    words("overtime_reason", nullable=True),
    Column("bill_seconds", BigInteger), words("written_reason", nullable=True),
    ref("written_up_by", nullable=True),
    words("held_reason", nullable=True), ref("decided_by", nullable=True), Column("decided_on", Date),
    ref("part_of", nullable=True), words("replaced_reason", nullable=True),
    # How long the time was that was split, and how much of it stands in the parts before this one.
    Column("whole_seconds", BigInteger), Column("whole_before", BigInteger),
    # Time that a later file says otherwise: what corrects it, and what takes back what is billed already.
    ref("corrects", nullable=True), ref("goes_with", nullable=True),
    Column("takes_back", Boolean, nullable=False, server_default=text("false")),
    *states("open", "approved", "rejected", "replaced"),
    UniqueConstraint("firm_id", "contract_id", "external_id"),
    CheckConstraint("corrects IS NOT NULL OR NOT takes_back AND goes_with IS NULL", name="corrects"),
    CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="four_eyes"),
    CheckConstraint("state IN ('open', 'replaced') OR decided_by IS NOT NULL", name="decided"),
    CheckConstraint("(state = 'replaced') = (replaced_reason IS NOT NULL)", name="replaced"),
    CheckConstraint(
        "num_nonnulls(whole_seconds, whole_before) IN (0, 2)"
        " AND (whole_seconds IS NULL OR part_of IS NOT NULL)",
        name="whole",
    ),
    CheckConstraint(
        "state <> 'approved' OR written_up_by IS NULL OR written_up_by <> decided_by", name="written_up"
    ),
    CheckConstraint(
        "overtime IS NOT NULL OR NOT (premium_only OR overtime_approved_by IS NOT NULL)", name="overtime"
    ),
    CheckConstraint(
        "num_nonnulls(overtime_approved_by, overtime_approved_on, overtime_reason) IN (0, 3)",
        name="overtime_approval",
    ),
    CheckConstraint(
        "overtime_approved_by NOT IN (entered_by, coalesce(classed_by, entered_by))",
        name="overtime_four_eyes",
    ),
    CheckConstraint(
        "state <> 'approved' OR classed_by IS NULL OR classed_by <> decided_by", name="classed"
    ),
    Index(None, "firm_id", "contract_id", "work_date"), Index(None, "firm_id", "part_of"),
    Index(None, "firm_id", "import_id"),
    Index(None, "firm_id", "corrects"), Index(None, "firm_id", "goes_with"),
    to("time_entry", "corrects"), to("time_entry", "goes_with"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"), to("person", "entered_by"),
    to("person", "written_up_by"), to("time_entry", "part_of"), to("person", "classed_by"),
    to("person", "overtime_approved_by"),
)  # fmt: skip

time_editor = table(
    "time_editor",
    ref("time_entry_id"), ref("person_id"),
    to("time_entry", "time_entry_id"), to("person", "person_id"),
    key=("time_entry_id", "person_id"),
)  # fmt: skip
"""Who had a hand in what an entry says beside whoever entered it: none of them decides on it."""

claim = table(
    "claim",
    ref("invoice_id"), ref("time_entry_id"),
    to("invoice", "invoice_id"), to("time_entry", "time_entry_id"),
    key=("time_entry_id",),
)  # fmt: skip
"""Each entry is claimed by at most one live invoice; giving a draft up deletes its claims."""

issued_time = table(
    "issued_time",
    ref("invoice_id"), ref("time_entry_id"), ref("sov_line_id"),
    Column("position", Integer, nullable=False), Column("work_date", Date, nullable=False), words("person"),
    words("role", nullable=True), words("description"), words("source"),
    Column("seconds", BigInteger, nullable=False), Column("rate", QUANTITY, nullable=False),
    Column("amount", MONEY, nullable=False),
    words("overtime", nullable=True), Column("base_rate", QUANTITY), Column("factor", QUANTITY),
    CheckConstraint("overtime IS NOT NULL OR num_nonnulls(base_rate, factor) = 0", name="overtime"),
    finite("rate", "amount"),
    Index(None, "firm_id", "sov_line_id"), Index(None, "firm_id", "time_entry_id"),
    to("invoice", "invoice_id"), to("time_entry", "time_entry_id"), to("sov_line", "sov_line_id"),
    key=("invoice_id", "time_entry_id"),
)  # fmt: skip
"""The detail annex as issued."""

accepted_cut = table(
    "accepted_cut",
    own_id(), ref("contract_id"), ref("sov_line_id"), ref("invoice_id"), money("amount"), words("reason"),
    ref("accepted_by"), Column("accepted_on", Date, nullable=False), at(),
    CheckConstraint("amount > 0", name="amount"),
    Index(None, "firm_id", "contract_id"),
    finite("amount"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"), to("invoice", "invoice_id"),
    to("person", "accepted_by"),
)  # fmt: skip
"""What the certificate of an invoice cut from a line billed by time, and is not claimed again."""

deposit_entry = table(
    "deposit_entry",
    own_id(), ref("contract_id"), words("cause"), money("amount"), Column("posted_on", Date, nullable=False),
    words("reference", nullable=True), ref("recorded_by", nullable=True), ref("invoice_id", nullable=True),
    at(),
    CheckConstraint("cause IN ('received', 'drawn', 'returned', 'credited')", name="cause"),
    CheckConstraint(
        "(cause = 'received' AND amount > 0 AND num_nonnulls(reference, recorded_by) = 2"
        " AND invoice_id IS NULL) OR (cause = 'drawn' AND amount < 0 AND invoice_id IS NOT NULL"
        " AND num_nonnulls(reference, recorded_by) = 0)"
        " OR (cause = 'returned' AND amount < 0 AND num_nonnulls(reference, recorded_by) = 2"
        " AND invoice_id IS NULL)"
        " OR (cause = 'credited' AND amount > 0 AND invoice_id IS NOT NULL"
        " AND num_nonnulls(reference, recorded_by) = 0)",
        name="signs",
    ),
    UniqueConstraint("firm_id", "contract_id", "reference"), UniqueConstraint("firm_id", "invoice_id"),
    Index(None, "firm_id", "contract_id"),
    finite("amount"),
    to("contract", "contract_id"), to("person", "recorded_by"), to("invoice", "invoice_id"),
)  # fmt: skip

billing_run = table(
    "billing_run",
    own_id(), Column("period_to", Date, nullable=False), ref("started_by", nullable=True), at("started_at"),
    at("ended_at", nullable=True), Column("contracts", Integer, nullable=False, server_default="0"),
    *states("running", "done"),
    Index("uq_billing_run_one_at_a_time", "firm_id", unique=True, postgresql_where=text("state = 'running'")),
    to("person", "started_by"),
)  # fmt: skip

billing_run_contract = table(
    "billing_run_contract",
    ref("billing_run_id"), ref("contract_id"),
    to("billing_run", "billing_run_id"), to("contract", "contract_id"),
    key=("billing_run_id", "contract_id"),
)  # fmt: skip
"""The contracts that a run is for, fixed when it starts."""

billing_run_item = table(
    "billing_run_item",
    ref("billing_run_id"), ref("contract_id"), words("outcome"), words("sentence", default=""),
    ref("invoice_id", nullable=True), money("amount", nullable=True), at(),
    CheckConstraint("outcome IN ('drafted', 'nothing_to_bill', 'blocked')", name="outcome"),
    CheckConstraint("(outcome = 'drafted') = (invoice_id IS NOT NULL)", name="drafted"),
    ForeignKeyConstraint(
        ["firm_id", "billing_run_id", "contract_id"],
        ["billing_run_contract.firm_id", "billing_run_contract.billing_run_id",
         "billing_run_contract.contract_id"],
    ),
    to("billing_run", "billing_run_id"), to("contract", "contract_id"), to("invoice", "invoice_id"),
    key=("billing_run_id", "contract_id"),
)  # fmt: skip
"""What became of each of them."""

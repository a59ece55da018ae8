"""Tables of the costs of contracts and of what was billed of them; rows belong to a firm as everywhere."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, text

from contracts_app.store.columns import finite, money, own_id, ref, states, table, to, words

_CATEGORIES = "category IN ('labour', 'material', 'equipment', 'subcontract', 'expense', 'other')"

job_cost = table(
    "job_cost",
    own_id(), ref("contract_id"), ref("sov_line_id"), words("category"),
    Column("incurred_on", Date, nullable=False), words("description"), words("vendor", nullable=True),
    words("currency"), money("gross"), money("recoverable_tax"), money("fee_within"),
    # Where it comes from; what is not typed comes in once.
    words("source_kind"), words("source_ref", default=""),
    Column("billable", Boolean, nullable=False, server_default=text("true")),
    words("not_billable_reason", nullable=True), ref("corrects_id", nullable=True), ref("recorded_by"),
    # What people decide about it.
    ref("decided_by", nullable=True), Column("decided_on", Date), words("sent_back_reason", nullable=True),
    words("held_reason", nullable=True), money("billed", nullable=True),
    words("written_reason", nullable=True), ref("written_up_by", nullable=True),
    ref("part_of_id", nullable=True), words("replaced_reason", nullable=True),
    *states("open", "approved", "sent_back", "replaced"),
    CheckConstraint(_CATEGORIES, name="category"),
    CheckConstraint(
        "source_kind IN ('typed', 'file', 'vendor_bill', 'expense', 'ticket', 'time')", name="source_kind"
    ),
    CheckConstraint("source_kind = 'typed' OR source_ref <> ''", name="source_ref"),
    CheckConstraint("billable = (not_billable_reason IS NULL)", name="billable"),
    CheckConstraint("state IN ('open', 'replaced') OR decided_by IS NOT NULL", name="decided"),
    CheckConstraint("(state = 'sent_back') = (sent_back_reason IS NOT NULL)", name="sent_back"),
    CheckConstraint("state <> 'approved' OR decided_by <> recorded_by", name="four_eyes"),
    CheckConstraint("corrects_id <> id", name="corrects"),
    CheckConstraint("(state = 'replaced') = (replaced_reason IS NOT NULL)", name="replaced"),
    CheckConstraint("held_reason IS NULL OR state IN ('open', 'approved')", name="held"),
    CheckConstraint("billed IS NULL OR written_reason IS NOT NULL", name="written"),
    CheckConstraint(
        "state <> 'approved' OR written_up_by IS NULL OR written_up_by <> decided_by", name="written_up"
    ),
    Index(None, "firm_id", "contract_id", "incurred_on"), Index(None, "firm_id", "part_of_id"),
    Index(
        "uq_job_cost_source", "firm_id", "source_kind", "source_ref", unique=True,
        postgresql_where=text(
            "source_kind <> 'typed' AND state <> 'sent_back' AND part_of_id IS NULL"
        ),
    ),
    finite("gross", "recoverable_tax", "fee_within"),
    CheckConstraint("billed > '-Infinity' AND billed < 'Infinity'", name="billed_finite"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"), to("person", "recorded_by"),
    to("person", "decided_by"), to("job_cost", "corrects_id"), to("person", "written_up_by"),
    to("job_cost", "part_of_id"),
)  # fmt: skip
"""The costs of contracts: one row for each line of a vendor's bill, each expense, what was typed in."""

cost_claim = table(
    "cost_claim",
    ref("invoice_id"), ref("job_cost_id"),
    to("invoice", "invoice_id"), to("job_cost", "job_cost_id"),
    key=("job_cost_id",),
)  # fmt: skip
"""Each cost is claimed by at most one live invoice; giving a draft up deletes its claims."""

issued_cost = table(
    "issued_cost",
    ref("invoice_id"), ref("job_cost_id"), ref("sov_line_id"),
    Column("position", Integer, nullable=False), words("category"),
    Column("incurred_on", Date, nullable=False), words("description"), words("vendor", nullable=True),
    words("source"), money("cost"), money("fee_bearing"),
    finite("cost", "fee_bearing"),
    Index(None, "firm_id", "sov_line_id"),
    to("invoice", "invoice_id"), to("job_cost", "job_cost_id"), to("sov_line", "sov_line_id"),
    key=("invoice_id", "job_cost_id"),
)  # fmt: skip
"""The costs as issued."""

issued_cost_line = table(
    "issued_cost_line",
    ref("invoice_id"), ref("sov_line_id"), money("cost"), money("fee"), money("fee_to_date"),
    money("amount"),
    finite("cost", "fee", "fee_to_date", "amount"),
    to("invoice", "invoice_id"), to("sov_line", "sov_line_id"),
    key=("invoice_id", "sov_line_id"),
)  # fmt: skip
"""Per line, what an issued invoice billed of cost and fee, and the fee that may be billed by then."""

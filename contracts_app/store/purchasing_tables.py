"""Tables of commitments: orders, changes of them, deliveries, vendors' bills and credits, settled holds, and
retainage released to subcontractors; rows belong to a firm as everywhere."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Numeric,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from contracts_app.store.columns import (
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


def _approved_by_another() -> tuple[SchemaItem, ...]:
    """Who entered it, who decided on it, and that these are two people."""
    return (
        ref("entered_by"), at("entered_at"), ref("decided_by", nullable=True), Column("decided_on", Date),
        at("decided_at", nullable=True), words("rejected_because", nullable=True),
        *states("entered", "approved", "rejected"),
        CheckConstraint("decided_by IS NULL OR decided_by <> entered_by", name="four_eyes"),
        CheckConstraint("(state = 'entered') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(state = 'rejected') = (rejected_because IS NOT NULL)", name="rejected"),
        to("person", "entered_by"), to("person", "decided_by"),
    )  # fmt: skip


def _number_once(name: str, owner: str) -> Index:
    """A number is there once; what was rejected gives it free again."""
    live = text("state <> 'rejected'")
    return Index(f"uq_{name}_number", "firm_id", owner, "number", unique=True, postgresql_where=live)


commitment = table(
    "commitment",
    own_id(), ref("contract_id"), words("number"), words("title"), words("vendor"), words("kind"),
    words("match"), Column("tolerances", JSONB, nullable=False), Column("retainage_rate", Numeric(7, 6)),
    words("currency"), Column("ordered_on", Date, nullable=False), ref("import_id", nullable=True),
    *_approved_by_another(),
    _number_once("commitment", "contract_id"),
    CheckConstraint("kind IN ('purchase', 'subcontract')", name="kind"),
    CheckConstraint("match IN ('two_way', 'three_way')", name="match"),
    CheckConstraint("retainage_rate IS NULL OR (retainage_rate BETWEEN 0 AND 1 AND kind = 'subcontract')",
    name="retainage_rate"),
    to("contract", "contract_id"), to("import_file", "import_id"), Index(None, "firm_id", "import_id"),
)  # fmt: skip
commitment_change = table(
    "commitment_change",
    own_id(), ref("commitment_id"), words("number"), words("because"),
    *_approved_by_another(),
    _number_once("commitment_change", "commitment_id"),
    to("commitment", "commitment_id"),
)  # fmt: skip
commitment_line = table(
    "commitment_line",
    own_id(), ref("commitment_id"), Column("position", Integer, nullable=False), words("item_no"),
    words("description"), words("category"), words("unit", nullable=True),
    Column("quantity", QUANTITY, nullable=False), Column("unit_price", QUANTITY, nullable=False),
    ref("sov_line_id", nullable=True),
    Column("is_fee", Boolean, nullable=False, server_default=text("false")),
    ref("change_id", nullable=True),
    CheckConstraint("quantity > 0 AND unit_price >= 0", name="ordered"),
    CheckConstraint("category IN ('labour', 'material', 'equipment', 'subcontract', 'expense', 'other')",
    name="category"),
    finite("quantity", "unit_price"),
    Index(None, "firm_id", "commitment_id"),
    to("commitment", "commitment_id"), to("sov_line", "sov_line_id"), to("commitment_change", "change_id"),
)  # fmt: skip
"""Written once. A line that a change order brings has its `change_id` and counts once that is approved."""
commitment_change_line = table(
    "commitment_change_line",
    ref("change_id"), ref("commitment_line_id"), Column("quantity", QUANTITY, nullable=False),
    Column("unit_price", QUANTITY),
    CheckConstraint("quantity <> 0 OR unit_price IS NOT NULL", name="says_something"),
    CheckConstraint("unit_price >= 0 AND unit_price < 'Infinity'", name="unit_price"),
    finite("quantity"),
    to("commitment_change", "change_id"), to("commitment_line", "commitment_line_id"),
    key=("change_id", "commitment_line_id"),
)  # fmt: skip
"""By how much the quantity of a line changes, and its new price where that changes."""
delivery = table(
    "delivery",
    own_id(), ref("commitment_id"), ref("commitment_line_id"), Column("received_on", Date, nullable=False),
    Column("quantity", QUANTITY, nullable=False), words("reference"), ref("recorded_by"), at(),
    ref("import_id", nullable=True),
    CheckConstraint("quantity <> 0", name="quantity"),
    finite("quantity"),
    Index(None, "firm_id", "commitment_id"),
    to("commitment", "commitment_id"), to("commitment_line", "commitment_line_id"),
    to("person", "recorded_by"), to("import_file", "import_id"), Index(None, "firm_id", "import_id"),
)  # fmt: skip
"""What arrived of a line; what went back is below zero."""
vendor_bill = table(
    "vendor_bill",
    own_id(), ref("commitment_id"), words("vendor"), words("number"), Column("dated", Date, nullable=False),
    ref("import_id", nullable=True),
    *_approved_by_another(),
    Index(None, "firm_id", "commitment_id"), Index(None, "firm_id", "import_id"),
    Index("ix_vendor_bill_vendor", "firm_id", text("lower(vendor)")),
    to("commitment", "commitment_id"), to("import_file", "import_id"),
)  # fmt: skip
vendor_bill_line = table(
    "vendor_bill_line",
    own_id(), ref("bill_id"), Column("position", Integer, nullable=False),
    ref("commitment_line_id", nullable=True), words("description", default=""),
    Column("quantity", QUANTITY, nullable=False), Column("unit_price", QUANTITY, nullable=False),
    money("tax_not_recoverable"),
    UniqueConstraint("firm_id", "bill_id", "position"),
    CheckConstraint("quantity > 0 AND unit_price >= 0 AND tax_not_recoverable >= 0", name="billed"),
    finite("quantity", "unit_price", "tax_not_recoverable"),
    to("vendor_bill", "bill_id"), to("commitment_line", "commitment_line_id"),
)  # fmt: skip
hold_settlement = table(
    "hold_settlement",
    own_id(), ref("bill_id"), ref("bill_line_id", nullable=True), words("settlement"), money("disputed"),
    words("reason"), ref("settled_by"), Column("settled_on", Date, nullable=False), at(),
    CheckConstraint("settlement IN ('pay_as_billed', 'pay_what_matches', 'another_bill')", name="settlement"),
    CheckConstraint("(settlement = 'another_bill') = (bill_line_id IS NULL)", name="about"),
    finite("disputed"),
    Index(None, "firm_id", "bill_id"),
    to("vendor_bill", "bill_id"), to("vendor_bill_line", "bill_line_id"), to("person", "settled_by"),
)  # fmt: skip
"""What was decided on what does not match; the last row for a line counts."""
vendor_credit = table(
    "vendor_credit",
    own_id(), ref("commitment_id"), ref("bill_id"), words("vendor"), words("number"),
    Column("dated", Date, nullable=False),
    *_approved_by_another(),
    _number_once("vendor_credit", "commitment_id"),
    Index(None, "firm_id", "bill_id"),
    to("commitment", "commitment_id"), to("vendor_bill", "bill_id"),
)  # fmt: skip
vendor_credit_line = table(
    "vendor_credit_line",
    ref("credit_id"), ref("bill_line_id"), Column("quantity", QUANTITY, nullable=False), money("amount"),
    money("tax_not_recoverable"),
    CheckConstraint("quantity >= 0 AND amount > 0 AND tax_not_recoverable >= 0", name="credited"),
    finite("quantity", "amount", "tax_not_recoverable"),
    to("vendor_credit", "credit_id"), to("vendor_bill_line", "bill_line_id"),
    key=("credit_id", "bill_line_id"),
)  # fmt: skip
sub_release = table(
    "sub_release",
    own_id(), ref("commitment_id"), ref("commitment_line_id"), money("amount"),
    Column("released_on", Date, nullable=False), words("reason", default=""), ref("released_by"), at(),
    CheckConstraint("amount > 0", name="amount"),
    finite("amount"),
    Index(None, "firm_id", "commitment_id"),
    to("commitment", "commitment_id"), to("commitment_line", "commitment_line_id"),
    to("person", "released_by"),
)  # fmt: skip
"""Retainage released to a subcontractor."""

purchase_cost = table(
    "purchase_cost",
    ref("job_cost_id"), ref("bill_line_id"),
    Index(None, "firm_id", "bill_line_id"),
    to("job_cost", "job_cost_id"), to("vendor_bill_line", "bill_line_id"),
    key=("job_cost_id",),
)  # fmt: skip
"""Which line of a vendor's bill a cost of the contract comes from."""

PAPERS: Mapping[str, Table] = {
    "commitment": commitment,
    "change": commitment_change,
    "bill": vendor_bill,
    "credit_memo": vendor_credit,
}
"""What a project manager decides on, by `Paper`."""

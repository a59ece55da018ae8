"""What is agreed: contracts, change orders, schedules of values and milestones."""

from __future__ import annotations

from sqlalchemy import (
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
from sqlalchemy.dialects.postgresql import JSONB

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

contract = table(
    "contract",
    own_id(), ref("client_id"), ref("legal_entity_id"), ref("project_manager_id", nullable=True),
    words("number"), words("title"), words("architect", nullable=True), ref("prepared_by", nullable=True),
    Column("terms", JSONB, nullable=False), words("external_id", nullable=True),
    Column("work_completed_on", Date),
    at("activated_at", nullable=True), ref("activated_by", nullable=True), Column("closed_on", Date),
    words("returned_because", nullable=True), ref("returned_by", nullable=True),
    *states("setting_up", "active", "closed"),
    UniqueConstraint("firm_id", "number"),
    CheckConstraint("(returned_because IS NULL) = (returned_by IS NULL)", name="returned"),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"), to("person", "project_manager_id"),
    to("person", "returned_by"),
)  # fmt: skip
contract_preparer = table(
    "contract_preparer", ref("contract_id"), ref("person_id"), at("since"),
    to("contract", "contract_id"), to("person", "person_id"),
    key=("contract_id", "person_id"),
)  # fmt: skip
"""Everybody who put in something that counts for money before the contract was in force."""
change_order = table(
    "change_order",
    own_id(), ref("contract_id"), words("number"), words("title"), money("amount"), words("order_state"),
    Column("submitted_on", Date), Column("executed_on", Date), words("reason", nullable=True),
    Column("schedule_days", Integer), ref("import_id", nullable=True), ref("proposed_by", nullable=True),
    ref("raises_line_id", nullable=True), Column("rates", JSONB, nullable=False, server_default="[]"),
    Column("caps", JSONB, nullable=False, server_default="[]"),
    Column("lines", JSONB, nullable=False, server_default="[]"),
    Column("pricing", JSONB(none_as_null=True)), ref("priced_by", nullable=True), Column("priced_on", Date),
    words("decided_because", nullable=True), ref("executed_by", nullable=True),
    UniqueConstraint("firm_id", "contract_id", "number"),
    CheckConstraint("executed_by <> proposed_by AND executed_by <> priced_by", name="four_eyes"),
    CheckConstraint("executed_by IS NULL OR order_state = 'executed'", name="executed_by"),
    CheckConstraint(
        "order_state IN ('potential', 'requested', 'submitted', 'executed', 'rejected', 'void')",
        name="order_state"
    ),
    CheckConstraint("(order_state = 'executed') = (executed_on IS NOT NULL)", name="executed_on"),
    finite("amount"),
    CheckConstraint("(priced_by IS NULL) = (priced_on IS NULL)", name="priced"),
    to("contract", "contract_id"), to("person", "proposed_by"), to("person", "priced_by"),
    to("person", "executed_by"),
    ForeignKeyConstraint(
        ["firm_id", "raises_line_id"], ["sov_line.firm_id", "sov_line.id"], use_alter=True,
        name="fk_change_order_raises_line_id",
    ),
)  # fmt: skip
sov_line = table(
    "sov_line",
    own_id(), ref("contract_id"), Column("position", Integer, nullable=False), words("item_no"),
    words("external_id"),
    words("description"), money("scheduled_value"), Column("retainage_rate", Numeric(7, 6)),
    ref("change_order_id", nullable=True), ref("import_id", nullable=True),
    words("basis", default="lump_sum"),
    Column("not_to_exceed", Boolean, nullable=False, server_default=text("true")),
    words("unit", nullable=True), Column("unit_price", QUANTITY), Column("estimated_quantity", QUANTITY),
    Column("variation", JSONB(none_as_null=True)), Column("recurring", JSONB(none_as_null=True)),
    Column("cost_plus", JSONB(none_as_null=True)),
    Column("tax", JSONB(none_as_null=True)),
    CheckConstraint("basis IN ('lump_sum', 'milestone', 'time_and_materials', 'percent_complete',"
    " 'unit_price', 'recurring', 'cost_plus')", name="basis"),
    CheckConstraint("(basis = 'unit_price') = (num_nonnulls(unit, unit_price, estimated_quantity) = 3)"
    " AND num_nonnulls(unit, unit_price, estimated_quantity) IN (0, 3)"
    " AND (basis = 'unit_price' OR variation IS NULL) AND NOT (basis = 'unit_price' AND not_to_exceed)",
    name="unit_price"),
    CheckConstraint("unit_price >= 0 AND unit_price < 'Infinity' AND estimated_quantity > 0"
    " AND estimated_quantity < 'Infinity'", name="measure"),
    CheckConstraint("(basis = 'recurring') = (recurring IS NOT NULL)", name="recurring"),
    CheckConstraint("(basis = 'cost_plus') = (cost_plus IS NOT NULL)", name="cost_plus"),
    UniqueConstraint("firm_id", "contract_id", "item_no"),
    UniqueConstraint("firm_id", "contract_id", "external_id"),
    finite("scheduled_value"),
    CheckConstraint("retainage_rate BETWEEN 0 AND 1", name="retainage_rate"),
    to("contract", "contract_id"), to("change_order", "change_order_id"),
)  # fmt: skip
milestone = table(
    "milestone",
    own_id(), ref("contract_id"), ref("sov_line_id", nullable=True), words("title"), money("amount"),
    Column("planned_on", Date), Column("close_out", Boolean, nullable=False), words("evidence",
    nullable=True),
    ref("achieved_by", nullable=True), Column("achieved_on", Date),
    ref("approved_by", nullable=True), Column("approved_on", Date),
    Column("achieved_amount", MONEY, nullable=False, server_default="0"),
    Column("approved_amount", MONEY, nullable=False, server_default="0"),
    CheckConstraint("approved_amount <= achieved_amount AND achieved_amount <= amount", name="parts"),
    ref("import_id", nullable=True),
    *states("planned", "achieved", "partly_approved", "approved"),
    UniqueConstraint("firm_id", "contract_id", "title"),
    CheckConstraint("approved_by IS NULL OR approved_by <> achieved_by", name="four_eyes"),
    CheckConstraint("amount >= 0", name="amount"),
    finite("amount", "achieved_amount", "approved_amount"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"), to("import_file", "import_id"),
    Index(None, "firm_id", "import_id"),
)  # fmt: skip

"""Tables of client purchase orders, and of what invoices bill charge by charge where limits apply."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import QUANTITY, at, finite, money, own_id, ref, states, table, to, words

client_order = table(
    "client_order",
    own_id(), ref("client_id"), ref("contract_id"), words("number"), Column("dated_on", Date, nullable=False),
    words("on_exceed"), ref("recorded_by"), at("recorded_at"), words("remark", default=""),
    ref("import_id", nullable=True),
    *states("open", "closed"),
    CheckConstraint("on_exceed IN ('block', 'warn')", name="on_exceed"),
    UniqueConstraint("firm_id", "client_id", "number"),
    to("client", "client_id"), to("contract", "contract_id"), to("person", "recorded_by"),
    to("import_file", "import_id"), Index(None, "firm_id", "import_id"),
)  # fmt: skip
"""`contract_id`: the contract on whose page the order is kept; it may fund others of the client as well."""

client_order_contract = table(
    "client_order_contract",
    ref("client_order_id"), ref("contract_id"),
    to("client_order", "client_order_id"), to("contract", "contract_id"),
    Index(None, "firm_id", "contract_id"),
    key=("client_order_id", "contract_id"),
)  # fmt: skip
"""The contracts that an order funds."""

client_order_line = table(
    "client_order_line",
    own_id(), ref("client_order_id"), words("number"), Column("position", Integer, nullable=False),
    money("amount"), Column("starts_on", Date), Column("expires_on", Date),
    Column("kinds", JSONB, nullable=False, server_default="[]"),
    CheckConstraint("amount >= 0", name="amount"), finite("amount"),
    CheckConstraint("expires_on >= starts_on", name="dates"),
    UniqueConstraint("firm_id", "client_order_id", "number"),
    to("client_order", "client_order_id"),
)  # fmt: skip

client_order_line_of = table(
    "client_order_line_of",
    ref("client_order_line_id"), ref("sov_line_id"),
    to("client_order_line", "client_order_line_id"), to("sov_line", "sov_line_id"),
    key=("client_order_line_id", "sov_line_id"),
)  # fmt: skip
"""The lines of the schedule of values that a line of an order is for; none: all."""

charge_part = table(
    "charge_part",
    own_id(), ref("invoice_id"), ref("contract_id"), ref("sov_line_id"), ref("time_entry_id", nullable=True),
    words("kind"), words("person", nullable=True), words("role", nullable=True), money("amount"),
    ref("client_order_line_id", nullable=True), money("beyond"),
    CheckConstraint("kind IN ('time', 'expense', 'fee')", name="kind"),
    CheckConstraint("(kind = 'time') = (time_entry_id IS NOT NULL)", name="time"),
    CheckConstraint("amount <> 0 OR beyond = 0", name="beyond"),
    finite("amount", "beyond"),
    Index(None, "firm_id", "invoice_id"), Index(None, "firm_id", "contract_id"),
    Index(
        "ix_charge_part_order", "firm_id", "client_order_line_id",
        postgresql_where=text("client_order_line_id IS NOT NULL"),
    ),
    to("invoice", "invoice_id"), to("contract", "contract_id"), to("sov_line", "sov_line_id"),
    to("time_entry", "time_entry_id"), to("client_order_line", "client_order_line_id"),
)  # fmt: skip
"""What an approved invoice keeps (reserved), and an issued one bills, of each charge, and which line of which
order pays for it. Written at approval, deleted when the approval no longer counts, fixed from issue on."""

limit_notice = table(
    "limit_notice",
    own_id(), ref("contract_id"), ref("limit_id"), words("name"), Column("level", QUANTITY, nullable=False),
    money("amount"), money("earned"), Column("told_on", Date, nullable=False), at(),
    CheckConstraint("level > 0 AND level < 'Infinity'", name="level"), finite("amount", "earned"),
    UniqueConstraint("firm_id", "limit_id", "level", "amount"),
    Index(None, "firm_id", "contract_id"),
    to("contract", "contract_id"),
)  # fmt: skip
"""That a share of a limit was reached, told once for each amount that the limit had."""

"""What was issued and what was certified: these facts do not change."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
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
from sqlalchemy.schema import SchemaItem

from contracts_app.store.advance_columns import advance_to_date
from contracts_app.store.columns import MONEY, at, finite, money, own_id, ref, table, to, words

_LINES = ("line1", "line2", "line3", "line4", "line5", "line5a", "line5b", "line6", "line7", "line8", "line9")
issued_invoice = table(
    "issued_invoice",
    ref("invoice_id"), ref("legal_entity_id"), words("series"), Column("number", BigInteger,
    nullable=False),
    words("number_text"), Column("issued_on", Date, nullable=False), at("issued_at"), ref("issued_by"),
    Column("certification_due_on", Date, nullable=False), words("snapshot_sha256"), words("content_hash"),
    words("currency"), *(money(name) for name in _LINES), words("rules"),
    Column("deposit_applied", MONEY, nullable=False, server_default="0"),
    # As they were at issue: a paper made later says the same.
    words("payment_instructions", default=""),
    # A section of an invoice of several contracts has that one's number.
    ref("group_invoice_id", nullable=True),
    CheckConstraint("deposit_applied = 0 OR deposit_applied BETWEEN 0 AND line8", name="deposit"),
    *advance_to_date(),
    Index(
        "uq_issued_invoice_number", "firm_id", "legal_entity_id", "series", "number", unique=True,
        postgresql_where=text("group_invoice_id IS NULL"),
    ),
    Index("ix_issued_invoice_group", "firm_id", "group_invoice_id"),
    ForeignKeyConstraint(
        ["firm_id", "group_invoice_id", "legal_entity_id", "series", "number"],
        [f"group_invoice.{c}" for c in ("firm_id", "id", "legal_entity_id", "series", "number")],
        name="fk_issued_invoice_group_invoice",
    ),
    UniqueConstraint("firm_id", "number_text"),
    finite(*_LINES),
    CheckConstraint("line3 = line1 + line2", name="line3"),
    CheckConstraint("line5 = line5a + line5b", name="line5"),
    CheckConstraint("line6 = line4 - line5 + advance_invoiced - advance_recovered", name="line6"),
    CheckConstraint("line8 = line6 - line7", name="line8"),
    CheckConstraint("line9 = line3 - line6", name="line9"),
    to("invoice", "invoice_id"), to("legal_entity", "legal_entity_id"), to("person", "issued_by"),
    ForeignKeyConstraint(["firm_id", "snapshot_sha256"], ["snapshot.firm_id", "snapshot.sha256"]),
    key=("invoice_id",),
)  # fmt: skip


def _continuation_columns() -> tuple[SchemaItem, ...]:
    """Columns of the continuation sheet, for what was applied and for what was certified."""
    return (
        ref("invoice_id"), ref("sov_line_id"), Column("position", Integer, nullable=False),
        words("item_no"),
        words("description"), words("change_order", nullable=True), money("scheduled_value"),
        money("previous"),
        money("this_period"), money("stored"), money("total"), money("withheld"), money("released"),
        money("retainage"),
        finite("scheduled_value", "previous", "this_period", "stored", "withheld", "released"),
        CheckConstraint("total = previous + this_period + stored", name="total"),
        CheckConstraint("retainage = withheld - released", name="retainage"),
        to("invoice", "invoice_id"), to("sov_line", "sov_line_id"),
    )  # fmt: skip


issued_line = table("issued_line", *_continuation_columns(), key=("invoice_id", "sov_line_id"))
certificate = table(
    "certificate",
    ref("invoice_id"), words("decision"), ref("person_id"), at(), Column("certified_on", Date,
    nullable=False),
    words("reason"), Column("entries", JSONB, nullable=False), money("line4"), money("line5"),
    money("line6"),
    money("line7"), money("line8"), money("line9"),
    CheckConstraint("decision IN ('in_full', 'less', 'withheld', 'not_required')", name="decision"),
    CheckConstraint("decision IN ('in_full', 'not_required') OR length(reason) >= 3", name="reason"),
    CheckConstraint(
        "line6 = line4 - line5 + advance_invoiced - advance_recovered AND line8 = line6 - line7", name="lines"
    ),
    *advance_to_date(),
    finite("line4", "line5", "line6", "line7", "line8", "line9"),
    to("invoice", "invoice_id"), to("person", "person_id"),
    key=("invoice_id",),
)  # fmt: skip
certificate_line = table(
    "certificate_line",
    *_continuation_columns(),
    # Why less was certified than applied for, where the client said it of this line.
    words("reason", default=""),
    key=("invoice_id", "sov_line_id"),
)
retainage_entry = table(
    "retainage_entry",
    own_id(), ref("contract_id"), ref("sov_line_id"), ref("invoice_id", nullable=True), words("cause"),
    money("withheld"),
    money("released"), Column("posted_on", Date, nullable=False),
    UniqueConstraint("firm_id", "invoice_id", "sov_line_id", "cause"),
    CheckConstraint("cause IN ('issue', 'certificate', 'opening') AND (cause = 'opening') = (invoice_id IS"
    " NULL)", name="cause"),
    Index(None, "firm_id", "contract_id"),
    Index("uq_retainage_entry_opening", "firm_id", "sov_line_id", unique=True,
    postgresql_where=text("cause = 'opening'")),
    finite("withheld", "released"),
    to("contract", "contract_id"), to("sov_line", "sov_line_id"), to("invoice", "invoice_id"),
)  # fmt: skip

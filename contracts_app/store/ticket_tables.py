"""The table of daily tickets of extra work."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import own_id, ref, states, table, to, words

work_ticket = table(
    "work_ticket",
    own_id(), ref("contract_id"), words("number"), Column("work_date", Date, nullable=False), words("what"),
    Column("labour", JSONB, nullable=False), Column("equipment", JSONB, nullable=False),
    Column("material", JSONB, nullable=False), ref("entered_by"),
    words("signed_by", nullable=True), Column("signed_on", Date), words("evidence", default=""),
    ref("signature_noted_by", nullable=True), ref("change_order_id", nullable=True),
    words("void_because", nullable=True),
    *states("open", "signed", "void"),
    UniqueConstraint("firm_id", "contract_id", "number"),
    CheckConstraint(
        "num_nonnulls(signed_by, signed_on, signature_noted_by) IN (0, 3) AND signed_on >= work_date"
        " AND (state <> 'signed' OR signed_by IS NOT NULL) AND (state <> 'open' OR signed_by IS NULL)",
        name="signature",
    ),
    CheckConstraint("change_order_id IS NULL OR state = 'signed'", name="priced"),
    CheckConstraint("(state = 'void') = (void_because IS NOT NULL)", name="void"),
    to("contract", "contract_id"), to("person", "entered_by"), to("person", "signature_noted_by"),
    to("change_order", "change_order_id"),
)  # fmt: skip
"""Labour, equipment and material are what `extra_work` reads; a ticket in a change order that is rejected or
void may be priced into another one."""

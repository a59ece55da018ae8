"""Tables of revisions of the schedule of values: budget moved between lines."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, UniqueConstraint

from contracts_app.store.columns import finite, money, own_id, ref, states, table, to, words

sov_revision = table(
    "sov_revision",
    own_id(), ref("contract_id"), words("number"), words("because"),
    Column("effective_on", Date, nullable=False), ref("proposed_by"),
    Column("proposed_on", Date, nullable=False), ref("decided_by", nullable=True),
    Column("decided_on", Date), words("remark", default=""),
    *states("proposed", "approved", "rejected"),
    UniqueConstraint("firm_id", "contract_id", "number"),
    CheckConstraint("state <> 'approved' OR decided_by <> proposed_by", name="four_eyes"),
    CheckConstraint(
        "(state = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_on IS NULL)",
        name="decided",
    ),
    to("contract", "contract_id"), to("person", "proposed_by"), to("person", "decided_by"),
)  # fmt: skip
sov_revision_move = table(
    "sov_revision_move",
    ref("revision_id"), ref("sov_line_id"), money("before"), money("amount"),
    Column("taken_back", Boolean, nullable=False),
    CheckConstraint("amount <> 0", name="amount"),
    CheckConstraint("before + amount >= 0", name="after"),
    finite("before", "amount"),
    to("sov_revision", "revision_id"), to("sov_line", "sov_line_id"),
    key=("revision_id", "sov_line_id"),
)  # fmt: skip
"""`before` is the line's value as it was when the revision was proposed; `taken_back`: the line may fall
below what is billed of it."""

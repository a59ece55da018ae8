"""What a firm says of approvals, and who approves in whose place."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, text
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, own_id, ref, states, table, to, words

approval_policy = table(
    "approval_policy",
    own_id(), Column("policy", JSONB, nullable=False), Column("effective_from", Date, nullable=False),
    words("because"), ref("proposed_by"), at("proposed_at"), ref("agreed_by", nullable=True),
    at("agreed_at", nullable=True),
    *states("proposed", "agreed", "withdrawn"),
    CheckConstraint("(state = 'agreed') = (agreed_by IS NOT NULL)", name="agreed"),
    CheckConstraint("(agreed_by IS NULL) = (agreed_at IS NULL)", name="agreed_at"),
    CheckConstraint("agreed_by <> proposed_by", name="four_eyes"),
    Index(
        "uq_approval_policy_proposed", "firm_id", unique=True, postgresql_where=text("state = 'proposed'")
    ),
    to("person", "proposed_by"), to("person", "agreed_by"),
)  # fmt: skip
"""Of those agreed to the one with the last day that has come is in force, of one day the last agreed to."""

approval_remark = table(
    "approval_remark",
    ref("approval_id"), ref("sov_line_id"), words("reason"),
    to("approval", "approval_id"), to("sov_line", "sov_line_id"),
    key=("approval_id", "sov_line_id"),
)  # fmt: skip
"""What was wrong with a line of a draft that was sent back."""

approval_delegation = table(
    "approval_delegation",
    own_id(), ref("person_id"), ref("to_id"), Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False), words("because"), ref("entered_by"), at("entered_at"),
    words("ended_because", nullable=True),
    *states("given", "ended"),
    CheckConstraint("person_id <> to_id AND entered_by <> to_id", name="to_another"),
    CheckConstraint("from_on <= to_on", name="days"),
    CheckConstraint("(state = 'ended') = (ended_because IS NOT NULL)", name="ended"),
    Index(None, "firm_id", "to_id"),
    to("person", "person_id"), to("person", "to_id"), to("person", "entered_by"),
)  # fmt: skip
"""From one day to another, both included, `to_id` approves in the place of `person_id`."""

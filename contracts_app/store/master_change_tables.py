"""Changes of master data that were put before a second person."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, text
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, own_id, ref, states, table, to, words

master_change = table(
    "master_change",
    own_id(), words("command"), words("about"), ref("legal_entity_id", nullable=True),
    ref("contract_id", nullable=True), Column("body", JSONB, nullable=False), words("body_hash"),
    Column("change", JSONB, nullable=False), Column("effective_from", Date),
    ref("proposed_by"), at("proposed_at"), Column("proposed_on", Date, nullable=False),
    ref("agreed_by", nullable=True), at("agreed_at", nullable=True), Column("agreed_on", Date),
    words("withdrawn_because", nullable=True),
    *states("proposed", "agreed", "withdrawn"),
    CheckConstraint("(state = 'agreed') = (agreed_by IS NOT NULL)", name="agreed"),
    CheckConstraint("(agreed_by IS NULL) = (agreed_at IS NULL)", name="agreed_at"),
    CheckConstraint("(agreed_by IS NULL) = (agreed_on IS NULL)", name="agreed_on"),
    CheckConstraint("(state = 'withdrawn') = (withdrawn_because IS NOT NULL)", name="withdrawn"),
    CheckConstraint("agreed_by <> proposed_by", name="four_eyes"),
    Index(
        "uq_master_change_proposed", "firm_id", "command", "about", unique=True,
        postgresql_where=text("state = 'proposed'"),
    ),
    Index(None, "firm_id", "legal_entity_id"), Index(None, "firm_id", "contract_id"),
    to("person", "proposed_by"), to("person", "agreed_by"), to("legal_entity", "legal_entity_id"),
    to("contract", "contract_id"),
)  # fmt: skip
"""`body`: the command as it was given, `body_hash` its digest; `change`: what it would change, as it was
shown (`approving.master_data.MasterChange`); `about`: what it is a change of, of which one waits at a
time; days are business days of the firm."""

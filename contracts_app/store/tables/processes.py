"""Processes, the effects of commands, and the audit chain."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Computed,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, metadata, ref, table, words

process = table(
    "process",
    words("subject"), ref("subject_id"),
    at("opened_at"), at("started_at", nullable=True), at("finished_at", nullable=True),
    Column("seen_version", Integer), Column("seen_calendar", Integer),
    words("for_role", nullable=True), words("sentence", nullable=True), at("since", nullable=True),
    at("deadline", nullable=True), words("otherwise", nullable=True), words("parked_step", nullable=True),
    words("parked_reason", nullable=True), Column("approvers", JSONB(none_as_null=True)),
    CheckConstraint(
        "subject IN ('contract', 'invoice', 'import', 'follow-up', 'calendar', 'billing-run')", name="subject"
    ),
    key=("subject", "subject_id"),
)  # fmt: skip
effect = table(
    "effect",
    words("key"), words("command"), words("body_hash"), Column("outcome", JSONB, nullable=False), at(),
    key=("key",),
)  # fmt: skip
audit_head = table(
    "audit_head",
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    key=(),
)
audit_entry = table(
    "audit_entry",
    Column("seq", BigInteger, nullable=False), at(), words("body"), Column("hash", LargeBinary,
    nullable=False),
    # The record that the entry is about; for a refusal the one that the refused command named.
    Column("about", Text, Computed("""
        CASE WHEN body::jsonb ->> 'kind' = 'refusal' THEN coalesce(
            body::jsonb #>> '{command,invoice_id}', body::jsonb #>> '{command,contract_id}',
            body::jsonb #>> '{command,import_id}', body::jsonb #>> '{command,client_id}')
        ELSE body::jsonb ->> 'id' END""", persisted=True)),
    Index("ix_audit_entry_about", "firm_id", "about", "seq"),
    # What queries choose entries by: an expression over the body is no use to them under row-level security.
    *(Column(name, Text, Computed(f"body::jsonb ->> '{name}'", persisted=True))
      for name in ("kind", "action", "doing", "workflow")),
    Index("ix_audit_entry_action", "firm_id", "action", "seq"),
    Index("ix_audit_entry_workflow", "firm_id", "workflow", "seq"),
    key=("seq",),
)  # fmt: skip
# What transactions under way have changed of each table, until their entry says it (0077).
audit_sum = Table(
    "audit_sum",
    metadata,
    Column("firm_id", Uuid, nullable=False),
    Column("xid", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("sum", Numeric, nullable=False),
    PrimaryKeyConstraint("firm_id", "xid", "name"),
    prefixes=["UNLOGGED"],
)
# Transactions under way that owe the log an entry; nothing in it once they are over (0068).
audit_due = Table(
    "audit_due",
    metadata,
    Column("firm_id", Uuid, nullable=False),
    Column("xid", BigInteger, nullable=False),
    PrimaryKeyConstraint("firm_id", "xid"),
    prefixes=["UNLOGGED"],
)

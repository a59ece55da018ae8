"""Event histories of workflows that have ended, kept when Temporal forgets them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, Index, Integer

from contracts_app.store.columns import at, ref, table, words

workflow_history = table(
    "workflow_history",
    words("workflow_id"), words("run_id"), words("subject"), ref("subject_id"), words("ended"),
    Column("events", Integer, nullable=False), at("started_at"), at("closed_at"), at("archived_at"),
    words("sha256"), Index(None, "firm_id", "subject", "subject_id"),
    ForeignKeyConstraint(["firm_id", "sha256"], ["blob.firm_id", "blob.sha256"]),
    key=("workflow_id", "run_id"),
)  # fmt: skip
"""A run of a workflow: how it `ended`, and the compressed JSON of its history. Payloads stay sealed with the
installation's key. Written once."""

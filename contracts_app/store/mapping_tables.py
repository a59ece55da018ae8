"""What a firm says of its own files."""

from __future__ import annotations

from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, own_id, ref, states, table, to, words

saved_mapping = table(
    "saved_mapping",
    own_id(), words("name"), words("kind"), Column("profile", JSONB, nullable=False), ref("saved_by"),
    at("saved_at"), *states("active", "withdrawn"),
    to("person", "saved_by"),
)  # fmt: skip
"""A mapping as the profile by which files are recognised and read. One mapping of a name is active."""

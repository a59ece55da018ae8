"""People who are being trained."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index

from contracts_app.store.columns import at, own_id, ref, table, to, words

training = table(
    "training",
    own_id(), ref("person_id"), ref("mentor_id"), Column("from_on", Date, nullable=False),
    Column("to_on", Date, nullable=False), words("because"), ref("entered_by"), at("entered_at"),
    Column("ended_on", Date), ref("ended_by", nullable=True), words("ended_because", nullable=True),
    CheckConstraint("person_id <> mentor_id AND person_id <> entered_by", name="by_another"),
    CheckConstraint("from_on <= to_on", name="days"),
    CheckConstraint("num_nonnulls(ended_on, ended_by, ended_because) IN (0, 3)", name="ended"),
    CheckConstraint("ended_by <> person_id", name="ended_by_another"),
    Index(None, "firm_id", "person_id"),
    to("person", "person_id"), to("person", "mentor_id"), to("person", "entered_by"),
    to("person", "ended_by"),
)  # fmt: skip
"""From one day to another, both included, the person hands no draft in; from `ended_on` on he does."""

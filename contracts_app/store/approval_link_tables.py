"""Links by which a person who was asked by mail approves one content of one draft."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, UniqueConstraint

from contracts_app.store.columns import INSTANT, at, ref, table, to, words

approval_link = table(
    "approval_link",
    ref("invoice_id"), ref("person_id"), words("content_hash"),
    Column("token_hash", LargeBinary, nullable=False), at("made_at"),
    Column("expires_at", INSTANT, nullable=False),
    words("smtp_reply"),
    UniqueConstraint("token_hash"),
    to("invoice", "invoice_id"), to("person", "person_id"),
    key=("invoice_id", "person_id", "content_hash"),
)  # fmt: skip
"""One per person and content, since its mail was handed over; `smtp_reply`: what the mail server said."""

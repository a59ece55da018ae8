"""Documents and messages."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)

from contracts_app.store.columns import at, own_id, ref, states, table, to, words

document = table(
    "document",
    own_id(), words("kind"), words("file_name"), words("media_type"), words("sha256"), words("made_by"),
    words("template_sha256", nullable=True), at(),
    ref("invoice_id", nullable=True), ref("payment_id", nullable=True), ref("reminder_id", nullable=True),
    CheckConstraint("num_nonnulls(invoice_id, payment_id, reminder_id) = 1", name="about_one_thing"),
    Index("ix_document_invoice_id", "firm_id", "invoice_id"),
    Index("ix_document_payment_id", "firm_id", "payment_id"),
    ForeignKeyConstraint(["firm_id", "sha256"], ["blob.firm_id", "blob.sha256"]),
    to("invoice", "invoice_id"), to("payment", "payment_id"), to("reminder", "reminder_id"),
)  # fmt: skip
message = table(
    "message",
    own_id(), words("kind"), ref("client_id"), ref("legal_entity_id"), words("recipient"),
    words("subject"), words("body"),
    words("content_sha256"), words("message_id"), Column("business_date", Date, nullable=False),
    ref("document_id", nullable=True), ref("invoice_id", nullable=True), ref("payment_id", nullable=True),
    ref("reminder_id", nullable=True), at("queued_at"), at("sent_at", nullable=True),
    Column("attempts", Integer, nullable=False, server_default="0"), words("smtp_reply", nullable=True),
    *states("queued", "sent", "bounced"),
    UniqueConstraint("firm_id", "message_id"),
    Index("ix_message_queued", "firm_id", postgresql_where=text("state = 'queued'")),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"), to("document", "document_id"),
    to("invoice", "invoice_id"), to("payment", "payment_id"), to("reminder", "reminder_id"),
)  # fmt: skip

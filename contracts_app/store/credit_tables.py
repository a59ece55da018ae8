"""Credit notes: what credits a client for an application that takes back more than it bills."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, UniqueConstraint

from contracts_app.store.columns import at, finite, money, own_id, ref, table, to, words

credit_note = table(
    "credit_note",
    own_id(), ref("invoice_id"), ref("payment_id"), ref("legal_entity_id"), words("series"),
    Column("number", BigInteger, nullable=False), words("number_text"),
    Column("issued_on", Date, nullable=False), at("issued_at"), words("currency"),
    money("net"), money("tax"), money("amount"),
    CheckConstraint("series = 'credit_note'", name="series"),
    CheckConstraint("amount = net + tax AND amount > 0", name="amount"),
    finite("net", "tax", "amount"),
    UniqueConstraint("firm_id", "invoice_id"), UniqueConstraint("firm_id", "payment_id"),
    UniqueConstraint("firm_id", "number_text"),
    UniqueConstraint("firm_id", "legal_entity_id", "series", "number"),
    to("invoice", "invoice_id"), to("payment", "payment_id"), to("legal_entity", "legal_entity_id"),
)  # fmt: skip
"""One for an invoice at most. `payment_id`: what may be set off against what the client owes, kept with his
payments as money that is not applied yet."""

"""Tables of currencies: a firm's rates of exchange, and what issued invoices come to in the books."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, Index, Integer, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, finite, money, own_id, ref, table, to, words

RATE = Numeric(22, 12)

exchange_rate = table(
    "exchange_rate",
    own_id(), words("of_currency"), words("to_currency"), Column("rate", RATE, nullable=False),
    Column("rate_on", Date, nullable=False), words("source"), ref("entered_by"), at(),
    words("withdrawn_because", nullable=True),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint(
        "of_currency ~ '^[A-Z]{3}$' AND to_currency ~ '^[A-Z]{3}$' AND of_currency <> to_currency",
        name="currencies",
    ),
    CheckConstraint("rate > 0 AND rate < 'Infinity'", name="rate"),
    Index(
        "uq_exchange_rate_day", "firm_id", "of_currency", "to_currency", "rate_on", unique=True,
        postgresql_where=text("withdrawn_because IS NULL"),
    ),
    to("person", "entered_by"),
)  # fmt: skip
"""Rates that a firm entered: units of `to_currency` for one of `of_currency`, with day and source."""

document_books = table(
    "document_books",
    ref("invoice_id"), words("currency"), Column("rate", RATE, nullable=False),
    Column("rate_on", Date, nullable=False), words("source"), words("rate_of"),
    money("due"), money("tax"), money("without_tax"),
    Column("taken_over", Boolean, nullable=False, server_default="false"),
    CheckConstraint("rate_of IN ('period_end', 'issue')", name="rate_of"),
    CheckConstraint("rate > 0 AND rate < 'Infinity'", name="rate"),
    CheckConstraint("due = tax + without_tax", name="adds_up"),
    finite("due", "tax", "without_tax"),
    to("invoice", "invoice_id"),
    key=("invoice_id",),
)  # fmt: skip
"""An issued invoice in another currency than the books': its rate, and what it comes to there. Amounts that
are `taken_over` are the contract's, which is in the books' currency; the rate is from it to the invoice's."""

document_invoiced = table(
    "document_invoiced",
    ref("invoice_id"), words("stage"), words("currency"), Column("rate", RATE, nullable=False),
    Column("rate_on", Date, nullable=False), words("source"), words("rate_of"),
    money("net"), money("tax"), money("gross"), money("retained"), money("due"),
    Column("groups", JSONB, nullable=False), Column("lines", JSONB, nullable=False),
    CheckConstraint("stage IN ('issued', 'certified')", name="stage"),
    CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency"),
    CheckConstraint("rate_of IN ('period_end', 'issue')", name="rate_of"),
    CheckConstraint("rate > 0 AND rate < 'Infinity'", name="rate"),
    CheckConstraint("gross = net + tax AND due = gross - retained", name="adds_up"),
    finite("net", "tax", "gross", "retained", "due"),
    to("invoice", "invoice_id"),
    key=("invoice_id", "stage"),
)  # fmt: skip
"""What an invoice asks for, as issued and as certified, where it is in another currency than its contract:
totals, what each rate of tax comes to, and the lines' shares of the amount without tax."""

receivable_books = table(
    "receivable_books",
    ref("receivable_id"), words("currency"), Column("rate", RATE, nullable=False), money("amount"),
    CheckConstraint("rate > 0 AND rate < 'Infinity'", name="rate"),
    finite("amount"),
    to("receivable", "receivable_id"),
    key=("receivable_id",),
)  # fmt: skip
"""What a receivable in another currency was booked with as it arose."""

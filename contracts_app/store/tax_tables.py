"""Tables of tax: a firm's own rates, and what issued invoices and certificates say of tax."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import MONEY, at, finite, money, own_id, ref, table, to, words

_STAGE = "stage IN ('issued', 'certified')"

tax_rate = table(
    "tax_rate",
    own_id(), words("jurisdiction"), words("tax"), words("category"), words("applies_to", default=""),
    Column("rate", Numeric(7, 6), nullable=False), Column("effective_from", Date, nullable=False),
    Column("effective_to", Date), words("citation"), words("source"), Column("as_of", Date, nullable=False),
    words("note", default=""), ref("entered_by"), at(), words("withdrawn_because", nullable=True),
    Column("version", Integer, nullable=False, server_default="1"),
    CheckConstraint("category IN ('standard', 'reduced', 'zero')", name="category"),
    CheckConstraint("rate BETWEEN 0 AND 1 AND (rate > 0) = (category <> 'zero')", name="rate"),
    CheckConstraint("effective_to > effective_from", name="effective"),
    Index(
        "uq_tax_rate_begins", "firm_id", "jurisdiction", "tax", "category", "applies_to", "effective_from",
        unique=True, postgresql_where=text("withdrawn_because IS NULL"),
    ),
    to("person", "entered_by"),
)  # fmt: skip
"""Rates that a firm keeps itself, in place of the tables of law or where these have none."""

settlement = table(
    "settlement",
    ref("receivable_entry_id"), ref("client_id"), words("kind"), words("reference", nullable=True),
    words("jurisdiction", nullable=True), words("scheme", nullable=True), words("standing", nullable=True),
    Column("rate", Numeric(7, 6), nullable=False), money("base"), money("amount"), money("tax"),
    Column("paid_on", Date, nullable=False), ref("recorded_by"), ref("payment_id", nullable=True), at(),
    CheckConstraint("kind IN ('withheld', 'discount')", name="kind"),
    CheckConstraint(
        "num_nonnulls(reference, jurisdiction, scheme, standing) = CASE kind WHEN 'withheld' THEN 4"
        " ELSE 0 END AND (kind = 'discount') = (payment_id IS NOT NULL)", name="says_why",
    ),
    CheckConstraint("amount > 0 AND tax >= 0 AND tax <= amount", name="amount"),
    finite("base", "amount", "tax"),
    Index(
        "uq_settlement_certificate", "firm_id", "client_id", "reference", unique=True,
        postgresql_where=text("kind = 'withheld'"),
    ),
    to("receivable_entry", "receivable_entry_id"), to("client", "client_id"), to("person", "recorded_by"),
    to("payment", "payment_id"),
    key=("receivable_entry_id",),
)  # fmt: skip
"""Why a receivable is settled without cash: tax that the payer withheld and certified, or a discount for
early payment with the part of it that is tax."""

document_tax = table(
    "document_tax",
    ref("invoice_id"), words("stage"), Column("tax_date", Date, nullable=False),
    money("net"), money("tax"), money("gross"), money("retained"), money("due"),
    words("our_number", default=""), words("client_number", default=""),
    Column("wording", JSONB, nullable=False), Column("customer_tax", JSONB, nullable=False),
    Column("discount", MONEY, nullable=False, server_default="0"),
    words("retainage_shown", nullable=True), Column("retainage_withheld", MONEY),
    CheckConstraint(_STAGE, name="stage"),
    CheckConstraint(
        "retainage_shown IN ('information', 'reduces_taxable_base', 'instalment')"
        " AND retainage_withheld IS NOT NULL AND retainage_withheld <> 0 AND retainage_withheld < 'Infinity'"
        " OR retainage_shown IS NULL AND retainage_withheld IS NULL", name="retainage",
    ),
    CheckConstraint("gross = net + tax AND due = gross - retained", name="adds_up"),
    finite("net", "tax", "gross", "retained", "due"),
    to("invoice", "invoice_id"),
    key=("invoice_id", "stage"),
)  # fmt: skip
"""The tax of an invoice as issued and as certified; none where the contract says nothing of tax. How
retainage is shown is empty where there is none, and on invoices issued before it was kept."""

document_tax_group = table(
    "document_tax_group",
    ref("invoice_id"), words("stage"), Column("position", Integer, nullable=False), words("tax"),
    words("code"), Column("rate", Numeric(7, 6), nullable=False), money("base"), money("amount"),
    words("reason", default=""),
    CheckConstraint(_STAGE, name="stage"),
    CheckConstraint("code IN ('S', 'Z', 'E', 'AE', 'O')", name="code"),
    finite("base", "amount"),
    to("invoice", "invoice_id"),
    key=("invoice_id", "stage", "position"),
)  # fmt: skip
"""What each rate comes to."""

"""The table of securities that replace retainage."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, UniqueConstraint

from contracts_app.store.columns import finite, money, own_id, ref, table, to, words

retainage_security = table(
    "retainage_security",
    own_id(), ref("contract_id"), words("reference"), words("kind"), words("issuer"), money("amount"),
    Column("from_day", Date, nullable=False), ref("recorded_by"),
    UniqueConstraint("firm_id", "contract_id", "reference"),
    CheckConstraint("kind IN ('bond', 'securities', 'letter_of_credit')", name="kind"),
    CheckConstraint("amount > 0", name="amount"),
    finite("amount"),
    to("contract", "contract_id"), to("person", "recorded_by"),
)  # fmt: skip
"""A bond, securities or a letter of credit that the client holds instead of retainage; written once."""

"""Accounting months that a firm closes."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import INSTANT, at, own_id, ref, states, table, to, words

accounting_period = table(
    "accounting_period",
    own_id(), Column("month", Date, nullable=False), ref("begun_by"), at("begun_at"),
    Column("checklist", JSONB, nullable=False),
    *states("open", "soft_closed", "closed"),
    CheckConstraint("extract(day FROM month) = 1", name="month"),
    UniqueConstraint("firm_id", "month"),
    to("person", "begun_by"),
)  # fmt: skip
"""`month`: its first day. `begun_by`, `begun_at`: who closed it softly, last; `checklist`: what was left
then, number by item."""

period_lock = table(
    "period_lock",
    ref("period_id"), at("locked_at"), ref("locked_by"), Column("accepted", JSONB, nullable=False),
    at("unlocked_at", nullable=True), ref("unlocked_by", nullable=True), words("because", nullable=True),
    CheckConstraint("num_nonnulls(unlocked_at, unlocked_by, because) IN (0, 3)", name="unlocked"),
    CheckConstraint("locked_at <= unlocked_at", name="order"),
    Index("uq_period_lock_held", "firm_id", "period_id", unique=True,
    postgresql_where=text("unlocked_at IS NULL")),
    to("accounting_period", "period_id"), to("person", "locked_by"), to("person", "unlocked_by"),
    key=("period_id", "locked_at"),
)  # fmt: skip
"""From when to when a month was closed for everybody, what was accepted as it was, and why it was
reopened."""

accrual = table(
    "accrual",
    own_id(), ref("period_id"), words("step"), at("taken_at"), ref("taken_by"), words("contents"),
    words("sha256"),
    CheckConstraint("step IN ('soft_close', 'close')", name="step"),
    CheckConstraint("sha256 = encode(sha256(convert_to(contents, 'UTF8')), 'hex')", name="sha256"),
    Index(None, "firm_id", "period_id"),
    to("accounting_period", "period_id"), to("person", "taken_by"),
)  # fmt: skip
"""What was worked and not billed at the end of a month, as it stood when the month was closed: `contents` is
the canonical form of `domain.closing.accrual.Accrual`. Written once."""

accrual_review = table(
    "accrual_review",
    own_id(), ref("period_id"), ref("contract_id"), words("figures"), words("remark"),
    ref("reviewed_by"), at("reviewed_at"),
    CheckConstraint("figures ~ '^[0-9a-f]{64}$'", name="figures"),
    Index(None, "firm_id", "period_id"),
    to("accounting_period", "period_id"), to("contract", "contract_id"), to("person", "reviewed_by"),
)  # fmt: skip
"""That somebody looked at a contract's figures at the end of a month, and what he remarked: `figures` is the
SHA-256 of those he saw. Written once; other figures ask for another word."""

late_entry = table(
    "late_entry",
    words("kind"), ref("record_id"), Column("day", Date, nullable=False),
    Column("posted_to", Date, nullable=False), at("entered_at"),
    CheckConstraint("kind IN ('time', 'expense', 'cost')", name="kind"),
    CheckConstraint("posted_to > day AND extract(day FROM posted_to) = 1", name="posted_to"),
    Index(None, "firm_id", "posted_to"),
    key=("kind", "record_id"),
)  # fmt: skip
"""Time, an expense or a cost whose month was closed when it came in, and the month that it is posted to, by
its first day. The database writes it with the record, in its transaction."""

period_checkpoint = table(
    "period_checkpoint",
    ref("period_id"), Column("locked_at", INSTANT, nullable=False), Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False), words("note"), at("named_at"),
    ForeignKeyConstraint(["firm_id", "period_id", "locked_at"],
    ["period_lock.firm_id", "period_lock.period_id", "period_lock.locked_at"],
    name="fk_period_checkpoint_firm_id_period_id"),
    key=("period_id", "locked_at"),
)  # fmt: skip
"""The signed checkpoint that a month was closed at: where the log stood, and the note as it was signed. The
same note stands outside the database."""

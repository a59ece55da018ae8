"""Invoices in hand: the draft may change until it is issued."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKeyConstraint, Index, Integer, text
from sqlalchemy.dialects.postgresql import JSONB

from contracts_app.store.columns import at, own_id, ref, states, table, to, words

snapshot = table("snapshot", words("sha256"), words("body"), key=("sha256",))
invoice = table(
    "invoice",
    own_id(), ref("contract_id"), words("kind"), Column("application_no", Integer, nullable=False),
    Column("period_to", Date, nullable=False), Column("entries", JSONB, nullable=False),
    Column("releases", JSONB, nullable=False), Column("release_cause", JSONB(none_as_null=True)),
    words("content_hash"), ref("prepared_by"),
    Column("backup", JSONB, nullable=False, server_default="[]"),
    words("bill_to", nullable=True),
    Column("submissions", Integer, nullable=False, server_default="0"),
    # What the firm's approval policy said of it when it was last submitted.
    Column("approval_bands", JSONB(none_as_null=True)),
    # What limits it as it was approved: from then on nothing that others approve changes its figures.
    Column("limits", JSONB(none_as_null=True)),
    CheckConstraint("limits IS NULL OR state NOT IN ('draft', 'in_review', 'withdrawn')", name="limits"),
    Column("revision", Integer, nullable=False, server_default="0"), ref("revises", nullable=True),
    CheckConstraint("(revision = 0) = (revises IS NULL)", name="revises"),
    *states("draft", "in_review", "approved", "submitted", "being_revised", "issued", "certified", "paid",
    "withheld", "withdrawn", "superseded"),
    CheckConstraint("kind IN ('application', 'consulting', 'retainage_release', 'advance')", name="kind"),
    words("guarantee", nullable=True),
    CheckConstraint("guarantee IS NULL OR kind = 'advance'", name="guarantee"),
    Index(
        "uq_invoice_live_application", "firm_id", "contract_id", "application_no", unique=True,
        postgresql_where=text("state NOT IN ('withdrawn', 'superseded', 'being_revised')"),
    ),
    Index(
        "uq_invoice_one_draft", "firm_id", "contract_id", unique=True,
        postgresql_where=text("state IN ('draft', 'in_review', 'approved') AND revises IS NULL"),
    ),
    Index(
        "uq_invoice_one_revision", "firm_id", "contract_id", unique=True,
        postgresql_where=text("state IN ('draft', 'in_review', 'approved') AND revises IS NOT NULL"),
    ),
    to("contract", "contract_id"), to("person", "prepared_by"), to("invoice", "revises"),
)  # fmt: skip
invoice_editor = table(
    "invoice_editor", ref("invoice_id"), ref("person_id"), at("since"),
    to("invoice", "invoice_id"), to("person", "person_id"),
    key=("invoice_id", "person_id"),
)  # fmt: skip
approval = table(
    "approval",
    own_id(), ref("invoice_id"), words("step"), words("decision"), ref("person_id"), at(),
    Column("decided_on", Date, nullable=False), words("content_hash"), words("remark", default=""),
    ref("on_behalf_of", nullable=True), CheckConstraint("on_behalf_of <> person_id", name="on_behalf"),
    words("snapshot_sha256", nullable=True),
    CheckConstraint("decision IN ('approved', 'rejected')", name="decision"),
    Index(
        "uq_approval_step", "firm_id", "invoice_id", "step", "content_hash", unique=True,
        postgresql_where=text("decision = 'approved'"),
    ),
    to("invoice", "invoice_id"), to("person", "person_id"), to("person", "on_behalf_of"),
    ForeignKeyConstraint(["firm_id", "snapshot_sha256"], ["snapshot.firm_id", "snapshot.sha256"]),
)  # fmt: skip

"""What contracts require of papers, the papers on file, and the exceptions."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, ForeignKeyConstraint, Index, text

from contracts_app.store.columns import at, own_id, ref, states, table, to, words

compliance_requirement = table(
    "compliance_requirement",
    own_id(), ref("contract_id"), words("kind"), words("of_whom", default=""), words("blocks"),
    Column("from_on", Date, nullable=False), ref("required_by"), at("required_at"),
    Column("required_on", Date, nullable=False), Column("ended_on", Date),
    ref("ended_by", nullable=True), words("ended_because", nullable=True),
    *states("required", "ended"),
    CheckConstraint("blocks IN ('issue', 'payment', 'final_release')", name="blocks"),
    CheckConstraint("(state = 'ended') = (ended_by IS NOT NULL)", name="ended"),
    CheckConstraint("(ended_by IS NULL) = (ended_because IS NULL)", name="ended_because"),
    CheckConstraint("ended_by <> required_by", name="four_eyes"),
    Index(None, "firm_id", "contract_id"),
    Index(
        "uq_compliance_requirement_required", "firm_id", "contract_id", "kind", "of_whom", "blocks",
        unique=True, postgresql_where=text("state = 'required'"),
    ),
    to("contract", "contract_id"), to("person", "required_by"), to("person", "ended_by"),
)  # fmt: skip
"""The same is required once at a time."""

compliance_paper = table(
    "compliance_paper",
    own_id(), ref("contract_id"), words("kind"), words("of_whom", default=""),
    Column("valid_from", Date, nullable=False), Column("valid_to", Date), words("sha256"),
    words("file_name"), words("media_type"), words("remark", default=""), ref("filed_by"), at("filed_at"),
    Column("filed_on", Date, nullable=False),
    words("withdrawn_because", nullable=True),
    *states("filed", "withdrawn"),
    CheckConstraint("valid_to >= valid_from", name="days"),
    CheckConstraint("(state = 'withdrawn') = (withdrawn_because IS NOT NULL)", name="withdrawn"),
    Index(None, "firm_id", "contract_id"),
    ForeignKeyConstraint(["firm_id", "sha256"], ["blob.firm_id", "blob.sha256"]),
    to("contract", "contract_id"), to("person", "filed_by"),
)  # fmt: skip
"""A file with the days that it speaks of, both included; without `valid_to` it has no end."""

compliance_exception = table(
    "compliance_exception",
    own_id(), ref("contract_id"), ref("requirement_id"), Column("until", Date, nullable=False),
    words("because"), ref("asked_by"), at("asked_at"), ref("decided_by", nullable=True),
    at("decided_at", nullable=True), words("decided_because", default=""),
    Column("asked_on", Date, nullable=False), Column("decided_on", Date),
    *states("asked", "granted", "refused"),
    CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
    CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at"),
    CheckConstraint("decided_by <> asked_by", name="four_eyes"),
    Index(None, "firm_id", "contract_id"),
    Index(
        "uq_compliance_exception_asked", "firm_id", "requirement_id", unique=True,
        postgresql_where=text("state = 'asked'"),
    ),
    to("contract", "contract_id"), to("compliance_requirement", "requirement_id"),
    to("person", "asked_by"), to("person", "decided_by"),
)  # fmt: skip
"""Until its day, included, a requirement does not block: asked for by one person, granted by another."""

"""The approval policy as data, and who approves in whose place."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

PEOPLE = {
    "approval_policy": ("proposed_by", "agreed_by"),
    "approval_delegation": ("person_id", "to_id", "entered_by"),
}

FOUR_EYES = """
-- Nobody approves what he prepared or edited, nor for somebody who did; nobody takes two steps of one content, in
-- whosever place.
CREATE OR REPLACE FUNCTION four_eyes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decision = 'approved' AND EXISTS (
        SELECT FROM invoice_editor e
        WHERE e.firm_id = NEW.firm_id AND e.invoice_id = NEW.invoice_id
            AND e.person_id IN (NEW.person_id, NEW.on_behalf_of)
    ) THEN
        RAISE EXCEPTION 'the preparer of a draft cannot approve it' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.decision = 'approved' AND EXISTS (
        SELECT FROM approval a
        WHERE a.firm_id = NEW.firm_id AND a.invoice_id = NEW.invoice_id AND a.decision = 'approved'
            AND a.content_hash = NEW.content_hash AND a.step <> NEW.step
            AND (a.person_id IN (NEW.person_id, NEW.on_behalf_of)
                OR a.on_behalf_of IN (NEW.person_id, NEW.on_behalf_of))
    ) THEN
        RAISE EXCEPTION 'nobody takes two steps of one approval' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- What was agreed to, or given up, stays as it was.
CREATE FUNCTION policy_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'proposed' OR (NEW.policy, NEW.effective_from, NEW.proposed_by)
        IS DISTINCT FROM (OLD.policy, OLD.effective_from, OLD.proposed_by) THEN
        RAISE EXCEPTION 'a policy stays as it was proposed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_decided BEFORE UPDATE ON approval_policy FOR EACH ROW EXECUTE FUNCTION policy_decided();
CREATE FUNCTION delegation_given() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'given' OR (NEW.person_id, NEW.to_id, NEW.from_on, NEW.to_on, NEW.entered_by)
        IS DISTINCT FROM (OLD.person_id, OLD.to_id, OLD.from_on, OLD.to_on, OLD.entered_by) THEN
        RAISE EXCEPTION 'a delegation ends, and that is all' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER delegation_given BEFORE UPDATE ON approval_delegation
    FOR EACH ROW EXECUTE FUNCTION delegation_given();
"""


def upgrade() -> None:
    """Drafts that are under way keep the chain that they have; so do all as long as no policy is agreed to."""
    op.add_column("approval", sa.Column("on_behalf_of", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_approval_firm_id_on_behalf_of"), "approval", "person", ["firm_id", "on_behalf_of"],
        ["firm_id", "id"],
    )  # fmt: skip
    op.create_check_constraint(op.f("ck_approval_on_behalf"), "approval", "on_behalf_of <> person_id")
    op.add_column(
        "invoice", sa.Column("approval_bands", postgresql.JSONB(none_as_null=True), nullable=True)
    )
    op.add_column("process", sa.Column("approvers", postgresql.JSONB(none_as_null=True), nullable=True))
    op.create_table(
        "approval_policy",
        *_columns(),
        sa.Column("policy", postgresql.JSONB(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column(
            "proposed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),  # fmt: skip
        sa.Column("agreed_by", sa.Uuid(), nullable=True),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'agreed', 'withdrawn')", name=op.f("ck_approval_policy_state")),
        sa.CheckConstraint(
            "(state = 'agreed') = (agreed_by IS NOT NULL)", name=op.f("ck_approval_policy_agreed")
        ),
        sa.CheckConstraint(
            "(agreed_by IS NULL) = (agreed_at IS NULL)", name=op.f("ck_approval_policy_agreed_at")
        ),
        sa.CheckConstraint("agreed_by <> proposed_by", name=op.f("ck_approval_policy_four_eyes")),
        *_keys("approval_policy"),
    )
    op.create_index(
        "uq_approval_policy_proposed", "approval_policy", ["firm_id"], unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )  # fmt: skip
    op.create_table(
        "approval_delegation",
        *_columns(),
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("person_id", "to_id", "entered_by")),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column(
            "entered_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),  # fmt: skip
        sa.Column("ended_because", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('given', 'ended')", name=op.f("ck_approval_delegation_state")),
        sa.CheckConstraint(
            "person_id <> to_id AND entered_by <> to_id", name=op.f("ck_approval_delegation_to_another")
        ),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_approval_delegation_days")),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_because IS NOT NULL)", name=op.f("ck_approval_delegation_ended")
        ),
        *_keys("approval_delegation"),
    )
    op.create_index(op.f("ix_approval_delegation_firm_id_to_id"), "approval_delegation", ["firm_id", "to_id"])
    for name in PEOPLE:
        op.execute(f"CALL protect('{name}')")
    op.execute(FOUR_EYES)


def _columns() -> list[sa.Column[object]]:
    return [
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
    ]


def _keys(name: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{name}_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column], ["person.firm_id", "person.id"], name=op.f(f"fk_{name}_firm_id_{column}")
            )
            for column in PEOPLE[name]
        ),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f(f"pk_{name}")),
    ]

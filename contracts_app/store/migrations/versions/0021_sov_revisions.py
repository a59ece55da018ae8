"""Revisions of the schedule of values: budget moved between base lines, approved by a second person."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

RULES = """
-- The moves of a revision add up to zero, on base lines of its own contract.
CREATE FUNCTION revision_nets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(m.amount) FROM sov_revision_move m
        WHERE m.firm_id = NEW.firm_id AND m.revision_id = NEW.revision_id) <> 0 THEN
        RAISE EXCEPTION 'a revision moves budget, it does not change the contract sum'
            USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM sov_line s JOIN sov_revision r
            ON r.firm_id = s.firm_id AND r.id = NEW.revision_id AND r.contract_id = s.contract_id
        WHERE s.firm_id = NEW.firm_id AND s.id = NEW.sov_line_id AND s.change_order_id IS NULL
    ) THEN
        RAISE EXCEPTION 'a revision moves budget between base lines of its contract'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER revision_nets AFTER INSERT ON sov_revision_move
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revision_nets();

-- What is decided stays so, and so does what was proposed.
CREATE FUNCTION revision_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'proposed'
        OR (NEW.contract_id, NEW.number, NEW.because, NEW.effective_on, NEW.proposed_by, NEW.proposed_on)
        IS DISTINCT FROM
        (OLD.contract_id, OLD.number, OLD.because, OLD.effective_on, OLD.proposed_by, OLD.proposed_on)
    THEN
        RAISE EXCEPTION 'a revision is decided as it was proposed, once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER revision_decided BEFORE UPDATE OR DELETE ON sov_revision
    FOR EACH ROW EXECUTE FUNCTION revision_decided();
"""


def upgrade() -> None:
    """Two new tables; schedules that are there have no revisions."""
    op.create_table(
        "sov_revision",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "state <> 'approved' OR decided_by <> proposed_by", name=op.f("ck_sov_revision_four_eyes")
        ),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_on IS NULL)",
            name=op.f("ck_sov_revision_decided"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'approved', 'rejected')", name=op.f("ck_sov_revision_state")
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_sov_revision_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{table}.firm_id", f"{table}.id"],
                name=op.f(f"fk_sov_revision_firm_id_{column}"),
            )
            for column, table in (
                ("contract_id", "contract"),
                ("proposed_by", "person"),
                ("decided_by", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_sov_revision")),
        sa.UniqueConstraint(
            "firm_id", "contract_id", "number", name=op.f("uq_sov_revision_firm_id_contract_id_number")
        ),
    )
    op.create_table(
        "sov_revision_move",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("sov_line_id", sa.Uuid(), nullable=False),
        sa.Column("before", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_sov_revision_move_amount")),
        sa.CheckConstraint("before + amount >= 0", name=op.f("ck_sov_revision_move_after")),
        sa.CheckConstraint(
            "before > '-Infinity' AND before < 'Infinity' AND amount > '-Infinity' AND amount < 'Infinity'",
            name=op.f("ck_sov_revision_move_finite"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_sov_revision_move_firm_id")),
        sa.ForeignKeyConstraint(
            ["firm_id", "revision_id"],
            ["sov_revision.firm_id", "sov_revision.id"],
            name=op.f("fk_sov_revision_move_firm_id_revision_id"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "sov_line_id"],
            ["sov_line.firm_id", "sov_line.id"],
            name=op.f("fk_sov_revision_move_firm_id_sov_line_id"),
        ),
        sa.PrimaryKeyConstraint(
            "firm_id", "revision_id", "sov_line_id", name=op.f("pk_sov_revision_move")
        ),
    )
    for name in ("sov_revision", "sov_revision_move"):
        op.execute(f"CALL protect('{name}')")
    op.execute("CALL freeze('sov_revision_move')")
    op.execute(RULES)

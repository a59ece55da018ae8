"""Costs may be held, written up or down, moved to another line and replaced by parts before they are billed."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

CHECKS = {
    "state": "state IN ('open', 'approved', 'sent_back', 'replaced')",
    "decided": "state IN ('open', 'replaced') OR decided_by IS NOT NULL",
    "replaced": "(state = 'replaced') = (replaced_reason IS NOT NULL)",
    "held": "held_reason IS NULL OR state IN ('open', 'approved')",
    "written": "billed IS NULL OR written_reason IS NOT NULL",
    "written_up": "state <> 'approved' OR written_up_by IS NULL OR written_up_by <> decided_by",
    "billed_finite": "billed > '-Infinity' AND billed < 'Infinity'",
}
RULES = """
GRANT UPDATE (
    sov_line_id, billable, not_billable_reason, billed, written_reason, written_up_by, held_reason,
    replaced_reason
) ON job_cost TO contracts_app;
-- What was recorded stays as recorded, but for the line on which it stands until it is billed.
CREATE OR REPLACE FUNCTION cost_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a cost is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.contract_id, NEW.category, NEW.incurred_on, NEW.description, NEW.vendor, NEW.currency, NEW.gross,
        NEW.recoverable_tax, NEW.fee_within, NEW.source_kind, NEW.source_ref, NEW.corrects_id,
        NEW.recorded_by, NEW.part_of_id)
        IS DISTINCT FROM
       (OLD.contract_id, OLD.category, OLD.incurred_on, OLD.description, OLD.vendor, OLD.currency, OLD.gross,
        OLD.recoverable_tax, OLD.fee_within, OLD.source_kind, OLD.source_ref, OLD.corrects_id,
        OLD.recorded_by, OLD.part_of_id)
    THEN
        RAISE EXCEPTION 'a cost stays as recorded' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = 'replaced' THEN
        RAISE EXCEPTION 'this cost is replaced by its parts' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM issued_cost t WHERE t.firm_id = OLD.firm_id AND t.job_cost_id = OLD.id
    ) THEN
        RAISE EXCEPTION 'this cost is on an issued invoice' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- A cost is claimed, or let go, only by a draft, and only as approved and not held.
CREATE OR REPLACE FUNCTION cost_claims_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about cost_claim%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a claim is made or given up, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    about := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    IF NOT EXISTS (
        SELECT FROM invoice i
        WHERE i.firm_id = about.firm_id AND i.id = about.invoice_id
          AND i.state IN ('draft', 'in_review', 'approved')
    ) THEN
        RAISE EXCEPTION 'the claims of an issued or withdrawn invoice are fixed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT FROM job_cost c
        WHERE c.firm_id = about.firm_id AND c.id = about.job_cost_id AND c.state = 'approved' AND c.billable
          AND c.held_reason IS NULL
    ) THEN
        RAISE EXCEPTION 'a cost is claimed once it is approved, and only where it is billable and not held'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN about;
END $$;

-- At the end of a transaction what replaces a cost comes to exactly that cost, and what is held, open or
-- replaced is on no draft.
CREATE FUNCTION costs_stand() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole uuid := coalesce(NEW.part_of_id, NEW.id);
BEGIN
    IF EXISTS (
        SELECT FROM job_cost w
        WHERE w.firm_id = NEW.firm_id AND w.id = whole
            AND (w.state = 'replaced' OR NEW.part_of_id IS NOT NULL)
            AND (w.state <> 'replaced' OR NOT EXISTS (
                SELECT FROM job_cost p WHERE p.firm_id = w.firm_id AND p.part_of_id = w.id
                HAVING sum(p.gross) = w.gross AND sum(p.recoverable_tax) = w.recoverable_tax
                    AND sum(p.fee_within) = w.fee_within
            ) OR EXISTS (
                SELECT FROM job_cost p WHERE p.firm_id = w.firm_id AND p.part_of_id = w.id
                    AND (p.contract_id, p.category, p.incurred_on) <> (w.contract_id, w.category, w.incurred_on)
            ))
    ) THEN
        RAISE EXCEPTION 'the parts of a cost come to the whole' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM job_cost c JOIN cost_claim l ON l.firm_id = c.firm_id AND l.job_cost_id = c.id
        WHERE c.firm_id = NEW.firm_id AND c.id = NEW.id
            AND (c.state <> 'approved' OR c.held_reason IS NOT NULL OR NOT c.billable)
    ) THEN
        RAISE EXCEPTION 'a draft lets go of a cost that is not to be billed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER costs_stand AFTER INSERT OR UPDATE ON job_cost
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION costs_stand();
"""


def upgrade() -> None:
    """Costs that are there are billed as they were recorded."""
    for name in ("held_reason", "written_reason", "replaced_reason"):
        op.add_column("job_cost", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("job_cost", sa.Column("billed", sa.Numeric(precision=19, scale=4), nullable=True))
    for name, target in (("written_up_by", "person"), ("part_of_id", "job_cost")):
        op.add_column("job_cost", sa.Column(name, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_job_cost_firm_id_{name}"), "job_cost", target, ["firm_id", name], ["firm_id", "id"]
        )
    op.create_index(op.f("ix_job_cost_firm_id_part_of_id"), "job_cost", ["firm_id", "part_of_id"])
    op.drop_index("uq_job_cost_source", "job_cost")
    op.create_index(
        "uq_job_cost_source",
        "job_cost",
        ["firm_id", "source_kind", "source_ref"],
        unique=True,
        postgresql_where=sa.text("source_kind <> 'typed' AND state <> 'sent_back' AND part_of_id IS NULL"),
    )
    for name in ("state", "decided"):
        op.drop_constraint(op.f(f"ck_job_cost_{name}"), "job_cost")
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_job_cost_{name}"), "job_cost", rule)
    op.execute(RULES)

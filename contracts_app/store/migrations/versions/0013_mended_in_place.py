"""Lines are mended in place until the contract is in force, and typed time until somebody decided on it."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen two guards of 0006; what is in force, decided, claimed or from a file stays as fixed."""
    op.execute(
        """
CREATE OR REPLACE FUNCTION only_in_set_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP = 'UPDATE' AND TG_TABLE_NAME <> 'sov_line') OR NOT EXISTS (
        SELECT FROM contract c
        WHERE c.firm_id = OLD.firm_id AND c.id = OLD.contract_id AND c.state = 'setting_up'
    ) THEN
        RAISE EXCEPTION 'rows of % are fixed once the contract is in force', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'UPDATE' THEN NEW ELSE OLD END;
END $$;
GRANT UPDATE (position, description, scheduled_value, retainage_rate, basis, not_to_exceed, import_id)
    ON sov_line TO contracts_app;

CREATE OR REPLACE FUNCTION time_worked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    mendable boolean := OLD.state = 'open' AND OLD.import_id IS NULL AND NOT EXISTS (
        SELECT FROM claim c WHERE c.firm_id = OLD.firm_id AND c.time_entry_id = OLD.id
    );
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF NOT mendable THEN
            RAISE EXCEPTION 'time from a file, decided on or claimed is never deleted'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.contract_id, NEW.external_id, NEW.project, NEW.task, NEW.source,
        NEW.position, NEW.billable, NEW.billed_elsewhere, NEW.file_rate,
        NEW.file_amount, NEW.import_id)
        IS DISTINCT FROM
       (OLD.contract_id, OLD.external_id, OLD.project, OLD.task, OLD.source,
        OLD.position, OLD.billable, OLD.billed_elsewhere, OLD.file_rate,
        OLD.file_amount, OLD.import_id)
    OR NOT mendable AND
       (NEW.person, NEW.role, NEW.description, NEW.work_date, NEW.seconds, NEW.entered_by)
        IS DISTINCT FROM
       (OLD.person, OLD.role, OLD.description, OLD.work_date, OLD.seconds, OLD.entered_by)
    THEN
        RAISE EXCEPTION 'what was worked stays as recorded' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM issued_time t WHERE t.firm_id = OLD.firm_id AND t.time_entry_id = OLD.id
    ) THEN
        RAISE EXCEPTION 'this time is on an issued invoice' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
GRANT DELETE ON time_entry TO contracts_app;
"""
    )

"""Into a month that is being closed only a controller's transaction dates anything."""

from alembic import op

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None

OPEN = """
-- Nothing is dated into a month that is closed, nor before the first one as soon as that was closed; only what a
-- file brings forward from the system before ours may lie there. Into one that is being closed, only by a
-- controller: `app.by` is who gives the command. The lock lets nobody close the month meanwhile.
CREATE OR REPLACE FUNCTION period_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    dated date := (to_jsonb(NEW) ->> TG_ARGV[0])::date;
    stands text;
BEGIN
    SELECT state INTO stands FROM accounting_period
        WHERE firm_id = NEW.firm_id AND month = date_trunc('month', dated)::date FOR SHARE;
    IF stands IS NULL AND to_jsonb(NEW) ->> 'import_id' IS NULL AND EXISTS (
        SELECT FROM period_lock l JOIN accounting_period p ON p.firm_id = l.firm_id AND p.id = l.period_id
        WHERE p.firm_id = NEW.firm_id AND p.month > dated
          AND p.month = (SELECT min(month) FROM accounting_period WHERE firm_id = NEW.firm_id)
    ) THEN
        stands := 'closed';
    END IF;
    IF stands = 'closed' THEN
        RAISE EXCEPTION '% falls into a month that is closed', dated
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_closed', DETAIL = dated::text;
    END IF;
    IF stands = 'soft_closed' AND NOT EXISTS (
        SELECT FROM person_role r WHERE r.firm_id = NEW.firm_id AND r.role = 'controller'
          AND r.person_id = NULLIF(current_setting('app.by', true), '')::uuid
    ) THEN
        RAISE EXCEPTION '% falls into a month that is being closed', dated
            USING ERRCODE = 'check_violation', CONSTRAINT = 'period_soft_closed', DETAIL = dated::text;
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    """Who gives a command is told to the database from now on."""
    op.execute(OPEN)

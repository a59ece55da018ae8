"""Time from a file that says otherwise: it corrects what came in before, and takes back what is billed."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

GUARDS = """
-- What takes the place of time comes to exactly that time where it is its parts; a correction may differ. Nothing
-- replaced is claimed, and nothing stands beside what replaced it.
CREATE OR REPLACE FUNCTION parts_make_the_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole uuid := coalesce(NEW.part_of, NEW.id);
BEGIN
    IF EXISTS (
        SELECT FROM time_entry w
        WHERE w.firm_id = NEW.firm_id AND w.id = whole AND (w.state = 'replaced' OR NEW.part_of IS NOT NULL)
            AND (w.state <> 'replaced' OR EXISTS (
                SELECT FROM claim c WHERE c.firm_id = w.firm_id AND c.time_entry_id = w.id
            ) OR NOT EXISTS (
                SELECT FROM time_entry n WHERE n.firm_id = w.firm_id AND n.corrects = w.id
            ) AND (w.seconds <> (
                SELECT coalesce(sum(p.seconds), 0) FROM time_entry p
                WHERE p.firm_id = w.firm_id AND p.part_of = w.id
            ) OR EXISTS (
                SELECT FROM time_entry p WHERE p.firm_id = w.firm_id AND p.part_of = w.id
                    AND (p.person, p.work_date) <> (w.person, w.work_date)
            )))
    ) THEN
        RAISE EXCEPTION 'the parts of time come to the whole' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

-- What corrects time stands beside it only where it was rejected, or billed and is taken back.
CREATE FUNCTION corrected_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM time_entry w
        JOIN time_entry n ON n.firm_id = w.firm_id AND n.corrects = w.id
        WHERE w.firm_id = NEW.firm_id AND w.id IN (NEW.id, NEW.corrects)
            AND w.state IN ('open', 'approved') AND n.state IN ('open', 'approved')
            AND NOT EXISTS (
                SELECT FROM issued_time t WHERE t.firm_id = w.firm_id AND t.time_entry_id = w.id
            )
    ) THEN
        RAISE EXCEPTION 'time that is corrected stands no more' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER corrected_once AFTER INSERT OR UPDATE ON time_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.corrects IS NOT NULL) EXECUTE FUNCTION corrected_once();
CREATE CONSTRAINT TRIGGER stands_no_more AFTER UPDATE ON time_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.state IN ('replaced', 'rejected') AND NEW.state IN ('open', 'approved'))
    EXECUTE FUNCTION corrected_once();

-- What an entry corrects is said once, when it comes in.
CREATE FUNCTION corrects_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was worked stays as recorded' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER corrects_for_ever BEFORE UPDATE ON time_entry FOR EACH ROW
    WHEN ((NEW.corrects, NEW.takes_back, NEW.goes_with) IS DISTINCT FROM
        (OLD.corrects, OLD.takes_back, OLD.goes_with))
    EXECUTE FUNCTION corrects_for_ever();
"""


def upgrade() -> None:
    """No time that is there corrects other time by a file."""
    for name in ("corrects", "goes_with"):
        op.add_column("time_entry", sa.Column(name, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_time_entry_firm_id_{name}"), "time_entry", "time_entry", ["firm_id", name],
            ["firm_id", "id"],
        )  # fmt: skip
        op.create_index(op.f(f"ix_time_entry_firm_id_{name}"), "time_entry", ["firm_id", name])
    op.add_column(
        "time_entry", sa.Column("takes_back", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.create_check_constraint(
        op.f("ck_time_entry_corrects"),
        "time_entry",
        "corrects IS NOT NULL OR NOT takes_back AND goes_with IS NULL",
    )
    op.execute(GUARDS)

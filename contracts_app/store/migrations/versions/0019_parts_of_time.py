"""Time may be replaced by parts: split over lines, or moved to another contract. What was worked stays on record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CHECKS = {
    "state": "state IN ('open', 'approved', 'rejected', 'replaced')",
    "decided": "state IN ('open', 'replaced') OR decided_by IS NOT NULL",
    "replaced": "(state = 'replaced') = (replaced_reason IS NOT NULL)",
}


def upgrade() -> None:
    """No time that is there is a part of other time, nor replaced."""
    op.add_column("time_entry", sa.Column("part_of", postgresql.UUID(as_uuid=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_time_entry_firm_id_part_of"), "time_entry", "time_entry", ["firm_id", "part_of"], ["firm_id", "id"]
    )
    op.create_index(op.f("ix_time_entry_firm_id_part_of"), "time_entry", ["firm_id", "part_of"])
    op.add_column("time_entry", sa.Column("replaced_reason", sa.Text(), nullable=True))
    for name in ("state", "decided"):
        op.drop_constraint(op.f(f"ck_time_entry_{name}"), "time_entry")
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_time_entry_{name}"), "time_entry", rule)
    op.execute(GUARD)


GUARD = """
-- What replaces time comes to exactly that time; nothing replaced comes back or is claimed.
CREATE FUNCTION parts_make_the_whole() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whole uuid := coalesce(NEW.part_of, NEW.id);
BEGIN
    IF EXISTS (
        SELECT FROM time_entry w
        WHERE w.firm_id = NEW.firm_id AND w.id = whole AND (w.state = 'replaced' OR NEW.part_of IS NOT NULL)
            AND (w.state <> 'replaced' OR w.seconds <> (
                SELECT coalesce(sum(p.seconds), 0) FROM time_entry p
                WHERE p.firm_id = w.firm_id AND p.part_of = w.id
            ) OR EXISTS (
                SELECT FROM time_entry p WHERE p.firm_id = w.firm_id AND p.part_of = w.id
                    AND (p.person, p.work_date) <> (w.person, w.work_date)
            ) OR EXISTS (
                SELECT FROM claim c WHERE c.firm_id = w.firm_id AND c.time_entry_id = w.id
            ))
    ) THEN
        RAISE EXCEPTION 'the parts of time come to the whole' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER parts_make_the_whole AFTER INSERT OR UPDATE ON time_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.state = 'replaced' OR NEW.part_of IS NOT NULL)
    EXECUTE FUNCTION parts_make_the_whole();
"""

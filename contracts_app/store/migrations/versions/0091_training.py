"""People who are being trained: they hand no draft in themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None

RULES = """
CREATE FUNCTION training_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_on IS NOT NULL
        OR (to_jsonb(NEW) - ARRAY['ended_on', 'ended_by', 'ended_because'])
            IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['ended_on', 'ended_by', 'ended_because']) THEN
        RAISE EXCEPTION 'a training stays as it was entered, and ends once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER training_stays BEFORE UPDATE ON training FOR EACH ROW EXECUTE FUNCTION training_stays();

-- Whoever is being trained hands no draft in: the entry of it, and with it the whole transaction, is refused.
CREATE FUNCTION second_look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    on_day date;
BEGIN
    SELECT ((NEW.body::jsonb ->> 'business_at')::timestamptz AT TIME ZONE f.time_zone)::date INTO on_day
        FROM firm f WHERE f.id = NEW.firm_id;
    IF EXISTS (
        SELECT FROM training t WHERE t.firm_id = NEW.firm_id AND t.person_id::text = NEW.body::jsonb ->> 'by'
          AND on_day BETWEEN t.from_on AND t.to_on AND (t.ended_on IS NULL OR on_day < t.ended_on)
    ) THEN
        RAISE EXCEPTION 'a draft of somebody who is being trained is handed in by another'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION second_look() FROM PUBLIC;
CREATE TRIGGER second_look AFTER INSERT ON audit_entry FOR EACH ROW
    WHEN (NEW.action = 'submit_draft' AND NEW.doing = 'done') EXECUTE FUNCTION second_look();
"""


def upgrade() -> None:
    """Nobody is being trained yet."""
    name = "training"
    op.create_table(
        name,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column(
            "entered_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("clock_timestamp()"),
        ),
        sa.Column("ended_on", sa.Date()),
        sa.Column("ended_by", sa.Uuid()),
        sa.Column("ended_because", sa.Text()),
        sa.CheckConstraint(
            "person_id <> mentor_id AND person_id <> entered_by", name=op.f(f"ck_{name}_by_another")
        ),
        sa.CheckConstraint("from_on <= to_on", name=op.f(f"ck_{name}_days")),
        sa.CheckConstraint(
            "num_nonnulls(ended_on, ended_by, ended_because) IN (0, 3)", name=op.f(f"ck_{name}_ended")
        ),
        sa.CheckConstraint("ended_by <> person_id", name=op.f(f"ck_{name}_ended_by_another")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                ["person.firm_id", "person.id"],
                name=op.f(f"fk_{name}_firm_id_{column}"),
            )
            for column in ("person_id", "mentor_id", "entered_by", "ended_by")
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{name}_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_firm_id_person_id"), name, ["firm_id", "person_id"])
    op.execute(f"CALL protect('{name}')")
    op.execute(f"CALL log_changes('{name}')")
    op.execute(RULES)

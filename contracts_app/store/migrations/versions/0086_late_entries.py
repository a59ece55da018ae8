"""Time, expenses and costs of a month that was closed when they came in are posted to a later one."""

import sqlalchemy as sa
from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

NAME = "late_entry"
OF = {
    "time_entry": ("time", "work_date", "part_of"),
    "expense": ("expense", "spent_on", "-"),
    "job_cost": ("cost", "incurred_on", "part_of_id"),
}
"""Tables of what may come in late: what it is called, its day, and what a part of one refers to."""
NOTE = """
-- The rule of domain.closing.periods.posting_date, as the months stand when the row is written. A part goes where its
-- whole went. Months that it looks at are locked: none is closed meanwhile.
CREATE FUNCTION note_late() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first date := (SELECT min(month) FROM accounting_period WHERE firm_id = NEW.firm_id);
    row_ jsonb;
    day date;
    target date;
    known record;
BEGIN
    IF first IS NULL THEN
        RETURN NULL;
    END IF;
    row_ := to_jsonb(NEW);
    day := (row_ ->> TG_ARGV[1])::date;
    IF row_ ->> TG_ARGV[2] IS NOT NULL THEN
        INSERT INTO late_entry (firm_id, kind, record_id, day, posted_to)
            SELECT firm_id, kind, NEW.id, day, posted_to FROM late_entry l
            WHERE l.firm_id = NEW.firm_id AND l.kind = TG_ARGV[0]
              AND l.record_id = (row_ ->> TG_ARGV[2])::uuid;
        RETURN NULL;
    END IF;
    target := date_trunc('month', day)::date;
    IF target < first THEN
        IF NOT EXISTS (
            SELECT FROM period_lock l JOIN accounting_period p ON p.firm_id = l.firm_id AND p.id = l.period_id
            WHERE p.firm_id = NEW.firm_id AND p.month = first
        ) THEN
            RETURN NULL;
        END IF;
        target := first;
    END IF;
    FOR known IN SELECT month, state FROM accounting_period
        WHERE firm_id = NEW.firm_id AND month >= target ORDER BY month FOR SHARE
    LOOP
        EXIT WHEN known.month <> target OR known.state <> 'closed';
        target := (known.month + interval '1 month')::date;
    END LOOP;
    IF target > day THEN
        INSERT INTO late_entry (firm_id, kind, record_id, day, posted_to)
            VALUES (NEW.firm_id, TG_ARGV[0], NEW.id, day, target);
    END IF;
    RETURN NULL;
END $$;
"""


def upgrade() -> None:
    """What came in late before is not known to have: it has no row."""
    op.create_table(
        NAME,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("posted_to", sa.Date(), nullable=False),
        sa.Column(
            "entered_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("clock_timestamp()"),
        ),
        sa.CheckConstraint("kind IN ('time', 'expense', 'cost')", name=op.f(f"ck_{NAME}_kind")),
        sa.CheckConstraint(
            "posted_to > day AND extract(day FROM posted_to) = 1", name=op.f(f"ck_{NAME}_posted_to")
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{NAME}_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "kind", "record_id", name=op.f(f"pk_{NAME}")),
    )
    op.create_index(op.f(f"ix_{NAME}_firm_id_posted_to"), NAME, ["firm_id", "posted_to"])
    op.execute(f"CALL protect('{NAME}')")
    op.execute(f"CALL freeze('{NAME}')")
    op.execute(f"CALL log_changes('{NAME}')")
    op.execute(NOTE)
    for table, (kind, day, whole) in OF.items():
        op.execute(
            f"CREATE TRIGGER note_late AFTER INSERT ON {table} FOR EACH ROW"
            f" WHEN (current_user = 'contracts_app') EXECUTE FUNCTION note_late('{kind}', '{day}', '{whole}')"
        )

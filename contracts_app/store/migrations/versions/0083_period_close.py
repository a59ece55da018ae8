"""Accounting months that a firm closes: nothing is dated into one that is closed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

DATED = {
    "issued_invoice": "issued_on",
    "group_invoice": "issued_on",
    "credit_note": "issued_on",
    "payment": "received_on",
    "deposit_entry": "posted_on",
    "receivable": "arose_on",
    "receivable_entry": "posted_on",
    "retainage_entry": "posted_on",
    "brought_forward_cash": "posted_on",
}
"""Tables of what a firm invoiced, is owed and received, and the day that each row is dated. Written once, all of
them: to be refused at the insert is enough."""
CLOSED = """
-- Nothing is dated into a month that is closed, nor before the first one as soon as that was closed; only what a
-- file brings forward from the system before ours may lie there. The lock lets nobody close the month meanwhile.
CREATE FUNCTION period_open() RETURNS trigger LANGUAGE plpgsql AS $$
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
        RAISE EXCEPTION '% falls into a month that is closed', dated USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

-- A month keeps which one it is. It is closed by a lock that is written once, and ended once.
CREATE FUNCTION accounting_period_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.month IS DISTINCT FROM OLD.month OR (OLD.state, NEW.state) = ('open', 'closed')
        OR (OLD.state, NEW.state) = ('closed', 'soft_closed') THEN
        RAISE EXCEPTION 'a month is closed softly first, and stays which one it is' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accounting_period_stays BEFORE UPDATE ON accounting_period
    FOR EACH ROW EXECUTE FUNCTION accounting_period_stays();

CREATE FUNCTION period_lock_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.unlocked_at IS NOT NULL OR (NEW.period_id, NEW.locked_at, NEW.locked_by, NEW.accepted)
        IS DISTINCT FROM (OLD.period_id, OLD.locked_at, OLD.locked_by, OLD.accepted) THEN
        RAISE EXCEPTION 'a lock stays as it was made, and ends once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER period_lock_stays BEFORE UPDATE ON period_lock
    FOR EACH ROW EXECUTE FUNCTION period_lock_stays();

-- At commit: closed is what has a lock that holds, and nothing else.
CREATE FUNCTION period_locked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    it uuid := CASE TG_TABLE_NAME WHEN 'period_lock' THEN (to_jsonb(NEW) ->> 'period_id')::uuid
        ELSE (to_jsonb(NEW) ->> 'id')::uuid END;
BEGIN
    IF EXISTS (
        SELECT FROM accounting_period p WHERE p.firm_id = NEW.firm_id AND p.id = it
          AND (p.state = 'closed') <> EXISTS (
            SELECT FROM period_lock l WHERE l.firm_id = p.firm_id AND l.period_id = p.id AND l.unlocked_at IS NULL)
    ) THEN
        RAISE EXCEPTION 'a month is closed by its lock' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER period_locked AFTER INSERT OR UPDATE ON accounting_period
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION period_locked();
CREATE CONSTRAINT TRIGGER period_locked AFTER INSERT OR UPDATE ON period_lock
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION period_locked();
"""


def _at(name: str, *, now: bool = True) -> sa.Column[object]:
    default = sa.text("clock_timestamp()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not now, server_default=default)


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", column],
        [f"{target}.firm_id", f"{target}.id"],
        name=op.f(f"fk_{table}_firm_id_{column}"),
    )


def upgrade() -> None:
    """No month is closed yet."""
    name = "accounting_period"
    op.create_table(
        name,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("begun_by", sa.Uuid(), nullable=False),
        _at("begun_at"),
        sa.Column("checklist", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('open', 'soft_closed', 'closed')", name=op.f(f"ck_{name}_state")),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f(f"ck_{name}_month")),
        sa.UniqueConstraint("firm_id", "month", name=op.f(f"uq_{name}_firm_id_month")),
        _to(name, "begun_by", "person"),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{name}_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f(f"pk_{name}")),
    )
    name = "period_lock"
    op.create_table(
        name,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        _at("locked_at"),
        sa.Column("locked_by", sa.Uuid(), nullable=False),
        sa.Column("accepted", postgresql.JSONB(), nullable=False),
        _at("unlocked_at", now=False),
        sa.Column("unlocked_by", sa.Uuid()),
        sa.Column("because", sa.Text()),
        sa.CheckConstraint(
            "num_nonnulls(unlocked_at, unlocked_by, because) IN (0, 3)", name=op.f(f"ck_{name}_unlocked")
        ),
        sa.CheckConstraint("locked_at <= unlocked_at", name=op.f(f"ck_{name}_order")),
        _to(name, "period_id", "accounting_period"),
        _to(name, "locked_by", "person"),
        _to(name, "unlocked_by", "person"),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{name}_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "period_id", "locked_at", name=op.f(f"pk_{name}")),
    )
    op.create_index(
        "uq_period_lock_held", name, ["firm_id", "period_id"], unique=True,
        postgresql_where=sa.text("unlocked_at IS NULL"),
    )  # fmt: skip
    for name in ("accounting_period", "period_lock"):
        op.execute(f"CALL protect('{name}')")
        op.execute(f"CALL log_changes('{name}')")
    op.execute("CALL log_versions('accounting_period')")
    op.execute(CLOSED)
    for name, day in DATED.items():
        op.execute(
            f"CREATE TRIGGER period_open BEFORE INSERT ON {name} FOR EACH ROW"
            f" WHEN (current_user = 'contracts_app') EXECUTE FUNCTION period_open('{day}')"
        )

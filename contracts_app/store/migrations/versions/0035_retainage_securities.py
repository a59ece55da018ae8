"""Securities that replace retainage, and why an invoice releases it before everything is closed out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

RULES = """
-- Why an invoice releases retainage is said when it is opened, and stays.
CREATE FUNCTION release_cause_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.release_cause IS DISTINCT FROM OLD.release_cause THEN
        RAISE EXCEPTION 'why an invoice releases retainage stays as it was said'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER release_cause_fixed BEFORE UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION release_cause_fixed();
"""


def upgrade() -> None:
    """Invoices that are there name no cause."""
    op.create_table(
        "retainage_security",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('bond', 'securities', 'letter_of_credit')", name=op.f("ck_retainage_security_kind")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_retainage_security_amount")),
        sa.CheckConstraint(
            "amount > '-Infinity' AND amount < 'Infinity'", name=op.f("ck_retainage_security_finite")
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_retainage_security_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{table}.firm_id", f"{table}.id"],
                name=op.f(f"fk_retainage_security_firm_id_{column}"),
            )
            for column, table in (("contract_id", "contract"), ("recorded_by", "person"))
        ),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_retainage_security")),
        sa.UniqueConstraint(
            "firm_id",
            "contract_id",
            "reference",
            name=op.f("uq_retainage_security_firm_id_contract_id_reference"),
        ),
    )
    op.add_column("invoice", sa.Column("release_cause", postgresql.JSONB(), nullable=True))
    op.execute("CALL protect('retainage_security')")
    op.execute("CALL freeze('retainage_security')")
    op.execute(RULES)

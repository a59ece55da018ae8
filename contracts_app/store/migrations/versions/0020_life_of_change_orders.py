"""A change order is noted, priced, submitted and decided; it may bring lines of every basis."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

LIFE = """
-- Its life is domain/transitions.CHANGE_ORDER: once submitted its content is fixed, once decided all of it.
CREATE FUNCTION change_order_life() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a change order is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.order_state IN ('executed', 'rejected', 'void') THEN
        RAISE EXCEPTION 'a change order that is decided stays so' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.contract_id, NEW.number) IS DISTINCT FROM (OLD.contract_id, OLD.number) THEN
        RAISE EXCEPTION 'a change order keeps its number' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.order_state = 'submitted' AND (
        NEW.title, NEW.amount, NEW.schedule_days, NEW.raises_line_id, NEW.rates, NEW.caps, NEW.lines, NEW.pricing
    ) IS DISTINCT FROM (
        OLD.title, OLD.amount, OLD.schedule_days, OLD.raises_line_id, OLD.rates, OLD.caps, OLD.lines, OLD.pricing
    ) THEN
        RAISE EXCEPTION 'a submitted change order is fixed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (OLD.order_state, NEW.order_state) NOT IN (
        ('potential', 'potential'), ('potential', 'requested'), ('potential', 'void'),
        ('requested', 'requested'), ('requested', 'submitted'), ('requested', 'void'),
        ('submitted', 'submitted'), ('submitted', 'executed'), ('submitted', 'rejected'), ('submitted', 'void')
    ) THEN
        RAISE EXCEPTION 'a change order is priced, then submitted, then decided'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER change_order_life BEFORE UPDATE OR DELETE ON change_order
    FOR EACH ROW EXECUTE FUNCTION change_order_life();
"""


def upgrade() -> None:
    """Change orders that are there keep their state; they bring what they brought before."""
    op.add_column(
        "change_order",
        sa.Column(
            "lines", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
    )
    op.add_column("change_order", sa.Column("pricing", postgresql.JSONB(), nullable=True))
    op.add_column("change_order", sa.Column("priced_by", sa.Uuid(), nullable=True))
    op.add_column("change_order", sa.Column("priced_on", sa.Date(), nullable=True))
    op.add_column("change_order", sa.Column("decided_because", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_change_order_firm_id_priced_by"),
        "change_order",
        "person",
        ["firm_id", "priced_by"],
        ["firm_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_change_order_priced"), "change_order", "(priced_by IS NULL) = (priced_on IS NULL)"
    )
    op.execute(LIFE)

"""Who executed a change order, and that he is neither who priced nor who proposed it."""

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

EXECUTED = """
-- It names who executes it, and stays, from being submitted on, who priced and who proposed it.
CREATE FUNCTION change_order_hands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.order_state = 'submitted'
        AND (NEW.proposed_by, NEW.priced_by) IS DISTINCT FROM (OLD.proposed_by, OLD.priced_by) THEN
        RAISE EXCEPTION 'a submitted change order keeps who priced and proposed it'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.order_state <> 'executed' AND NEW.order_state = 'executed' AND NEW.executed_by IS NULL THEN
        RAISE EXCEPTION 'somebody executes a change order' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hands BEFORE UPDATE ON change_order FOR EACH ROW EXECUTE FUNCTION change_order_hands();

-- One that was in force before this firm had it comes with a file; all others are executed here.
CREATE FUNCTION change_order_executed_here() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a change order is submitted before it is executed' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER executed_here BEFORE INSERT ON change_order FOR EACH ROW
    WHEN (current_user = 'contracts_app' AND NEW.order_state = 'executed' AND NEW.import_id IS NULL)
    EXECUTE FUNCTION change_order_executed_here();
"""


def upgrade() -> None:
    """From now on; who executed what is there stands in the log."""
    op.add_column("change_order", sa.Column("executed_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_change_order_firm_id_executed_by"),
        "change_order",
        "person",
        ["firm_id", "executed_by"],
        ["firm_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_change_order_four_eyes"),
        "change_order",
        "executed_by <> proposed_by AND executed_by <> priced_by",
    )
    op.create_check_constraint(
        op.f("ck_change_order_executed_by"), "change_order", "executed_by IS NULL OR order_state = 'executed'"
    )
    op.execute(EXECUTED)

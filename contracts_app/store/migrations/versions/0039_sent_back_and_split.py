"""Expenses open again once their cost is sent back; who corrected them; parts of time know their whole."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

RULES = """
-- What was decided on stays as it was, unless the cost that it became was sent back.
CREATE OR REPLACE FUNCTION expense_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' AND NOT (
        TG_OP = 'UPDATE' AND OLD.state = 'approved' AND NEW.state = 'open' AND NOT EXISTS (
            SELECT FROM expense_cost c
            JOIN job_cost j ON j.firm_id = c.firm_id AND j.id = c.job_cost_id
            WHERE c.firm_id = OLD.firm_id AND c.expense_id = OLD.id AND j.state <> 'sent_back'
        )
    ) THEN
        RAISE EXCEPTION 'an expense stays as it was decided on' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
-- Taken back, an expense takes with it who corrected it; the audit keeps both.
GRANT DELETE ON expense_editor TO contracts_app;
"""


def upgrade() -> None:
    """Nobody is known to have corrected the expenses that are there; no time that is there shares a least
    time with the other parts of its whole."""
    op.drop_constraint(op.f("pk_expense_cost"), "expense_cost")
    op.create_primary_key(
        op.f("pk_expense_cost"), "expense_cost", ["firm_id", "expense_id", "job_cost_id"]
    )
    op.create_table(
        "expense_editor",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("firm_id", "expense_id", "person_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_expense_editor_firm_id_{column}"),
            )
            for column, target in (("expense_id", "expense"), ("person_id", "person"))
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_expense_editor_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "expense_id", "person_id", name=op.f("pk_expense_editor")),
    )
    op.execute("CALL protect('expense_editor')")
    op.execute("REVOKE UPDATE ON expense_editor FROM contracts_app")
    for name in ("whole_seconds", "whole_before"):
        op.add_column("time_entry", sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("ck_time_entry_whole"),
        "time_entry",
        "num_nonnulls(whole_seconds, whole_before) IN (0, 2)"
        " AND (whole_seconds IS NULL OR part_of IS NOT NULL)",
    )
    op.execute(RULES)

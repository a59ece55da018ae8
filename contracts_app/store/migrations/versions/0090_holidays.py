"""Holidays of a firm."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No holiday is known yet."""
    op.create_table(
        "holiday",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_holiday_firm_id")),
        sa.ForeignKeyConstraint(
            ["firm_id", "entered_by"],
            ["person.firm_id", "person.id"],
            name=op.f("fk_holiday_firm_id_entered_by"),
        ),
        sa.PrimaryKeyConstraint("firm_id", "day", name=op.f("pk_holiday")),
    )
    op.execute("CALL protect('holiday')")
    op.execute("GRANT DELETE ON holiday TO contracts_app")
    op.execute("CALL log_changes('holiday')")

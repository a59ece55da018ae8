"""What was wrong with single lines of a draft that was sent back."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody said so before."""
    op.create_table(
        "approval_remark",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("firm_id", "approval_id", "sov_line_id")),
        sa.Column("reason", sa.Text(), nullable=False),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_approval_remark_firm_id_{column}"),
            )
            for column, target in (("approval_id", "approval"), ("sov_line_id", "sov_line"))
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_approval_remark_firm_id")),
        sa.PrimaryKeyConstraint(
            "firm_id", "approval_id", "sov_line_id", name=op.f("pk_approval_remark")
        ),
    )
    op.execute("CALL protect('approval_remark')")
    op.execute("CALL freeze('approval_remark')")

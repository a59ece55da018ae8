"""The accrual of unbilled work at the end of a month, kept when the month is closed."""

import sqlalchemy as sa
from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

NAME = "accrual"


def upgrade() -> None:
    """Months that are closed already have none."""
    op.create_table(
        NAME,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column(
            "taken_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("clock_timestamp()"),
        ),
        sa.Column("taken_by", sa.Uuid(), nullable=False),
        sa.Column("contents", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("step IN ('soft_close', 'close')", name=op.f(f"ck_{NAME}_step")),
        sa.CheckConstraint(
            "sha256 = encode(sha256(convert_to(contents, 'UTF8')), 'hex')", name=op.f(f"ck_{NAME}_sha256")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_{NAME}_firm_id_{column}"),
            )
            for column, target in (("period_id", "accounting_period"), ("taken_by", "person"))
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{NAME}_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f(f"pk_{NAME}")),
    )
    op.create_index(op.f(f"ix_{NAME}_firm_id_period_id"), NAME, ["firm_id", "period_id"])
    op.execute(f"CALL protect('{NAME}')")
    op.execute(f"CALL freeze('{NAME}')")
    op.execute(f"CALL log_changes('{NAME}')")

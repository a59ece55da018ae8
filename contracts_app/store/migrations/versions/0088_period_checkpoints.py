"""The signed checkpoint of the log that a month was closed at."""

import sqlalchemy as sa
from alembic import op

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None

NAME = "period_checkpoint"


def upgrade() -> None:
    """Months that are closed already get the next one."""
    op.create_table(
        NAME,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "named_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.text("clock_timestamp()"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "period_id", "locked_at"],
            ["period_lock.firm_id", "period_lock.period_id", "period_lock.locked_at"],
            name=op.f(f"fk_{NAME}_firm_id_period_id"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{NAME}_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "period_id", "locked_at", name=op.f(f"pk_{NAME}")),
    )
    op.execute(f"CALL protect('{NAME}')")
    op.execute(f"CALL freeze('{NAME}')")
    op.execute(f"CALL log_changes('{NAME}')")

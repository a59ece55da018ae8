"""Mappings of a firm's own files, kept under a name."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

NAME = "saved_mapping"


def upgrade() -> None:
    """No firm has any yet."""
    op.create_table(
        NAME,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("profile", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("saved_by", sa.Uuid(), nullable=False),
        sa.Column(
            "saved_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('active', 'withdrawn')", name=op.f(f"ck_{NAME}_state")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f(f"pk_{NAME}")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{NAME}_firm_id")),
        sa.ForeignKeyConstraint(
            ["firm_id", "saved_by"], ["person.firm_id", "person.id"], name=op.f(f"fk_{NAME}_firm_id_saved_by")
        ),
    )
    op.execute(f"CALL protect('{NAME}')")

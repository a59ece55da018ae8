"""Why a client certifies less, line by line."""

import sqlalchemy as sa
from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Certificates that are there have one reason for all their lines."""
    op.add_column("certificate_line", sa.Column("reason", sa.Text(), server_default="", nullable=False))

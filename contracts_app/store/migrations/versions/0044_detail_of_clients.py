"""How much of time a client wants to see, where a contract says nothing else."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """No client that is there asks for anything of its own."""
    op.add_column("client", sa.Column("detail", JSONB(), nullable=True))

"""What discounts take off an invoice, as issued and as certified."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Invoices that are there bear none."""
    op.add_column(
        "document_tax",
        sa.Column("discount", sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
    )

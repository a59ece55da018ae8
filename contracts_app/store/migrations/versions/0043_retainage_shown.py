"""How an invoice under tax shows the retainage in it, as issued and as certified."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Invoices that are there say nothing of it."""
    op.add_column("document_tax", sa.Column("retainage_shown", sa.Text(), nullable=True))
    op.add_column(
        "document_tax", sa.Column("retainage_withheld", sa.Numeric(precision=19, scale=4), nullable=True)
    )
    op.create_check_constraint(
        op.f("ck_document_tax_retainage"),
        "document_tax",
        "retainage_shown IN ('information', 'reduces_taxable_base', 'instalment')"
        " AND retainage_withheld IS NOT NULL AND retainage_withheld <> 0 AND retainage_withheld < 'Infinity'"
        " OR retainage_shown IS NULL AND retainage_withheld IS NULL",
    )

"""An issued invoice keeps where it was to be paid to; the legal entity's own words can change."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Write the present words beside what was issued before; from now on issue does it."""
    op.add_column("legal_entity", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    op.add_column(
        "issued_invoice", sa.Column("payment_instructions", sa.Text(), server_default="", nullable=False)
    )
    op.execute("ALTER TABLE issued_invoice DISABLE TRIGGER written_once")
    op.execute(
        "UPDATE issued_invoice i SET payment_instructions = e.payment_instructions FROM legal_entity e"
        " WHERE e.firm_id = i.firm_id AND e.id = i.legal_entity_id"
    )
    op.execute("ALTER TABLE issued_invoice ENABLE TRIGGER written_once")

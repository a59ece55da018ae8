"""An invoice may bill the lines of one address of its contract: several invoices from one contract."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Invoices that are there bill the whole contract. Which address one is for is fixed when it is drafted."""
    op.add_column("invoice", sa.Column("bill_to", sa.Text(), nullable=True))
    op.execute(GUARD)


GUARD = """
CREATE FUNCTION one_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'an invoice stays with its address' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER one_address BEFORE UPDATE ON invoice FOR EACH ROW
    WHEN (NEW.bill_to IS DISTINCT FROM OLD.bill_to) EXECUTE FUNCTION one_address();
"""

"""The papers for stored material lie with the application that bills it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

RULES = """
CREATE FUNCTION papers_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('draft', 'in_review', 'approved') AND NEW.backup IS DISTINCT FROM OLD.backup THEN
        RAISE EXCEPTION 'the papers of an issued invoice are fixed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER papers_of_drafts BEFORE UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION papers_of_drafts();
"""


def upgrade() -> None:
    """Applications that are there have none, and nobody asked for them."""
    op.add_column(
        "invoice", sa.Column("backup", postgresql.JSONB(), server_default="[]", nullable=False)
    )
    op.execute(RULES)

"""The audit log by what was done, for reports over it."""

import sqlalchemy as sa
from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """An index; the log itself stays as it is."""
    op.create_index(
        "ix_audit_entry_action",
        "audit_entry",
        ["firm_id", sa.text("(body::jsonb ->> 'action')"), "seq"],
    )

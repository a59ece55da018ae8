"""The audit log by the workflow that wrote an entry, so that a process is held against its entries."""

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the database say which workflow wrote each entry, past and to come; the log itself stays as it is.

    A stored column for the reason told in 0005.
    """
    op.add_column(
        "audit_entry",
        sa.Column("workflow", sa.Text(), sa.Computed("body::jsonb ->> 'workflow'", persisted=True)),
    )
    op.create_index("ix_audit_entry_workflow", "audit_entry", ["firm_id", "workflow", "seq"])

"""What entries of the log are chosen by, as columns of their own.

Row-level security lets no index over an expression be used whose operators might tell what they see: reports read
the whole log for a few entries of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Generated columns; what was hashed stays as it is."""
    op.drop_index("ix_audit_entry_action", "audit_entry")
    generated = (
        f"ADD COLUMN {name} text GENERATED ALWAYS AS (body::jsonb ->> '{name}') STORED"
        for name in ("kind", "action", "doing")
    )
    op.execute(f"ALTER TABLE audit_entry {', '.join(generated)}")
    op.create_index("ix_audit_entry_action", "audit_entry", ["firm_id", "action", "seq"])
    op.execute(sa.text("ANALYZE audit_entry"))

"""History: which record an audit entry is about, so that a timeline is found and not searched for."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# As in tables/processes.py. A stored column and not an index on the expression: reading JSON can fail, so behind
# row-level security PostgreSQL would not use such an index.
ABOUT = """
    CASE WHEN body::jsonb ->> 'kind' = 'refusal' THEN coalesce(
        body::jsonb #>> '{command,invoice_id}', body::jsonb #>> '{command,contract_id}',
        body::jsonb #>> '{command,import_id}', body::jsonb #>> '{command,client_id}')
    ELSE body::jsonb ->> 'id' END
"""


def upgrade() -> None:
    """Let the database say what each entry is about, past and to come."""
    op.add_column("audit_entry", sa.Column("about", sa.Text(), sa.Computed(ABOUT, persisted=True)))
    op.create_index("ix_audit_entry_about", "audit_entry", ["firm_id", "about", "seq"])

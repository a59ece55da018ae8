"""What an approver saw: the snapshot of the content that he approved, to show him later what changed."""

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From now on; of approvals given before it is not known any more."""
    op.add_column("approval", sa.Column("snapshot_sha256", sa.Text(), nullable=True))
    op.create_foreign_key(
        op.f("fk_approval_firm_id_snapshot_sha256"),
        "approval",
        "snapshot",
        ["firm_id", "snapshot_sha256"],
        ["firm_id", "sha256"],
    )

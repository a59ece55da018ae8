"""Event histories of ended workflows, archived."""

import sqlalchemy as sa
from alembic import op

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None


def _at(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")
    )


def upgrade() -> None:
    """Written once."""
    op.create_table(
        "workflow_history",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("workflow_id", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        _at("started_at"),
        _at("closed_at"),
        _at("archived_at"),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["firm_id", "sha256"],
            ["blob.firm_id", "blob.sha256"],
            name=op.f("fk_workflow_history_firm_id_sha256"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_workflow_history_firm_id")),
        sa.PrimaryKeyConstraint(
            "firm_id", "workflow_id", "run_id", name=op.f("pk_workflow_history")
        ),
    )
    op.create_index(
        op.f("ix_workflow_history_firm_id_subject_subject_id"),
        "workflow_history",
        ["firm_id", "subject", "subject_id"],
    )
    op.execute("CALL protect('workflow_history')")
    op.execute("CALL freeze('workflow_history')")
    op.execute("CALL log_changes('workflow_history')")

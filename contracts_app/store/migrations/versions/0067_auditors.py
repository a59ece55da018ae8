"""People who only read: the role auditor."""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has it yet."""
    op.drop_constraint("ck_person_role_role", "person_role")
    op.create_check_constraint(
        op.f("ck_person_role_role"),
        "person_role",
        "role IN ('coordinator', 'project_manager', 'controller', 'client', 'administrator', 'auditor')",
    )

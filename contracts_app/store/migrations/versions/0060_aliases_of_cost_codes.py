"""Cost codes of orders and expenses can mean lines of a contract, as names can."""

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

NAME = "ck_alias_kind"


def upgrade() -> None:
    """No firm has any yet."""
    op.drop_constraint(op.f(NAME), "alias")
    op.create_check_constraint(
        op.f(NAME), "alias", "kind IN ('person', 'task', 'sov_line', 'cost_code', 'client')"
    )

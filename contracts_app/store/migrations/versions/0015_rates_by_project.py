"""A rate may be for one project's work, and may be direct labour with a multiplier."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rates that are there name no project and no multiplier, and stay as they are."""
    op.add_column("rate_card_row", sa.Column("project", sa.Text(), nullable=True))
    op.add_column("rate_card_row", sa.Column("multiplier", sa.Numeric(precision=19, scale=6), nullable=True))
    op.create_check_constraint(
        op.f("ck_rate_card_row_multiplier"), "rate_card_row", "multiplier >= 0 AND multiplier < 'Infinity'"
    )

"""The business day on which a paper was required, filed, and an exception asked for and decided."""

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

DAYS = (
    ("compliance_requirement", "required_on", "required_at"),
    ("compliance_paper", "filed_on", "filed_at"),
    ("compliance_exception", "asked_on", "asked_at"),
)


def upgrade() -> None:
    """What is there was said on the day of the clock; a change of type runs no trigger."""
    for table, day, at in DAYS:
        op.add_column(table, sa.Column(day, sa.Date(), nullable=True))
        op.alter_column(table, day, type_=sa.Date(), postgresql_using=f"{at}::date", nullable=False)
    op.add_column("compliance_requirement", sa.Column("ended_on", sa.Date(), nullable=True))
    op.add_column("compliance_exception", sa.Column("decided_on", sa.Date(), nullable=True))

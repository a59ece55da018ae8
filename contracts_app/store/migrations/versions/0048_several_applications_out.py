"""Several applications may wait for their certificate at a time; one draft and one revision are prepared."""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

DRAFT = "state IN ('draft', 'in_review', 'approved')"


def upgrade() -> None:
    """How many may wait is a term of the contract, one unless it says more: commands hold to it."""
    op.drop_index("uq_invoice_one_in_hand", "invoice")
    for name, which in (("draft", "revises IS NULL"), ("revision", "revises IS NOT NULL")):
        op.create_index(
            f"uq_invoice_one_{name}",
            "invoice",
            ["firm_id", "contract_id"],
            unique=True,
            postgresql_where=sa.text(f"{DRAFT} AND {which}"),
        )

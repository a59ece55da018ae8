"""Lines billed by percentage, by measured quantity or for each period, with the terms that these need."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

CHECKS = {
    "basis": "basis IN ('lump_sum', 'milestone', 'time_and_materials', 'percent_complete', 'unit_price',"
    " 'recurring')",
    "unit_price": "(basis = 'unit_price') = (num_nonnulls(unit, unit_price, estimated_quantity) = 3)"
    " AND num_nonnulls(unit, unit_price, estimated_quantity) IN (0, 3)"
    " AND (basis = 'unit_price' OR variation IS NULL) AND NOT (basis = 'unit_price' AND not_to_exceed)",
    "measure": "unit_price >= 0 AND unit_price < 'Infinity' AND estimated_quantity > 0"
    " AND estimated_quantity < 'Infinity'",
    "recurring": "(basis = 'recurring') = (recurring IS NOT NULL)",
}


def upgrade() -> None:
    """The terms are fixed with the rest of the line once the contract is in force (0013)."""
    op.add_column("sov_line", sa.Column("unit", sa.Text(), nullable=True))
    op.add_column("sov_line", sa.Column("unit_price", sa.Numeric(precision=19, scale=6), nullable=True))
    op.add_column("sov_line", sa.Column("estimated_quantity", sa.Numeric(precision=19, scale=6), nullable=True))
    op.add_column("sov_line", sa.Column("variation", postgresql.JSONB(), nullable=True))
    op.add_column("sov_line", sa.Column("recurring", postgresql.JSONB(), nullable=True))
    op.drop_constraint(op.f("ck_sov_line_basis"), "sov_line")
    for name, rule in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_sov_line_{name}"), "sov_line", rule)
    op.execute(
        "GRANT UPDATE (unit, unit_price, estimated_quantity, variation, recurring) ON sov_line"
        " TO contracts_app"
    )

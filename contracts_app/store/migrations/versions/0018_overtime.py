"""Time may be overtime of a class, approved as such; rate cards have its flat rates and what people are paid."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RATE = sa.Numeric(precision=19, scale=6)
CHECKS = {
    "time_entry": {
        "overtime": "overtime IS NOT NULL OR NOT (premium_only OR overtime_approved_by IS NOT NULL)",
        "overtime_approval": "num_nonnulls(overtime_approved_by, overtime_approved_on, overtime_reason) IN (0, 3)",
        "overtime_four_eyes": "overtime_approved_by NOT IN (entered_by, coalesce(classed_by, entered_by))",
        "classed": "state <> 'approved' OR classed_by IS NULL OR classed_by <> decided_by",
    },
    "rate_card_row": {"pay": "pay >= 0 AND pay < 'Infinity'"},
    "issued_time": {"overtime": "overtime IS NOT NULL OR num_nonnulls(base_rate, factor) = 0"},
}


def upgrade() -> None:
    """Time that is there is regular time. What is said of overtime stays once an invoice is issued (0013)."""
    op.add_column("time_entry", sa.Column("overtime", sa.Text(), nullable=True))
    op.add_column(
        "time_entry", sa.Column("premium_only", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    for name in ("classed_by", "overtime_approved_by"):
        op.add_column("time_entry", sa.Column(name, postgresql.UUID(as_uuid=True), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_time_entry_firm_id_{name}"), "time_entry", "person", ["firm_id", name], ["firm_id", "id"]
        )
    op.add_column("time_entry", sa.Column("overtime_approved_on", sa.Date(), nullable=True))
    op.add_column("time_entry", sa.Column("overtime_reason", sa.Text(), nullable=True))
    op.add_column("rate_card_row", sa.Column("overtime", sa.Text(), nullable=True))
    op.add_column("rate_card_row", sa.Column("pay", RATE, nullable=True))
    op.add_column("issued_time", sa.Column("overtime", sa.Text(), nullable=True))
    op.add_column("issued_time", sa.Column("base_rate", RATE, nullable=True))
    op.add_column("issued_time", sa.Column("factor", RATE, nullable=True))
    for table, rules in CHECKS.items():
        for name, rule in rules.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)

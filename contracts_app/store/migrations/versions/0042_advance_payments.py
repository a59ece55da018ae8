"""Advance payments: an invoice of its own, and what is invoiced and recovered to date on each one."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

OUTSTANDING = "line6 = line4 - line5 + advance_invoiced - advance_recovered"
CHANGED = (
    ("invoice", "kind", "kind IN ('application', 'consulting', 'retainage_release', 'advance')"),
    ("issued_invoice", "line6", OUTSTANDING),
    ("certificate", "lines", f"{OUTSTANDING} AND line8 = line6 - line7"),
)


def upgrade() -> None:
    """What was issued before advanced nothing, so line 6 stays as it was."""
    op.add_column("invoice", sa.Column("guarantee", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_invoice_guarantee"), "invoice", "guarantee IS NULL OR kind = 'advance'"
    )
    for table in ("issued_invoice", "certificate"):
        for column in ("advance_invoiced", "advance_recovered"):
            op.add_column(
                table,
                sa.Column(column, sa.Numeric(precision=19, scale=4), server_default="0", nullable=False),
            )
        op.create_check_constraint(
            op.f(f"ck_{table}_advance"),
            table,
            "0 <= advance_recovered AND advance_recovered <= advance_invoiced",
        )
    for table, name, rule in CHANGED:
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, rule)

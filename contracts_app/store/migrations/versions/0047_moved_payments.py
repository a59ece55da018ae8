"""What was paid of an application moves to the revision that takes its place."""

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

CHECKS = {
    "cause": "cause IN ('arises', 'certificate', 'cash', 'unapplied', 'deposit', 'superseded', 'withheld',"
    " 'discount', 'kept_back', 'returned', 'moved_out', 'moved_in')",
    "cash": "(cause IN ('cash', 'unapplied', 'moved_out', 'moved_in')) = (payment_id IS NOT NULL)",
    "moved": "CASE cause WHEN 'moved_out' THEN amount > 0 WHEN 'moved_in' THEN amount < 0 ELSE true END",
}


def upgrade() -> None:
    """Until now an application that was paid in part was not revised."""
    for name in ("cause", "cash"):
        op.drop_constraint(op.f(f"ck_receivable_entry_{name}"), "receivable_entry", type_="check")
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_receivable_entry_{name}"), "receivable_entry", condition)

"""An application whose line 8 is below zero leaves a credit that the next ones draw."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SIGNS = (
    "(cause = 'received' AND amount > 0 AND num_nonnulls(reference, recorded_by) = 2"
    " AND invoice_id IS NULL) OR (cause = 'drawn' AND amount < 0 AND invoice_id IS NOT NULL"
    " AND num_nonnulls(reference, recorded_by) = 0)"
    " OR (cause = 'returned' AND amount < 0 AND num_nonnulls(reference, recorded_by) = 2"
    " AND invoice_id IS NULL)"
    " OR (cause = 'credited' AND amount > 0 AND invoice_id IS NOT NULL"
    " AND num_nonnulls(reference, recorded_by) = 0)"
)


def upgrade() -> None:
    """Allow the entry; those that are there stay as they are."""
    for name, rule in (
        ("cause", "cause IN ('received', 'drawn', 'returned', 'credited')"),
        ("signs", SIGNS),
    ):
        op.drop_constraint(op.f(f"ck_deposit_entry_{name}"), "deposit_entry", type_="check")
        op.create_check_constraint(op.f(f"ck_deposit_entry_{name}"), "deposit_entry", rule)

"""A deposit that is left over can be given back."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SIGNS = (
    "(cause = 'received' AND amount > 0 AND num_nonnulls(reference, recorded_by) = 2 AND invoice_id IS NULL)"
    " OR (cause = 'drawn' AND amount < 0 AND invoice_id IS NOT NULL"
    " AND num_nonnulls(reference, recorded_by) = 0)"
    " OR (cause = 'returned' AND amount < 0 AND num_nonnulls(reference, recorded_by) = 2"
    " AND invoice_id IS NULL)"
)


def upgrade() -> None:
    """Allow entries that give back, with a reference and a person as those that received."""
    for name, rule in (("cause", "cause IN ('received', 'drawn', 'returned')"), ("signs", SIGNS)):
        op.drop_constraint(op.f(f"ck_deposit_entry_{name}"), "deposit_entry", type_="check")
        op.create_check_constraint(op.f(f"ck_deposit_entry_{name}"), "deposit_entry", rule)

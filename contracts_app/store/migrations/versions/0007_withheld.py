"""An application whose certificate withholds all ends as withheld: it is settled, and not paid."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATES = "'draft', 'in_review', 'approved', 'submitted', 'issued', 'certified', 'paid', 'withheld', 'withdrawn'"


def upgrade() -> None:
    """Allow the state; the guard of an invoice's content names drafts only, so it covers this one."""
    op.drop_constraint(op.f("ck_invoice_state"), "invoice", type_="check")
    op.create_check_constraint(op.f("ck_invoice_state"), "invoice", f"state IN ({STATES})")

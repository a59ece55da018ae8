"""Expenses come in from files and remember their rows; a file of them can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expenses that are there came from no file."""
    op.add_column("expense", sa.Column("import_id", sa.Uuid(), nullable=True))
    for name in ("external_id", "source", "receipt_reference"):
        op.add_column("expense", sa.Column(name, sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_expense_from_a_file"), "expense", "num_nonnulls(import_id, external_id, source) IN (0, 3)"
    )
    op.create_foreign_key(
        op.f("fk_expense_firm_id_import_id"),
        "expense",
        "import_file",
        ["firm_id", "import_id"],
        ["firm_id", "id"],
    )
    op.create_index(op.f("ix_expense_firm_id_import_id"), "expense", ["firm_id", "import_id"])
    op.execute("DROP TRIGGER expense_decided ON expense")
    op.execute(
        "CREATE TRIGGER expense_decided BEFORE UPDATE ON expense"
        " FOR EACH ROW EXECUTE FUNCTION expense_decided()"
    )
    op.execute(
        "CREATE TRIGGER expense_decided_deleted BEFORE DELETE ON expense FOR EACH ROW"
        " WHEN (NOT being_undone(OLD.firm_id, OLD.import_id)) EXECUTE FUNCTION expense_decided()"
    )

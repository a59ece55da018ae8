"""An application that is not certified can be revised; what the client had stays on file."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STATES = (
    "'draft', 'in_review', 'approved', 'submitted', 'being_revised', 'issued', 'certified', 'paid', 'withheld',"
    " 'withdrawn', 'superseded'"
)
LIVE = "state NOT IN ('withdrawn', 'superseded', 'being_revised')"
RULES = """
CREATE FUNCTION revision_of_the_same() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.revision, NEW.revises) IS DISTINCT FROM (OLD.revision, OLD.revises) THEN
        RAISE EXCEPTION 'a revision stays that of the same application' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER revision_of_the_same BEFORE UPDATE ON invoice
    FOR EACH ROW EXECUTE FUNCTION revision_of_the_same();
"""


def upgrade() -> None:
    """What is there was submitted as it first was."""
    op.add_column("invoice", sa.Column("revision", sa.Integer(), server_default="0", nullable=False))
    op.add_column("invoice", sa.Column("revises", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_invoice_firm_id_revises"), "invoice", "invoice", ["firm_id", "revises"], ["firm_id", "id"]
    )
    op.create_check_constraint(op.f("ck_invoice_revises"), "invoice", "(revision = 0) = (revises IS NULL)")
    op.drop_constraint(op.f("ck_invoice_state"), "invoice", type_="check")
    op.create_check_constraint(op.f("ck_invoice_state"), "invoice", f"state IN ({STATES})")
    op.drop_index("uq_invoice_live_application", "invoice")
    op.create_index(
        "uq_invoice_live_application",
        "invoice",
        ["firm_id", "contract_id", "application_no"],
        unique=True,
        postgresql_where=sa.text(LIVE),
    )
    op.drop_constraint(op.f("ck_receivable_entry_cause"), "receivable_entry", type_="check")
    op.create_check_constraint(
        op.f("ck_receivable_entry_cause"),
        "receivable_entry",
        "cause IN ('arises', 'certificate', 'cash', 'unapplied', 'deposit', 'superseded')",
    )
    op.execute(RULES)

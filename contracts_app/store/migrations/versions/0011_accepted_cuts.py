"""What a certifier cut from a line billed by time can be accepted; then it is not claimed again."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A ledger of accepted cuts, written once, each citing the invoice whose certificate it accepts."""
    op.create_table(
        "accepted_cut",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("sov_line_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("accepted_by", sa.Uuid(), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_accepted_cut_amount")),
        sa.CheckConstraint(
            "amount > '-Infinity' AND amount < 'Infinity'", name=op.f("ck_accepted_cut_finite")
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_accepted_cut_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{table}.firm_id", f"{table}.id"],
                name=op.f(f"fk_accepted_cut_firm_id_{column}"),
            )
            for column, table in (
                ("contract_id", "contract"),
                ("sov_line_id", "sov_line"),
                ("invoice_id", "invoice"),
                ("accepted_by", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_accepted_cut")),
    )
    op.create_index(op.f("ix_accepted_cut_firm_id_contract_id"), "accepted_cut", ["firm_id", "contract_id"])
    op.execute("CALL protect('accepted_cut')")
    op.execute("CALL freeze('accepted_cut')")

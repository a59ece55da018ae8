"""What clients keep back of payments besides retainage: a signed ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "withhold_entry",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("receivable_entry_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('withheld', 'returned', 'conceded')", name=op.f("ck_withhold_entry_kind")),
        sa.CheckConstraint(
            "(kind = 'withheld') = (amount > 0) AND amount <> 0", name=op.f("ck_withhold_entry_signs")
        ),
        sa.CheckConstraint(
            "(kind = 'conceded') = (receivable_entry_id IS NULL)", name=op.f("ck_withhold_entry_posted")
        ),
        sa.CheckConstraint(
            "amount > '-Infinity' AND amount < 'Infinity'", name=op.f("ck_withhold_entry_finite")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_withhold_entry_firm_id_{column}"),
            )
            for column, target in (
                ("contract_id", "contract"),
                ("invoice_id", "invoice"),
                ("entered_by", "person"),
                ("receivable_entry_id", "receivable_entry"),
            )
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_withhold_entry_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_withhold_entry")),
        sa.UniqueConstraint(
            "firm_id", "receivable_entry_id", name=op.f("uq_withhold_entry_firm_id_receivable_entry_id")
        ),
    )
    for column in ("contract_id", "invoice_id"):
        op.create_index(op.f(f"ix_withhold_entry_firm_id_{column}"), "withhold_entry", ["firm_id", column])
    op.drop_constraint(op.f("ck_receivable_entry_cause"), "receivable_entry", type_="check")
    op.create_check_constraint(
        op.f("ck_receivable_entry_cause"),
        "receivable_entry",
        "cause IN ('arises', 'certificate', 'cash', 'unapplied', 'deposit', 'superseded', 'withheld',"
        " 'discount', 'kept_back', 'returned')",
    )
    op.execute("CALL protect('withhold_entry')")
    op.execute("CALL freeze('withhold_entry')")

"""Receivables settled without cash: tax withheld and certified, discounts for early payment."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

CAUSE = (
    "cause IN ('arises', 'certificate', 'cash', 'unapplied', 'deposit', 'superseded', 'withheld',"
    " 'discount')"
)
SAYS_WHY = (
    "num_nonnulls(reference, jurisdiction, scheme, standing) = CASE kind WHEN 'withheld' THEN 4 ELSE 0 END"
    " AND (kind = 'discount') = (payment_id IS NOT NULL)"
)
FINITE = " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in ("base", "amount", "tax"))
AMOUNT = sa.Numeric(precision=19, scale=4)


def upgrade() -> None:
    """One new table; receivables that are there were settled by cash, deposits and certificates."""
    op.drop_constraint(op.f("ck_receivable_entry_cause"), "receivable_entry")
    op.create_check_constraint(op.f("ck_receivable_entry_cause"), "receivable_entry", CAUSE)
    op.create_table(
        "settlement",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("receivable_entry_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("jurisdiction", sa.Text(), nullable=True),
        sa.Column("scheme", sa.Text(), nullable=True),
        sa.Column("standing", sa.Text(), nullable=True),
        sa.Column("rate", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("base", AMOUNT, nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("tax", AMOUNT, nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("kind IN ('withheld', 'discount')", name=op.f("ck_settlement_kind")),
        sa.CheckConstraint(SAYS_WHY, name=op.f("ck_settlement_says_why")),
        sa.CheckConstraint("amount > 0 AND tax >= 0 AND tax <= amount", name=op.f("ck_settlement_amount")),
        sa.CheckConstraint(FINITE, name=op.f("ck_settlement_finite")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_settlement_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_settlement_firm_id_{column}"),
            )
            for target, column in (
                ("receivable_entry", "receivable_entry_id"),
                ("client", "client_id"),
                ("person", "recorded_by"),
                ("payment", "payment_id"),
            )
        ),
        sa.PrimaryKeyConstraint("firm_id", "receivable_entry_id", name=op.f("pk_settlement")),
    )
    op.create_index(
        "uq_settlement_certificate",
        "settlement",
        ["firm_id", "client_id", "reference"],
        unique=True,
        postgresql_where=sa.text("kind = 'withheld'"),
    )
    op.execute("CALL protect('settlement')")
    op.execute("CALL freeze('settlement')")

"""Lien waivers: with an application on condition of payment, and once it is paid."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

FORMS = "'conditional_progress', 'unconditional_progress', 'conditional_final', 'unconditional_final'"


def upgrade() -> None:
    op.create_table(
        "lien_waiver",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("through", sa.Date(), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(f"form IN ({FORMS})", name=op.f("ck_lien_waiver_form")),
        sa.CheckConstraint(
            "(form LIKE '%\\_final') = (through IS NULL)", name=op.f("ck_lien_waiver_through")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_lien_waiver_amount")),
        sa.CheckConstraint(
            "amount > '-Infinity' AND amount < 'Infinity'", name=op.f("ck_lien_waiver_finite")
        ),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_lien_waiver_firm_id_{column}"),
            )
            for column, target in (
                ("contract_id", "contract"),
                ("invoice_id", "invoice"),
                ("given_by", "person"),
            )
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_lien_waiver_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_lien_waiver")),
    )
    op.create_index(op.f("ix_lien_waiver_firm_id_invoice_id"), "lien_waiver", ["firm_id", "invoice_id"])
    op.execute("CALL protect('lien_waiver')")
    op.execute("CALL freeze('lien_waiver')")

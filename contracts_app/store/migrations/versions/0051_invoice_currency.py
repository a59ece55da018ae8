"""What invoices in another currency than their contract's ask for in it, and how they are booked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

NAME = "document_invoiced"
AMOUNTS = ("net", "tax", "gross", "retained", "due")
FINITE = " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in AMOUNTS)


def upgrade() -> None:
    """What was issued before is owed in its contract's currency: nothing is converted."""
    op.create_table(
        NAME,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=22, scale=12), nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rate_of", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Numeric(precision=19, scale=4), nullable=False) for name in AMOUNTS),
        sa.Column("groups", JSONB(), nullable=False),
        sa.Column("lines", JSONB(), nullable=False),
        sa.CheckConstraint("stage IN ('issued', 'certified')", name=op.f(f"ck_{NAME}_stage")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f(f"ck_{NAME}_currency")),
        sa.CheckConstraint("rate_of IN ('period_end', 'issue')", name=op.f(f"ck_{NAME}_rate_of")),
        sa.CheckConstraint("rate > 0 AND rate < 'Infinity'", name=op.f(f"ck_{NAME}_rate")),
        sa.CheckConstraint("gross = net + tax AND due = gross - retained", name=op.f(f"ck_{NAME}_adds_up")),
        sa.CheckConstraint(FINITE, name=op.f(f"ck_{NAME}_finite")),
        sa.ForeignKeyConstraint(
            ["firm_id", "invoice_id"],
            ["invoice.firm_id", "invoice.id"],
            name=op.f(f"fk_{NAME}_firm_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{NAME}_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "invoice_id", "stage", name=op.f(f"pk_{NAME}")),
    )
    op.execute(f"CALL protect('{NAME}')")
    op.execute(f"CALL freeze('{NAME}')")
    op.add_column(
        "document_books", sa.Column("taken_over", sa.Boolean(), server_default="false", nullable=False)
    )

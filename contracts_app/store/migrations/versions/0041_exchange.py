"""Currencies: rates of exchange, what invoices come to in the books, reminders by currency."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

AMOUNT = sa.Numeric(precision=19, scale=4)
RATE = sa.Numeric(precision=22, scale=12)
POSITIVE = "rate > 0 AND rate < 'Infinity'"


def _finite(*columns: str) -> str:
    return " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in columns)


def upgrade() -> None:
    """Every contract that is there is in the currency of its legal entity: nothing is converted."""
    op.create_table(
        "exchange_rate",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("of_currency", sa.Text(), nullable=False),
        sa.Column("to_currency", sa.Text(), nullable=False),
        sa.Column("rate", RATE, nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "of_currency ~ '^[A-Z]{3}$' AND to_currency ~ '^[A-Z]{3}$' AND of_currency <> to_currency",
            name=op.f("ck_exchange_rate_currencies"),
        ),
        sa.CheckConstraint(POSITIVE, name=op.f("ck_exchange_rate_rate")),
        sa.ForeignKeyConstraint(
            ["firm_id", "entered_by"],
            ["person.firm_id", "person.id"],
            name=op.f("fk_exchange_rate_firm_id_entered_by"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_exchange_rate_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_exchange_rate")),
    )
    op.create_index(
        "uq_exchange_rate_day",
        "exchange_rate",
        ["firm_id", "of_currency", "to_currency", "rate_on"],
        unique=True,
        postgresql_where=sa.text("withdrawn_because IS NULL"),
    )
    op.create_table(
        "document_books",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", RATE, nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("rate_of", sa.Text(), nullable=False),
        *(sa.Column(name, AMOUNT, nullable=False) for name in ("due", "tax", "without_tax")),
        sa.CheckConstraint("rate_of IN ('period_end', 'issue')", name=op.f("ck_document_books_rate_of")),
        sa.CheckConstraint(POSITIVE, name=op.f("ck_document_books_rate")),
        sa.CheckConstraint("due = tax + without_tax", name=op.f("ck_document_books_adds_up")),
        sa.CheckConstraint(_finite("due", "tax", "without_tax"), name=op.f("ck_document_books_finite")),
        sa.ForeignKeyConstraint(
            ["firm_id", "invoice_id"],
            ["invoice.firm_id", "invoice.id"],
            name=op.f("fk_document_books_firm_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_document_books_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "invoice_id", name=op.f("pk_document_books")),
    )
    op.create_table(
        "receivable_books",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("receivable_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("rate", RATE, nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.CheckConstraint(POSITIVE, name=op.f("ck_receivable_books_rate")),
        sa.CheckConstraint(_finite("amount"), name=op.f("ck_receivable_books_finite")),
        sa.ForeignKeyConstraint(
            ["firm_id", "receivable_id"],
            ["receivable.firm_id", "receivable.id"],
            name=op.f("fk_receivable_books_firm_id_receivable_id"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_receivable_books_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "receivable_id", name=op.f("pk_receivable_books")),
    )
    for name in ("exchange_rate", "document_books", "receivable_books"):
        op.execute(f"CALL protect('{name}')")
    for name in ("document_books", "receivable_books"):
        op.execute(f"CALL freeze('{name}')")
    # A rate stays as it was entered, or is withdrawn.
    op.execute("REVOKE UPDATE ON exchange_rate FROM contracts_app")
    op.execute("GRANT UPDATE (withdrawn_because, version) ON exchange_rate TO contracts_app")
    op.add_column("reminder", sa.Column("currency", sa.Text(), nullable=True))
    op.execute("ALTER TABLE reminder DISABLE TRIGGER written_once")
    op.execute(
        "UPDATE reminder r SET currency = e.currency FROM legal_entity e"
        " WHERE e.firm_id = r.firm_id AND e.id = r.legal_entity_id"
    )
    op.execute("ALTER TABLE reminder ENABLE TRIGGER written_once")
    op.alter_column("reminder", "currency", nullable=False)
    op.drop_constraint(op.f("uq_reminder_firm_id_client_id_legal_entity_id_reminded_on"), "reminder")
    op.create_unique_constraint(
        "uq_reminder_account_day",
        "reminder",
        ["firm_id", "client_id", "legal_entity_id", "currency", "reminded_on"],
    )

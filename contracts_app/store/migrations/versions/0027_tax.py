"""Tax: rates of a firm, treatment of lines, tax numbers, and what issued invoices say of tax."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

STAGE = "stage IN ('issued', 'certified')"
AMOUNT = sa.Numeric(precision=19, scale=4)


def _finite(*columns: str) -> str:
    return " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in columns)


def upgrade() -> None:
    """Contracts that are there say nothing of tax, and their invoices stay as they are."""
    op.add_column("client", sa.Column("country", sa.Text(), nullable=True))
    op.add_column("client", sa.Column("tax_id", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_client_country"), "client", "country ~ '^[A-Z]{2}$'")
    op.add_column("sov_line", sa.Column("tax", postgresql.JSONB(), nullable=True))
    op.execute("GRANT UPDATE (tax) ON sov_line TO contracts_app")
    op.create_table(
        "tax_rate",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction", sa.Text(), nullable=False),
        sa.Column("tax", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("applies_to", sa.Text(), server_default="", nullable=False),
        sa.Column("rate", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("citation", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("category IN ('standard', 'reduced', 'zero')", name=op.f("ck_tax_rate_category")),
        sa.CheckConstraint(
            "rate BETWEEN 0 AND 1 AND (rate > 0) = (category <> 'zero')", name=op.f("ck_tax_rate_rate")
        ),
        sa.CheckConstraint("effective_to > effective_from", name=op.f("ck_tax_rate_effective")),
        sa.ForeignKeyConstraint(
            ["firm_id", "entered_by"],
            ["person.firm_id", "person.id"],
            name=op.f("fk_tax_rate_firm_id_entered_by"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_tax_rate_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_tax_rate")),
    )
    op.create_index(
        "uq_tax_rate_begins",
        "tax_rate",
        ["firm_id", "jurisdiction", "tax", "category", "applies_to", "effective_from"],
        unique=True,
        postgresql_where=sa.text("withdrawn_because IS NULL"),
    )
    op.create_table(
        "document_tax",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("tax_date", sa.Date(), nullable=False),
        *(sa.Column(name, AMOUNT, nullable=False) for name in ("net", "tax", "gross", "retained", "due")),
        sa.Column("our_number", sa.Text(), server_default="", nullable=False),
        sa.Column("client_number", sa.Text(), server_default="", nullable=False),
        sa.Column("wording", postgresql.JSONB(), nullable=False),
        sa.Column("customer_tax", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(STAGE, name=op.f("ck_document_tax_stage")),
        sa.CheckConstraint(
            "gross = net + tax AND due = gross - retained", name=op.f("ck_document_tax_adds_up")
        ),
        sa.CheckConstraint(
            _finite("net", "tax", "gross", "retained", "due"), name=op.f("ck_document_tax_finite")
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "invoice_id"],
            ["invoice.firm_id", "invoice.id"],
            name=op.f("fk_document_tax_firm_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_document_tax_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "invoice_id", "stage", name=op.f("pk_document_tax")),
    )
    op.create_table(
        "document_tax_group",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tax", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=7, scale=6), nullable=False),
        sa.Column("base", AMOUNT, nullable=False),
        sa.Column("amount", AMOUNT, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(STAGE, name=op.f("ck_document_tax_group_stage")),
        sa.CheckConstraint("code IN ('S', 'Z', 'E', 'AE', 'O')", name=op.f("ck_document_tax_group_code")),
        sa.CheckConstraint(_finite("base", "amount"), name=op.f("ck_document_tax_group_finite")),
        sa.ForeignKeyConstraint(
            ["firm_id", "invoice_id"],
            ["invoice.firm_id", "invoice.id"],
            name=op.f("fk_document_tax_group_firm_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_document_tax_group_firm_id")),
        sa.PrimaryKeyConstraint(
            "firm_id", "invoice_id", "stage", "position", name=op.f("pk_document_tax_group")
        ),
    )
    for name in ("tax_rate", "document_tax", "document_tax_group"):
        op.execute(f"CALL protect('{name}')")
    for name in ("document_tax", "document_tax_group"):
        op.execute(f"CALL freeze('{name}')")
    # A rate stays as it was entered: it ends, or is withdrawn.
    op.execute("REVOKE UPDATE ON tax_rate FROM contracts_app")
    op.execute("GRANT UPDATE (effective_to, withdrawn_because, version) ON tax_rate TO contracts_app")

"""Drafts shown to the client before they are submitted, and what he says of them."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

RULES = """
REVOKE UPDATE ON pencil_copy FROM contracts_app;
GRANT UPDATE (document_id) ON pencil_copy TO contracts_app;
CREATE FUNCTION pencil_paper_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.document_id IS NOT NULL THEN
        RAISE EXCEPTION 'a pencil copy stays as it was shown' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER pencil_paper_once BEFORE UPDATE OR DELETE ON pencil_copy
    FOR EACH ROW EXECUTE FUNCTION pencil_paper_once();
"""


def upgrade() -> None:
    op.create_table(
        "pencil_copy",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("snapshot_sha256", sa.Text(), nullable=False),
        sa.Column("shared_by", sa.Uuid(), nullable=False),
        sa.Column("shared_on", sa.Date(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["firm_id", "invoice_id"],
            ["invoice.firm_id", "invoice.id"],
            name=op.f("fk_pencil_copy_firm_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "shared_by"],
            ["person.firm_id", "person.id"],
            name=op.f("fk_pencil_copy_firm_id_shared_by"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "document_id"],
            ["document.firm_id", "document.id"],
            name=op.f("fk_pencil_copy_firm_id_document_id"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "snapshot_sha256"],
            ["snapshot.firm_id", "snapshot.sha256"],
            name=op.f("fk_pencil_copy_firm_id_snapshot_sha256"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_pencil_copy_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_pencil_copy")),
    )
    op.create_index(op.f("ix_pencil_copy_firm_id_invoice_id"), "pencil_copy", ["firm_id", "invoice_id"])
    op.create_table(
        "pencil_remark",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pencil_id", sa.Uuid(), nullable=False),
        sa.Column("sov_line_id", sa.Uuid(), nullable=True),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("remarked_on", sa.Date(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "pencil_id"],
            ["pencil_copy.firm_id", "pencil_copy.id"],
            name=op.f("fk_pencil_remark_firm_id_pencil_id"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "sov_line_id"],
            ["sov_line.firm_id", "sov_line.id"],
            name=op.f("fk_pencil_remark_firm_id_sov_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "person_id"],
            ["person.firm_id", "person.id"],
            name=op.f("fk_pencil_remark_firm_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_pencil_remark_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_pencil_remark")),
    )
    op.create_index(op.f("ix_pencil_remark_firm_id_pencil_id"), "pencil_remark", ["firm_id", "pencil_id"])
    op.execute("CALL protect('pencil_copy')")
    op.execute("CALL protect('pencil_remark')")
    op.execute("CALL freeze('pencil_remark')")
    op.execute(RULES)

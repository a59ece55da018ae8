"""Links by which a person who was asked by mail approves one content of one draft."""

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

LINKS = """
CALL protect('approval_link');
REVOKE UPDATE ON approval_link FROM contracts_app;

-- Whom a link asks for what, in whatever firm; it works until it ends, for somebody who may approve at all.
CREATE FUNCTION approval_link_of(of_token bytea)
RETURNS TABLE (firm_id uuid, person_id uuid, name text, invoice_id uuid, content_hash text, works boolean)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
    SELECT l.firm_id, l.person_id, p.name, l.invoice_id, l.content_hash,
        l.expires_at > clock_timestamp() AND p.active AND EXISTS (
            SELECT FROM person_role r WHERE r.firm_id = l.firm_id AND r.person_id = l.person_id
                AND r.role IN ('project_manager', 'controller'))
    FROM approval_link l JOIN person p ON p.firm_id = l.firm_id AND p.id = l.person_id
    WHERE l.token_hash = of_token
$$;
REVOKE ALL ON FUNCTION approval_link_of(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION approval_link_of(bytea) TO contracts_app;
"""


def upgrade() -> None:
    """Nobody was asked by mail yet."""
    op.create_table(
        "approval_link",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "made_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("smtp_reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_approval_link_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", f"{target}_id"],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_approval_link_firm_id_{target}_id"),
            )
            for target in ("invoice", "person")
        ),
        sa.PrimaryKeyConstraint(
            "firm_id", "invoice_id", "person_id", "content_hash", name=op.f("pk_approval_link")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_approval_link_token_hash")),
    )
    op.execute(LINKS)

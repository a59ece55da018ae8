"""Daily tickets of extra work, signed on site and priced into change orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

CHECKS = {
    "signature": "num_nonnulls(signed_by, signed_on, signature_noted_by) IN (0, 3) AND signed_on >= work_date"
    " AND (state <> 'signed' OR signed_by IS NOT NULL) AND (state <> 'open' OR signed_by IS NULL)",
    "priced": "change_order_id IS NULL OR state = 'signed'",
    "void": "(state = 'void') = (void_because IS NOT NULL)",
    "state": "state IN ('open', 'signed', 'void')",
}

RULES = """
-- What was signed for stays as signed, and stays in its change order once that one is with the client.
CREATE FUNCTION ticket_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state = 'void'
        OR (NEW.contract_id, NEW.number, NEW.entered_by) IS DISTINCT FROM
           (OLD.contract_id, OLD.number, OLD.entered_by)
        OR OLD.state = 'signed' AND (
            NEW.work_date, NEW.what, NEW.labour, NEW.equipment, NEW.material, NEW.signed_by, NEW.signed_on,
            NEW.evidence, NEW.signature_noted_by
        ) IS DISTINCT FROM (
            OLD.work_date, OLD.what, OLD.labour, OLD.equipment, OLD.material, OLD.signed_by, OLD.signed_on,
            OLD.evidence, OLD.signature_noted_by
        )
    THEN
        RAISE EXCEPTION 'a ticket stays as it was signed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.change_order_id IS NOT NULL AND EXISTS (
        SELECT FROM change_order o
        WHERE o.firm_id = OLD.firm_id AND o.id = OLD.change_order_id
          AND o.order_state IN ('submitted', 'executed')
    ) THEN
        RAISE EXCEPTION 'a ticket stays in a change order that the client has'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ticket_signed BEFORE UPDATE OR DELETE ON work_ticket
    FOR EACH ROW EXECUTE FUNCTION ticket_signed();
"""


def upgrade() -> None:
    """One new table."""
    op.create_table(
        "work_ticket",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("work_date", sa.Date(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("labour", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("equipment", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("material", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=True),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("signature_noted_by", sa.Uuid(), nullable=True),
        sa.Column("change_order_id", sa.Uuid(), nullable=True),
        sa.Column("void_because", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_work_ticket_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_work_ticket_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{table}.firm_id", f"{table}.id"],
                name=op.f(f"fk_work_ticket_firm_id_{column}"),
            )
            for column, table in (
                ("contract_id", "contract"),
                ("entered_by", "person"),
                ("signature_noted_by", "person"),
                ("change_order_id", "change_order"),
            )
        ),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_work_ticket")),
        sa.UniqueConstraint(
            "firm_id", "contract_id", "number", name=op.f("uq_work_ticket_firm_id_contract_id_number")
        ),
    )
    op.execute("CALL protect('work_ticket')")
    op.execute(RULES)

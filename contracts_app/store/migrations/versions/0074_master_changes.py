"""Master data changes by two persons: what one proposed, another agrees to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

REFERS = {
    "proposed_by": "person",
    "agreed_by": "person",
    "legal_entity_id": "legal_entity",
    "contract_id": "contract",
}
DAYS = ("effective_from", "proposed_on", "agreed_on")
DECIDED = """
-- A change is agreed to or withdrawn once, as it was proposed.
CREATE FUNCTION master_change_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'proposed'
        OR (NEW.command, NEW.about, NEW.legal_entity_id, NEW.contract_id, NEW.body, NEW.body_hash, NEW.change,
            NEW.effective_from, NEW.proposed_by, NEW.proposed_at, NEW.proposed_on)
        IS DISTINCT FROM (OLD.command, OLD.about, OLD.legal_entity_id, OLD.contract_id, OLD.body, OLD.body_hash,
            OLD.change, OLD.effective_from, OLD.proposed_by, OLD.proposed_at, OLD.proposed_on) THEN
        RAISE EXCEPTION 'a change stays as it was proposed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER master_change_decided BEFORE UPDATE ON master_change
    FOR EACH ROW EXECUTE FUNCTION master_change_decided();

-- Where a company that has issued is paid to, and its tax number, change only as a change says that this very
-- transaction agreed to. For the application's role: what the owner of the tables does is found by the checkpoints.
CREATE FUNCTION second_person() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed record;
BEGIN
    IF NOT EXISTS (
        SELECT FROM issued_invoice i WHERE i.firm_id = OLD.firm_id AND i.legal_entity_id = OLD.id
    ) THEN
        RETURN NEW;
    END IF;
    FOR changed IN
        SELECT * FROM (VALUES
            ('set_payment_instructions', 'payment_instructions', OLD.payment_instructions, NEW.payment_instructions),
            ('set_tax_number', 'tax_id', coalesce(OLD.tax_id, ''), coalesce(NEW.tax_id, ''))
        ) AS v (command, field, was, becomes) WHERE was <> becomes
    LOOP
        IF NOT EXISTS (
            SELECT FROM master_change m
            WHERE m.firm_id = NEW.firm_id AND m.legal_entity_id = NEW.id AND m.command = changed.command
              AND m.state = 'agreed' AND m.agreed_at >= transaction_timestamp()
              AND coalesce(m.body ->> changed.field, '') = changed.becomes
        ) THEN
            RAISE EXCEPTION '% of a company that has issued needs a second person', changed.field
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER second_person BEFORE UPDATE OF payment_instructions, tax_id ON legal_entity
    FOR EACH ROW WHEN (current_user = 'contracts_app') EXECUTE FUNCTION second_person();

-- What invoice numbers begin with is said when the company is added; from then on they are only counted.
CREATE FUNCTION series_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.legal_entity_id, NEW.series, NEW.prefix, NEW.width) IS DISTINCT FROM
        (OLD.legal_entity_id, OLD.series, OLD.prefix, OLD.width) THEN
        RAISE EXCEPTION 'a number series stays as it was set' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER series_stays BEFORE UPDATE ON number_series
    FOR EACH ROW WHEN (current_user = 'contracts_app') EXECUTE FUNCTION series_stays();
"""


def upgrade() -> None:
    """Nothing waits yet."""
    op.create_table(
        "master_change",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("command", "about", "body_hash", "state")),
        *(sa.Column(name, sa.Uuid(), nullable=name != "proposed_by") for name in REFERS),
        *(sa.Column(name, postgresql.JSONB(), nullable=False) for name in ("body", "change")),
        *(sa.Column(name, sa.Date(), nullable=name != "proposed_on") for name in DAYS),
        sa.Column(
            "proposed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(
            sa.CheckConstraint(says, name=op.f(f"ck_master_change_{rule}"))
            for rule, says in {
                "state": "state IN ('proposed', 'agreed', 'withdrawn')",
                "agreed": "(state = 'agreed') = (agreed_by IS NOT NULL)",
                "agreed_at": "(agreed_by IS NULL) = (agreed_at IS NULL)",
                "agreed_on": "(agreed_by IS NULL) = (agreed_on IS NULL)",
                "withdrawn": "(state = 'withdrawn') = (withdrawn_because IS NOT NULL)",
                "four_eyes": "agreed_by <> proposed_by",
            }.items()
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_master_change_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", name], [f"{of}.firm_id", f"{of}.id"], name=op.f(f"fk_master_change_firm_id_{name}")
            )
            for name, of in REFERS.items()
        ),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_master_change")),
    )
    op.create_index(
        "uq_master_change_proposed", "master_change", ["firm_id", "command", "about"], unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )  # fmt: skip
    for name in ("legal_entity_id", "contract_id"):
        op.create_index(op.f(f"ix_master_change_firm_id_{name}"), "master_change", ["firm_id", name])
    op.execute("CALL protect('master_change')")
    op.execute("CALL log_changes('master_change')")
    op.execute("CALL log_versions('master_change')")
    op.execute(DECIDED)

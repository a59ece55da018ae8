"""Who prepared a contract, why it was sent back, and who wrote time up."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

RULES = """
-- Until now only the last hand at the terms was kept; the audit trail knows every hand.
INSERT INTO contract_preparer (firm_id, contract_id, person_id)
SELECT firm_id, id, prepared_by FROM contract WHERE prepared_by IS NOT NULL
UNION
SELECT k.firm_id, k.id, (a.body::jsonb ->> 'by')::uuid
FROM contract k
JOIN audit_entry a ON a.firm_id = k.firm_id AND a.body::jsonb ->> 'id' = k.id::text
WHERE a.body::jsonb ->> 'kind' = 'contract' AND a.body::jsonb ->> 'doing' = 'done'
  AND a.body::jsonb ->> 'by' IS NOT NULL AND a.body::jsonb ->> 'to_state' = 'setting_up';

-- Nobody puts in force what he prepared. Contracts that are in force already stay as they are.
CREATE FUNCTION activated_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM contract_preparer p
        WHERE p.firm_id = NEW.firm_id AND p.contract_id = NEW.id AND p.person_id = NEW.activated_by
    ) THEN
        RAISE EXCEPTION 'whoever prepared a contract cannot activate it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER four_eyes BEFORE UPDATE OF activated_by ON contract
    FOR EACH ROW WHEN (NEW.activated_by IS NOT NULL AND OLD.activated_by IS NULL)
    EXECUTE FUNCTION activated_by_another();
"""


def upgrade() -> None:
    """Keep every hand at a contract, and let the database refuse the same hand at its approval."""
    op.create_table(
        "contract_preparer",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column(
            "since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "contract_id"],
            ["contract.firm_id", "contract.id"],
            name=op.f("fk_contract_preparer_firm_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "person_id"],
            ["person.firm_id", "person.id"],
            name=op.f("fk_contract_preparer_firm_id_person_id"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_contract_preparer_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "contract_id", "person_id", name=op.f("pk_contract_preparer")),
    )
    op.execute("CALL protect('contract_preparer')")
    op.execute("CALL freeze('contract_preparer')")
    op.add_column("contract", sa.Column("returned_because", sa.Text(), nullable=True))
    op.add_column("contract", sa.Column("returned_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_contract_firm_id_returned_by"),
        "contract",
        "person",
        ["firm_id", "returned_by"],
        ["firm_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_contract_returned"), "contract", "(returned_because IS NULL) = (returned_by IS NULL)"
    )
    op.add_column("time_entry", sa.Column("written_up_by", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_time_entry_firm_id_written_up_by"),
        "time_entry",
        "person",
        ["firm_id", "written_up_by"],
        ["firm_id", "id"],
    )
    op.create_check_constraint(
        op.f("ck_time_entry_written_up"),
        "time_entry",
        "state <> 'approved' OR written_up_by IS NULL OR written_up_by <> decided_by",
    )
    op.execute(RULES)

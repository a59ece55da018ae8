"""The contracts of a billing run are fixed when it starts, and a firm has one run at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# What a run has been through is what it was for; one that is at work goes on with what is due by now.
KNOWN = """
INSERT INTO billing_run_contract (firm_id, billing_run_id, contract_id)
SELECT firm_id, billing_run_id, contract_id FROM billing_run_item
UNION
SELECT r.firm_id, r.id, c.id FROM billing_run r JOIN contract c ON c.firm_id = r.firm_id
WHERE r.state = 'running' AND c.state = 'active' AND c.terms ->> 'billed_by_run' = 'true';

UPDATE billing_run r SET contracts = (
    SELECT count(*) FROM billing_run_contract m WHERE m.firm_id = r.firm_id AND m.billing_run_id = r.id
);
"""


def upgrade() -> None:
    """Keep what each run is for, and refuse a second run at a time.

    Stops where two runs of one firm are at work: let them end first.
    """
    op.create_table(
        "billing_run_contract",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("billing_run_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["firm_id", "billing_run_id"],
            ["billing_run.firm_id", "billing_run.id"],
            name=op.f("fk_billing_run_contract_firm_id_billing_run_id"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "contract_id"],
            ["contract.firm_id", "contract.id"],
            name=op.f("fk_billing_run_contract_firm_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_billing_run_contract_firm_id")),
        sa.PrimaryKeyConstraint(
            "firm_id", "billing_run_id", "contract_id", name=op.f("pk_billing_run_contract")
        ),
    )
    op.execute("CALL protect('billing_run_contract')")
    op.execute(KNOWN)
    op.execute("CALL freeze('billing_run_contract')")
    op.create_foreign_key(
        op.f("fk_billing_run_item_firm_id_billing_run_id_contract_id"),
        "billing_run_item",
        "billing_run_contract",
        ["firm_id", "billing_run_id", "contract_id"],
        ["firm_id", "billing_run_id", "contract_id"],
    )
    op.create_index(
        "uq_billing_run_one_at_a_time",
        "billing_run",
        ["firm_id"],
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )

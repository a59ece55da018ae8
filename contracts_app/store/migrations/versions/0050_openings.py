"""Where contracts stood when their billing moved here, and the retainage that was held."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

GUARDS = """
-- An opening can be taken back in set-up only; in force, retainage and the first application start from it.
CREATE TRIGGER only_in_set_up BEFORE UPDATE OR DELETE ON opening
    FOR EACH ROW EXECUTE FUNCTION only_in_set_up();
CREATE TRIGGER only_in_set_up BEFORE UPDATE OR DELETE ON opening_line
    FOR EACH ROW EXECUTE FUNCTION only_in_set_up();
GRANT DELETE ON opening, opening_line TO contracts_app;
REVOKE UPDATE ON opening, opening_line FROM contracts_app;
CREATE UNIQUE INDEX uq_retainage_entry_opening ON retainage_entry (firm_id, sov_line_id)
    WHERE cause = 'opening';
"""


def upgrade() -> None:
    """No contract that is there has an opening: its first application started from nothing."""
    op.create_table(
        "opening",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("application_no", sa.Integer(), nullable=False),
        sa.Column("period_to", sa.Date(), nullable=False),
        *(_money(name) for name in ("line4", "line6")),
        sa.Column("paid", sa.Numeric(precision=19, scale=4), nullable=True),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "application_no BETWEEN 1 AND 9998", name=op.f("ck_opening_application_no")
        ),
        sa.CheckConstraint("line4 >= 0 AND line6 >= 0", name=op.f("ck_opening_amounts")),
        sa.CheckConstraint(_finite("line4", "line6", "paid"), name=op.f("ck_opening_finite")),
        sa.PrimaryKeyConstraint("firm_id", "contract_id", name=op.f("pk_opening")),
        *_refers("opening", contract="contract_id", import_file="import_id"),
    )
    op.create_table(
        "opening_line",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("sov_line_id", sa.Uuid(), nullable=False),
        *(_money(name) for name in ("completed", "stored", "withheld")),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(_finite("completed", "stored", "withheld"), name=op.f("ck_opening_line_finite")),
        sa.PrimaryKeyConstraint("firm_id", "contract_id", "sov_line_id", name=op.f("pk_opening_line")),
        *_refers("opening_line", sov_line="sov_line_id", import_file="import_id"),
        sa.ForeignKeyConstraint(
            ["firm_id", "contract_id"],
            ["opening.firm_id", "opening.contract_id"],
            name=op.f("fk_opening_line_firm_id_contract_id"),
        ),
    )
    for name in ("opening", "opening_line"):
        op.execute(f"CALL protect('{name}')")
    op.alter_column("retainage_entry", "invoice_id", existing_type=sa.Uuid(), nullable=True)
    op.drop_constraint(op.f("ck_retainage_entry_cause"), "retainage_entry", type_="check")
    op.create_check_constraint(
        op.f("ck_retainage_entry_cause"),
        "retainage_entry",
        "cause IN ('issue', 'certificate', 'opening') AND (cause = 'opening') = (invoice_id IS NULL)",
    )
    op.execute(GUARDS)


def _money(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Numeric(precision=19, scale=4), nullable=False)


def _finite(*columns: str) -> str:
    return " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in columns)


def _refers(name: str, **targets: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return (
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{name}_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_{name}_firm_id_{column}"),
            )
            for target, column in targets.items()
        ),
    )

"""Budgets of contracts, brought by files."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

NAME = "budget_line"
AMOUNTS = ("original", "changes", "revised", "at_completion")
MONEY = sa.Numeric(precision=19, scale=4)


def upgrade() -> None:
    """No contract has any yet; what a file brought goes only with the file."""
    finite = " AND ".join(
        f"{name} > '-Infinity' AND {name} < 'Infinity'" for name in (*AMOUNTS, "committed", "actual")
    )
    op.create_table(
        NAME,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("firm_id", "id", "contract_id")),
        sa.Column("line", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("edition", "position")),
        sa.Column("cost_code", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("cost_type", "description")),
        *(sa.Column(name, MONEY, nullable=False) for name in AMOUNTS),
        *(sa.Column(name, MONEY, nullable=True) for name in ("committed", "actual")),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("revised = original + changes", name=op.f(f"ck_{NAME}_adds_up")),
        sa.CheckConstraint(finite, name=op.f(f"ck_{NAME}_finite")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f(f"pk_{NAME}")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{NAME}_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{other}.firm_id", f"{other}.id"],
                name=op.f(f"fk_{NAME}_firm_id_{column}"),
            )
            for column, other in (("contract_id", "contract"), ("import_id", "import_file"))
        ),
        sa.UniqueConstraint(
            "firm_id",
            "contract_id",
            "line",
            "edition",
            name=op.f(f"uq_{NAME}_firm_id_contract_id_line_edition"),
        ),
    )
    op.create_index(op.f(f"ix_{NAME}_firm_id_import_id"), NAME, ["firm_id", "import_id"])
    op.execute(f"CALL protect('{NAME}')")
    op.execute(f"CALL freeze('{NAME}')")
    op.execute(f"GRANT DELETE ON {NAME} TO contracts_app")
    op.execute(f"DROP TRIGGER written_once ON {NAME}")
    op.execute(
        f"CREATE TRIGGER written_once BEFORE UPDATE ON {NAME} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER written_once_deleted BEFORE DELETE ON {NAME} FOR EACH ROW"
        " WHEN (NOT being_undone(OLD.firm_id, OLD.import_id)) EXECUTE FUNCTION refuse_change()"
    )

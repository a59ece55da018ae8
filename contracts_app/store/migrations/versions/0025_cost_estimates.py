"""Estimates at completion, from which reports of work in progress are made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None



def upgrade() -> None:
    """An estimate is written once; a later one takes its place from its day on."""
    money = sa.Numeric(precision=19, scale=4)
    op.create_table(
        "cost_estimate",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("at_completion", money, nullable=False),
        sa.Column("to_date", money, nullable=True),
        sa.Column("uninstalled", money, nullable=False),
        sa.Column("wasted", money, nullable=False),
        sa.Column("measure", postgresql.JSONB(), nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "at_completion >= 0 AND uninstalled >= 0 AND wasted >= 0 AND to_date BETWEEN 0 AND at_completion",
            name=op.f("ck_cost_estimate_amounts"),
        ),
        sa.CheckConstraint("as_of <= entered_on", name=op.f("ck_cost_estimate_as_of")),
        sa.CheckConstraint(
            " AND ".join(
                f"{c} > '-Infinity' AND {c} < 'Infinity'"
                for c in ("at_completion", "to_date", "uninstalled", "wasted")
            ),
            name=op.f("ck_cost_estimate_finite"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "contract_id"],
            ["contract.firm_id", "contract.id"],
            name=op.f("fk_cost_estimate_firm_id_contract_id"),
        ),
        sa.ForeignKeyConstraint(
            ["firm_id", "entered_by"],
            ["person.firm_id", "person.id"],
            name=op.f("fk_cost_estimate_firm_id_entered_by"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_cost_estimate_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_cost_estimate")),
    )
    op.create_index(
        op.f("ix_cost_estimate_firm_id_contract_id_as_of"),
        "cost_estimate",
        ["firm_id", "contract_id", "as_of"],
    )
    op.execute("CALL protect('cost_estimate')")
    op.execute("CALL freeze('cost_estimate')")

"""That a share of a cap or an order was reached is told once."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A record of what was told, written once."""
    op.create_table(
        "limit_notice",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("limit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Numeric(precision=19, scale=6), nullable=False),
        sa.Column("amount", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("earned", sa.Numeric(precision=19, scale=4), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("level > 0 AND level < 'Infinity'", name=op.f("ck_limit_notice_level")),
        sa.CheckConstraint(
            "amount > '-Infinity' AND amount < 'Infinity' AND earned > '-Infinity' AND earned < 'Infinity'",
            name=op.f("ck_limit_notice_finite"),
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_limit_notice_firm_id")),
        sa.ForeignKeyConstraint(
            ["firm_id", "contract_id"],
            ["contract.firm_id", "contract.id"],
            name=op.f("fk_limit_notice_firm_id_contract_id"),
        ),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_limit_notice")),
        sa.UniqueConstraint(
            "firm_id",
            "limit_id",
            "level",
            "amount",
            name=op.f("uq_limit_notice_firm_id_limit_id_level_amount"),
        ),
    )
    op.create_index(op.f("ix_limit_notice_firm_id_contract_id"), "limit_notice", ["firm_id", "contract_id"])
    op.execute("CALL protect('limit_notice')")
    op.execute("CALL freeze('limit_notice')")

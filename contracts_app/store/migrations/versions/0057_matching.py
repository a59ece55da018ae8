"""Saved aliases of names in files; files for many contracts, whose parts are imports of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

STATES = (
    "received needs_decision ready posting posted refused withdrawn undoing undone to_distribute distributed"
).split()
OTHERS = {
    "contract_id": "contract",
    "chosen_by": "person",
    "withdrawn_by": "person",
    "import_id": "import_file",
}


def upgrade() -> None:
    """No name has an alias yet, and every file is for one contract or for none."""
    op.create_table(
        "alias",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=True),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("written", sa.Text(), nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("chosen_by", sa.Uuid(), nullable=False),
        sa.Column(
            "chosen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_alias")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_alias_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{other}.firm_id", f"{other}.id"],
                name=op.f(f"fk_alias_firm_id_{column}"),
            )
            for column, other in OTHERS.items()
        ),
        sa.CheckConstraint(
            "kind IN ('person', 'task', 'sov_line', 'client')", name=op.f("ck_alias_kind")
        ),
        sa.CheckConstraint(
            "(withdrawn_because IS NULL) = (withdrawn_by IS NULL)", name=op.f("ck_alias_withdrawn")
        ),
    )
    op.create_index(
        "uq_alias_folded",
        "alias",
        ["firm_id", "kind", "contract_id", "folded"],
        unique=True,
        postgresql_where=sa.text("withdrawn_because IS NULL"),
        postgresql_nulls_not_distinct=True,
    )
    op.execute("CALL protect('alias')")
    op.add_column("import_file", sa.Column("parent_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_import_file_firm_id_parent_id"),
        "import_file",
        "import_file",
        ["firm_id", "parent_id"],
        ["firm_id", "id"],
    )
    op.create_index(op.f("ix_import_file_firm_id_parent_id"), "import_file", ["firm_id", "parent_id"])
    op.drop_constraint(op.f("ck_import_file_state"), "import_file", type_="check")
    states = ", ".join(f"'{state}'" for state in STATES)
    op.create_check_constraint(op.f("ck_import_file_state"), "import_file", f"state IN ({states})")

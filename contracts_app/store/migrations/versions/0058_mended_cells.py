"""Cells of a file that a person mended, and the rows that can be mended."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Files read before have no rows to mend until they are read again."""
    json = postgresql.JSONB(astext_type=sa.Text())
    op.create_table(
        "row_to_mend",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("cells", json, nullable=False),
        sa.Column("problems", json, nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "import_id", "position", name=op.f("pk_row_to_mend")),
        *_belongs("row_to_mend", import_id="import_file"),
    )
    op.create_table(
        "mended_cell",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("letters", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("became", sa.Text(), nullable=False),
        sa.Column("mended_by", sa.Uuid(), nullable=False),
        sa.Column(
            "mended_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("was <> became", name=op.f("ck_mended_cell_mended")),
        sa.PrimaryKeyConstraint(
            "firm_id", "import_id", "sheet", "row_number", "letters", name=op.f("pk_mended_cell")
        ),
        *_belongs("mended_cell", import_id="import_file", mended_by="person"),
    )
    for name in ("row_to_mend", "mended_cell"):
        op.execute(f"CALL protect('{name}')")
        op.execute(f"GRANT DELETE ON {name} TO contracts_app")


def _belongs(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    """The firm's foreign key, and those to rows of the same firm."""
    keys = [sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{table}_firm_id"))]
    return keys + [
        sa.ForeignKeyConstraint(
            ["firm_id", column],
            [f"{target}.firm_id", f"{target}.id"],
            name=op.f(f"fk_{table}_firm_id_{column}"),
        )
        for column, target in targets.items()
    ]

"""People at clients come in from files."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

NAME = "client_contact"


def upgrade() -> None:
    """Nobody is known so far but those who sign in."""
    op.create_table(
        NAME,
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("firm_id", "id", "client_id")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("name", "email")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("phone", "title")),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("external_id", "source")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f(f"pk_{NAME}")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{NAME}_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{other}.firm_id", f"{other}.id"],
                name=op.f(f"fk_{NAME}_firm_id_{column}"),
            )
            for column, other in (("client_id", "client"), ("import_id", "import_file"))
        ),
        sa.UniqueConstraint("firm_id", "client_id", "email", name=op.f(f"uq_{NAME}_firm_id_client_id_email")),
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

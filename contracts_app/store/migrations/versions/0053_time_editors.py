"""Who corrected time, beside whoever entered it."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of the time that is there, whoever corrected it last stands as who entered it."""
    op.create_table(
        "time_editor",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in ("firm_id", "time_entry_id", "person_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_time_editor_firm_id_{column}"),
            )
            for column, target in (("time_entry_id", "time_entry"), ("person_id", "person"))
        ),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_time_editor_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "time_entry_id", "person_id", name=op.f("pk_time_editor")),
    )
    op.execute("CALL protect('time_editor')")
    op.execute("REVOKE UPDATE ON time_editor FROM contracts_app")
    # Taken back, an entry takes with it who corrected it; the audit keeps both.
    op.execute("GRANT DELETE ON time_editor TO contracts_app")

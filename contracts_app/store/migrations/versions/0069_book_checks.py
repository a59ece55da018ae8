"""What the checks of a firm's books found, and who was told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None


def _at(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("clock_timestamp()")
    )


def _to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", column],
        [f"{target}.firm_id", f"{target}.id"],
        name=op.f(f"fk_{table}_firm_id_{column}"),
    )


def upgrade() -> None:
    """Written once, both."""
    op.create_table(
        "book_check",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("begun_at"),
        _at("ended_at"),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("holds", sa.Boolean(), nullable=False),
        sa.Column("quiet", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("checkpoints", sa.Integer(), nullable=False),
        sa.Column("checkpoint", sa.Text()),
        sa.Column("asked_by", sa.Uuid()),
        _to("book_check", "asked_by", "person"),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_book_check_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f("pk_book_check")),
    )
    op.create_index(op.f("ix_book_check_firm_id_ended_at"), "book_check", ["firm_id", "ended_at"])
    op.create_table(
        "book_check_letter",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        _at("sent_at"),
        sa.Column("smtp_reply", sa.Text(), nullable=False),
        _to("book_check_letter", "check_id", "book_check"),
        _to("book_check_letter", "person_id", "person"),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_book_check_letter_firm_id")),
        sa.PrimaryKeyConstraint(
            "firm_id", "check_id", "person_id", name=op.f("pk_book_check_letter")
        ),
    )
    for name in ("book_check", "book_check_letter"):
        op.execute(f"CALL protect('{name}')")
        op.execute(f"CALL freeze('{name}')")
        op.execute(f"CALL log_changes('{name}')")

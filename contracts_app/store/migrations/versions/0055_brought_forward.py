"""What clients owe from the system before, and cash of theirs that stands on no invoice."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

UUIDS, TEXTS = sa.Uuid(), sa.Text()
MONEY = sa.Numeric(19, 4)
FINITE = "{0} > '-Infinity' AND {0} < 'Infinity'"


def table(name: str, *items: sa.schema.SchemaItem, key: tuple[str, ...] = ("id",), **to: str) -> None:
    """A table of the firm, protected and written once; `to`: column → table it refers to."""
    op.create_table(
        name,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        *items,
        sa.PrimaryKeyConstraint("firm_id", *key, name=op.f(f"pk_{name}")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{name}_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{other}.firm_id", f"{other}.id"],
                name=op.f(f"fk_{name}_firm_id_{column}"),
            )
            for column, other in to.items()
        ),
    )
    op.execute(f"CALL protect('{name}')")
    op.execute(f"CALL freeze('{name}')")


def deleted_when_undone(name: str) -> None:
    """What an import brought may be deleted while it is taken back, and never else."""
    op.execute(f"GRANT DELETE ON {name} TO contracts_app")
    op.execute(f"DROP TRIGGER written_once ON {name}")
    op.execute(
        f"CREATE TRIGGER written_once BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER written_once_deleted BEFORE DELETE ON {name} FOR EACH ROW"
        " WHEN (NOT being_undone(OLD.firm_id, OLD.import_id)) EXECUTE FUNCTION refuse_change()"
    )


def column(name: str, kind: Any, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    """A column; it has to be filled unless it is nullable."""
    return sa.Column(name, kind, nullable=nullable, **more)


def upgrade() -> None:
    """Nothing was brought forward so far; all payments came in here."""
    name = "brought_forward"
    table(
        name,
        *(column(one, UUIDS) for one in ("id", "client_id", "legal_entity_id")),
        *(column(one, TEXTS) for one in ("part", "number")),
        column("issued_on", sa.Date()),
        column("due_on", sa.Date(), True),
        column("original", MONEY, True),
        column("amount", MONEY),
        column("currency", TEXTS),
        column("description", TEXTS, server_default=""),
        column("import_id", UUIDS),
        *(column(one, TEXTS) for one in ("external_id", "source")),
        sa.CheckConstraint("part IN ('balance', 'retainage')", name=op.f(f"ck_{name}_part")),
        sa.CheckConstraint("(part = 'balance') = (due_on IS NOT NULL)", name=op.f(f"ck_{name}_due")),
        sa.CheckConstraint("amount > 0", name=op.f(f"ck_{name}_amount")),
        sa.CheckConstraint(
            " AND ".join(FINITE.format(one) for one in ("amount", "original")), name=op.f(f"ck_{name}_finite")
        ),
        sa.UniqueConstraint(
            "firm_id", "client_id", "legal_entity_id", "number", "part", name="uq_brought_forward_number"
        ),
        client_id="client",
        legal_entity_id="legal_entity",
        import_id="import_file",
    )
    op.create_index(op.f(f"ix_{name}_firm_id_import_id"), name, ["firm_id", "import_id"])
    deleted_when_undone(name)
    name = "brought_forward_cash"
    table(
        name,
        *(column(one, UUIDS) for one in ("id", "brought_forward_id", "payment_id")),
        column("amount", MONEY),
        column("posted_on", sa.Date()),
        column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()")),
        sa.CheckConstraint("amount < 0", name=op.f(f"ck_{name}_amount")),
        sa.CheckConstraint(FINITE.format("amount"), name=op.f(f"ck_{name}_finite")),
        sa.UniqueConstraint("firm_id", "brought_forward_id", "payment_id", name="uq_brought_forward_cash_once"),
        brought_forward_id="brought_forward",
        payment_id="payment",
    )
    op.create_index(op.f(f"ix_{name}_firm_id_payment_id"), name, ["firm_id", "payment_id"])
    name = "imported_of_firm"
    table(
        name,
        *(column(one, TEXTS) for one in ("kind", "external_id", "content_key")),
        *(column(one, postgresql.JSONB(astext_type=sa.Text())) for one in ("content", "source")),
        column("import_id", UUIDS),
        key=("kind", "external_id"),
        import_id="import_file",
    )
    op.create_index(op.f(f"ix_{name}_firm_id_import_id"), name, ["firm_id", "import_id"])
    deleted_when_undone(name)
    op.add_column("payment", column("import_id", UUIDS, True))
    op.create_foreign_key(
        op.f("fk_payment_firm_id_import_id"),
        "payment",
        "import_file",
        ["firm_id", "import_id"],
        ["firm_id", "id"],
    )
    deleted_when_undone("payment")

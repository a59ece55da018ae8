"""Billing groups: several contracts of a client on one invoice, with one number."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
FINITE = " AND ".join(
    f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in ("net", "tax", "deposit_applied", "due")
)
NUMBERED = ("firm_id", "id", "legal_entity_id", "series", "number")
GUARDS = """
GRANT DELETE ON billing_group_contract TO contracts_app;

-- One number is one paper: an invoice of one contract, or the sections of one invoice of several.
CREATE FUNCTION number_of_one_paper() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'group_invoice' AND EXISTS (
        SELECT FROM issued_invoice i WHERE (i.firm_id, i.legal_entity_id, i.series, i.number)
            = (NEW.firm_id, NEW.legal_entity_id, NEW.series, NEW.number)
    ) THEN
        RAISE EXCEPTION 'number % is an invoice of one contract', NEW.number USING ERRCODE = 'unique_violation';
    END IF;
    IF TG_TABLE_NAME = 'issued_invoice' AND to_jsonb(NEW) ->> 'group_invoice_id' IS NULL AND EXISTS (
        SELECT FROM group_invoice g WHERE (g.firm_id, g.legal_entity_id, g.series, g.number)
            = (NEW.firm_id, NEW.legal_entity_id, NEW.series, NEW.number)
    ) THEN
        RAISE EXCEPTION 'number % is an invoice of several contracts', NEW.number
            USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER number_of_one_paper BEFORE INSERT ON issued_invoice
    FOR EACH ROW EXECUTE FUNCTION number_of_one_paper();
CREATE TRIGGER number_of_one_paper BEFORE INSERT ON group_invoice
    FOR EACH ROW EXECUTE FUNCTION number_of_one_paper();

-- What a group's invoice says that it comes to is what its sections come to, when the transaction ends.
CREATE FUNCTION sections_make_the_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT (count(*) > 0, coalesce(sum(i.line8), 0), coalesce(sum(i.deposit_applied), 0))
        FROM issued_invoice i WHERE i.firm_id = NEW.firm_id AND i.group_invoice_id = NEW.id)
        IS DISTINCT FROM (true, NEW.net, NEW.deposit_applied)
    THEN
        RAISE EXCEPTION 'the sections of invoice % do not make its sum', NEW.number_text
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER sections_make_the_sum AFTER INSERT ON group_invoice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION sections_make_the_sum();
"""


def upgrade() -> None:
    """Contracts that are there are in no group, and their invoices have numbers of their own."""
    _table(
        "billing_group",
        _ref("id"), _ref("client_id"), _ref("legal_entity_id"), _words("name"), _words("state"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('active', 'dissolved')", name=op.f("ck_billing_group_state")),
        sa.UniqueConstraint("firm_id", "client_id", "name", name=op.f("uq_billing_group_firm_id_client_id_name")),
        to={"client_id": "client", "legal_entity_id": "legal_entity"},
    )  # fmt: skip
    _table(
        "billing_group_contract",
        _ref("contract_id"), _ref("billing_group_id"),
        to={"contract_id": "contract", "billing_group_id": "billing_group"},
        key=("contract_id",),
    )  # fmt: skip
    op.create_index(
        op.f("ix_billing_group_contract_firm_id_billing_group_id"),
        "billing_group_contract",
        ["firm_id", "billing_group_id"],
    )
    _table(
        "group_invoice",
        _ref("id"), _ref("billing_group_id"), _ref("client_id"), _ref("legal_entity_id"), _words("series"),
        sa.Column("number", sa.BigInteger(), nullable=False), _words("number_text"),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        _ref("issued_by"), _words("currency"), sa.Column("due_on", sa.Date(), nullable=False),
        _money("net"), _money("tax"), _money("deposit_applied"), _money("due"), _ref("carried_by"),
        sa.CheckConstraint("due = net + tax - deposit_applied", name=op.f("ck_group_invoice_due")),
        sa.CheckConstraint(FINITE, name=op.f("ck_group_invoice_finite")),
        sa.UniqueConstraint("firm_id", "number_text", name=op.f("uq_group_invoice_firm_id_number_text")),
        sa.UniqueConstraint(
            "firm_id", "legal_entity_id", "series", "number",
            name=op.f("uq_group_invoice_firm_id_legal_entity_id_series_number"),
        ),
        sa.UniqueConstraint(*NUMBERED, name="uq_group_invoice_numbered"),
        to={
            "billing_group_id": "billing_group", "client_id": "client", "legal_entity_id": "legal_entity",
            "issued_by": "person", "carried_by": "invoice",
        },
    )  # fmt: skip
    op.create_index(
        op.f("ix_group_invoice_firm_id_billing_group_id"), "group_invoice", ["firm_id", "billing_group_id"]
    )
    _table(
        "group_left_out",
        _ref("group_invoice_id"), _ref("invoice_id"), _words("reason"), _ref("person_id"),
        sa.CheckConstraint("length(reason) >= 3", name=op.f("ck_group_left_out_reason")),
        to={"group_invoice_id": "group_invoice", "invoice_id": "invoice", "person_id": "person"},
        key=("group_invoice_id", "invoice_id"),
    )  # fmt: skip
    op.add_column("issued_invoice", sa.Column("group_invoice_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_issued_invoice_group_invoice",
        "issued_invoice",
        "group_invoice",
        ["firm_id", "group_invoice_id", "legal_entity_id", "series", "number"],
        list(NUMBERED),
    )
    op.drop_constraint(op.f("uq_issued_invoice_firm_id_legal_entity_id_series_number"), "issued_invoice")
    op.create_index(
        "uq_issued_invoice_number",
        "issued_invoice",
        ["firm_id", "legal_entity_id", "series", "number"],
        unique=True,
        postgresql_where=sa.text("group_invoice_id IS NULL"),
    )
    op.create_index("ix_issued_invoice_group", "issued_invoice", ["firm_id", "group_invoice_id"])
    op.execute(GUARDS)
    for name in ("group_invoice", "group_left_out"):
        op.execute(f"CALL freeze('{name}')")


def _table(name: str, *items: sa.schema.SchemaItem, to: dict[str, str], key: tuple[str, ...] = ("id",)) -> None:
    op.create_table(
        name,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        *items,
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{name}_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_{name}_firm_id_{column}"),
            )
            for column, target in to.items()
        ),
        sa.PrimaryKeyConstraint("firm_id", *key, name=op.f(f"pk_{name}")),
    )
    op.execute(f"CALL protect('{name}')")


def _ref(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _money(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Numeric(precision=19, scale=4), nullable=False)

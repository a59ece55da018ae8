"""Client purchase orders as funding, caps over several lines, and what approved drafts keep of both."""

import uuid

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MONEY = sa.Numeric(precision=19, scale=4)
NOW = sa.text("clock_timestamp()")
GUARDS = """
REVOKE UPDATE ON charge_part FROM contracts_app;
GRANT DELETE ON charge_part, client_order_line, client_order_line_of, client_order_contract TO contracts_app;

CREATE FUNCTION part_stays_once_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM issued_invoice i WHERE i.firm_id = OLD.firm_id AND i.invoice_id = OLD.invoice_id)
    THEN
        RAISE EXCEPTION 'what an issued invoice bills is fixed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER part_stays_once_issued BEFORE DELETE ON charge_part
    FOR EACH ROW EXECUTE FUNCTION part_stays_once_issued();

-- An order that blocks is never exceeded by what is billed and approved, whatever happens at once: the order is
-- locked before it is added up. A draft that bills less than zero makes no room before it is issued.
CREATE FUNCTION within_the_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed client_order_line%ROWTYPE;
    exceeding text;
    used numeric;
BEGIN
    IF NEW.client_order_line_id IS NULL OR NEW.amount <= 0 THEN
        RETURN NULL;
    END IF;
    SELECT * INTO agreed FROM client_order_line l
        WHERE l.firm_id = NEW.firm_id AND l.id = NEW.client_order_line_id;
    SELECT o.on_exceed INTO exceeding FROM client_order o
        WHERE o.firm_id = agreed.firm_id AND o.id = agreed.client_order_id FOR NO KEY UPDATE;
    SELECT sum(CASE WHEN issued THEN amount ELSE greatest(amount, 0) END) INTO used FROM (
        SELECT i.invoice_id IS NOT NULL AS issued, sum(p.amount) AS amount FROM charge_part p
        LEFT JOIN issued_invoice i ON i.firm_id = p.firm_id AND i.invoice_id = p.invoice_id
        WHERE p.firm_id = NEW.firm_id AND p.client_order_line_id = NEW.client_order_line_id
        GROUP BY p.invoice_id, i.invoice_id
    ) parts;
    IF exceeding = 'block' AND used > agreed.amount THEN
        RAISE EXCEPTION 'line % of a purchase order would be exceeded', agreed.number
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER within_the_order AFTER INSERT ON charge_part
    FOR EACH ROW EXECUTE FUNCTION within_the_order();
"""


def upgrade() -> None:
    """Contracts that are there say nothing of caps and orders, and bill as before."""
    op.add_column("invoice", sa.Column("limits", postgresql.JSONB(), nullable=True))
    op.create_check_constraint(
        op.f("ck_invoice_limits"), "invoice", "limits IS NULL OR state NOT IN ('draft', 'in_review', 'withdrawn')"
    )
    op.add_column(
        "change_order", sa.Column("caps", postgresql.JSONB(), server_default="[]", nullable=False)
    )
    _table(
        "client_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        _ref("client_id"), _ref("contract_id"), _words("number"),
        sa.Column("dated_on", sa.Date(), nullable=False), _words("on_exceed"), _ref("recorded_by"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("remark", sa.Text(), server_default="", nullable=False), _words("state"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_client_order_state")),
        sa.CheckConstraint("on_exceed IN ('block', 'warn')", name=op.f("ck_client_order_on_exceed")),
        sa.UniqueConstraint(
            "firm_id", "client_id", "number", name=op.f("uq_client_order_firm_id_client_id_number")
        ),
        refers={"client_id": "client", "contract_id": "contract", "recorded_by": "person"},
    )  # fmt: skip
    _table(
        "client_order_contract",
        _ref("client_order_id"), _ref("contract_id"),
        refers={"client_order_id": "client_order", "contract_id": "contract"},
        key=("client_order_id", "contract_id"),
    )  # fmt: skip
    op.create_index(
        op.f("ix_client_order_contract_firm_id_contract_id"), "client_order_contract", ["firm_id", "contract_id"]
    )
    _table(
        "client_order_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        _ref("client_order_id"), _words("number"), sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount", MONEY, nullable=False), sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("kinds", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_client_order_line_amount")),
        _finite("client_order_line", "amount"),
        sa.CheckConstraint("expires_on >= starts_on", name=op.f("ck_client_order_line_dates")),
        sa.UniqueConstraint(
            "firm_id", "client_order_id", "number",
            name=op.f("uq_client_order_line_firm_id_client_order_id_number"),
        ),
        refers={"client_order_id": "client_order"},
    )  # fmt: skip
    _table(
        "client_order_line_of",
        _ref("client_order_line_id"), _ref("sov_line_id"),
        refers={"client_order_line_id": "client_order_line", "sov_line_id": "sov_line"},
        key=("client_order_line_id", "sov_line_id"),
    )  # fmt: skip
    _table(
        "charge_part",
        sa.Column("id", sa.Uuid(), nullable=False),
        _ref("invoice_id"), _ref("contract_id"), _ref("sov_line_id"),
        sa.Column("time_entry_id", sa.Uuid(), nullable=True), _words("kind"),
        sa.Column("person", sa.Text(), nullable=True), sa.Column("role", sa.Text(), nullable=True),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("client_order_line_id", sa.Uuid(), nullable=True),
        sa.Column("beyond", MONEY, nullable=False),
        sa.CheckConstraint("kind IN ('time', 'expense', 'fee')", name=op.f("ck_charge_part_kind")),
        sa.CheckConstraint(
            "(kind = 'time') = (time_entry_id IS NOT NULL)", name=op.f("ck_charge_part_time")
        ),
        sa.CheckConstraint("amount <> 0 OR beyond = 0", name=op.f("ck_charge_part_beyond")),
        _finite("charge_part", "amount", "beyond"),
        refers={
            "invoice_id": "invoice", "contract_id": "contract", "sov_line_id": "sov_line",
            "time_entry_id": "time_entry", "client_order_line_id": "client_order_line",
        },
    )  # fmt: skip
    for column in ("invoice_id", "contract_id"):
        op.create_index(op.f(f"ix_charge_part_firm_id_{column}"), "charge_part", ["firm_id", column])
    op.create_index(
        "ix_charge_part_order", "charge_part", ["firm_id", "client_order_line_id"],
        postgresql_where=sa.text("client_order_line_id IS NOT NULL"),
    )  # fmt: skip
    for name in (
        "client_order", "client_order_contract", "client_order_line", "client_order_line_of", "charge_part"
    ):  # fmt: skip
        op.execute(f"CALL protect('{name}')")
    op.execute(GUARDS)


def _ref(name: str) -> sa.Column[uuid.UUID]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _finite(table: str, *columns: str) -> sa.CheckConstraint:
    rule = " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in columns)
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_finite"))


def _table(name: str, *items: sa.schema.SchemaItem, refers: dict[str, str], key: tuple[str, ...] = ("id",)) -> None:
    op.create_table(
        name,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        *(item for item in items if isinstance(item, sa.Column)),
        *(item for item in items if not isinstance(item, sa.Column)),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{name}_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column], [f"{target}.firm_id", f"{target}.id"], name=op.f(f"fk_{name}_firm_id_{column}")
            )
            for column, target in refers.items()
        ),
        sa.PrimaryKeyConstraint("firm_id", *key, name=op.f(f"pk_{name}")),
    )

"""Credit notes for applications that take back more than they bill."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

NAME = "credit_note"
FINITE = " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in ("net", "tax", "amount"))
GUARDS = """
-- What may be set off is what the credit note says, to the client and by whom the application is.
CREATE FUNCTION credit_of_its_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM invoice v
        JOIN issued_invoice i ON i.firm_id = v.firm_id AND i.invoice_id = v.id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        JOIN payment p ON p.firm_id = v.firm_id AND p.id = NEW.payment_id
        WHERE v.firm_id = NEW.firm_id AND v.id = NEW.invoice_id
          AND (p.client_id, p.legal_entity_id, p.currency, p.amount, p.unapplied)
            = (k.client_id, NEW.legal_entity_id, NEW.currency, NEW.amount, NEW.amount)
          AND (i.legal_entity_id, i.currency) = (NEW.legal_entity_id, NEW.currency)
    ) THEN
        RAISE EXCEPTION 'credit note % is not that of its invoice', NEW.number_text
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_of_its_invoice BEFORE INSERT ON credit_note
    FOR EACH ROW EXECUTE FUNCTION credit_of_its_invoice();
"""


def upgrade() -> None:
    """What was credited before is carried, and stays so."""
    op.create_table(
        NAME,
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        *(_ref(name) for name in ("id", "invoice_id", "payment_id", "legal_entity_id")),
        _words("series"),
        sa.Column("number", sa.BigInteger(), nullable=False),
        _words("number_text"),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column(
            "issued_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        _words("currency"),
        *(
            sa.Column(name, sa.Numeric(precision=19, scale=4), nullable=False)
            for name in ("net", "tax", "amount")
        ),
        sa.CheckConstraint("series = 'credit_note'", name=op.f(f"ck_{NAME}_series")),
        sa.CheckConstraint("amount = net + tax AND amount > 0", name=op.f(f"ck_{NAME}_amount")),
        sa.CheckConstraint(FINITE, name=op.f(f"ck_{NAME}_finite")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{NAME}_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", f"{target}_id"],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_{NAME}_firm_id_{target}_id"),
            )
            for target in ("invoice", "payment", "legal_entity")
        ),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f(f"pk_{NAME}")),
        *(
            sa.UniqueConstraint("firm_id", *columns, name=op.f(f"uq_{NAME}_firm_id_{'_'.join(columns)}"))
            for columns in (
                ("invoice_id",),
                ("payment_id",),
                ("number_text",),
                ("legal_entity_id", "series", "number"),
            )
        ),
    )
    op.execute(f"CALL protect('{NAME}')")
    op.execute(GUARDS)
    op.execute(f"CALL freeze('{NAME}')")


def _ref(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _words(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)

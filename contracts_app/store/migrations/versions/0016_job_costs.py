"""The costs of contracts, and lines billed at cost plus a fee."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

RULES = """
-- What was recorded stays as recorded; once it is on an issued invoice, so does what was decided about it.
REVOKE UPDATE ON job_cost FROM contracts_app;
GRANT UPDATE (state, version, decided_by, decided_on, sent_back_reason) ON job_cost TO contracts_app;
CREATE FUNCTION cost_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a cost is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.contract_id, NEW.sov_line_id, NEW.category, NEW.incurred_on, NEW.description, NEW.vendor,
        NEW.currency, NEW.gross, NEW.recoverable_tax, NEW.fee_within, NEW.source_kind, NEW.source_ref,
        NEW.billable, NEW.not_billable_reason, NEW.corrects_id, NEW.recorded_by)
        IS DISTINCT FROM
       (OLD.contract_id, OLD.sov_line_id, OLD.category, OLD.incurred_on, OLD.description, OLD.vendor,
        OLD.currency, OLD.gross, OLD.recoverable_tax, OLD.fee_within, OLD.source_kind, OLD.source_ref,
        OLD.billable, OLD.not_billable_reason, OLD.corrects_id, OLD.recorded_by)
    THEN
        RAISE EXCEPTION 'a cost stays as recorded' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM issued_cost t WHERE t.firm_id = OLD.firm_id AND t.job_cost_id = OLD.id
    ) THEN
        RAISE EXCEPTION 'this cost is on an issued invoice' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cost_recorded BEFORE UPDATE OR DELETE ON job_cost
    FOR EACH ROW EXECUTE FUNCTION cost_recorded();

-- A cost is claimed, or let go, only by a draft, and only as approved.
GRANT DELETE ON cost_claim TO contracts_app;
REVOKE UPDATE ON cost_claim FROM contracts_app;
CREATE FUNCTION cost_claims_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about cost_claim%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a claim is made or given up, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    about := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    IF NOT EXISTS (
        SELECT FROM invoice i
        WHERE i.firm_id = about.firm_id AND i.id = about.invoice_id
          AND i.state IN ('draft', 'in_review', 'approved')
    ) THEN
        RAISE EXCEPTION 'the claims of an issued or withdrawn invoice are fixed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'INSERT' AND NOT EXISTS (
        SELECT FROM job_cost c
        WHERE c.firm_id = about.firm_id AND c.id = about.job_cost_id AND c.state = 'approved' AND c.billable
    ) THEN
        RAISE EXCEPTION 'a cost is claimed once it is approved, and only where it is billable'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN about;
END $$;
CREATE TRIGGER cost_claims_of_drafts BEFORE INSERT OR UPDATE OR DELETE ON cost_claim
    FOR EACH ROW EXECUTE FUNCTION cost_claims_of_drafts();
"""


def _key(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _money(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Numeric(precision=19, scale=4), nullable=False)


def _words(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _finite(table: str, *columns: str) -> sa.CheckConstraint:
    rule = " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in columns)
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_finite"))


def _to(table: str, target: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["firm_id", column],
        [f"{target}.firm_id", f"{target}.id"],
        name=op.f(f"fk_{table}_firm_id_{column}"),
    )


def _of_firm(table: str, *key: str) -> tuple[sa.Constraint, ...]:
    return (
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{table}_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", *key, name=op.f(f"pk_{table}")),
    )


CHECKS = {
    "category": "category IN ('labour', 'material', 'equipment', 'subcontract', 'expense', 'other')",
    "source_kind": "source_kind IN ('typed', 'file', 'vendor_bill', 'expense', 'ticket', 'time')",
    "source_ref": "source_kind = 'typed' OR source_ref <> ''",
    "billable": "billable = (not_billable_reason IS NULL)",
    "decided": "state = 'open' OR decided_by IS NOT NULL",
    "sent_back": "(state = 'sent_back') = (sent_back_reason IS NOT NULL)",
    "four_eyes": "state <> 'approved' OR decided_by <> recorded_by",
    "corrects": "corrects_id <> id",
    "state": "state IN ('open', 'approved', 'sent_back')",
}


def upgrade() -> None:
    """Contracts that are there have no costs and no line billed at cost."""
    op.create_table(
        "job_cost",
        _key("firm_id"), _key("id"), _key("contract_id"), _key("sov_line_id"), _words("category"),
        sa.Column("incurred_on", sa.Date(), nullable=False), _words("description"),
        _words("vendor", nullable=True), _words("currency"), _money("gross"), _money("recoverable_tax"),
        _money("fee_within"), _words("source_kind"),
        sa.Column("source_ref", sa.Text(), server_default="", nullable=False),
        sa.Column("billable", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        _words("not_billable_reason", nullable=True), sa.Column("corrects_id", sa.Uuid()),
        _key("recorded_by"), sa.Column("decided_by", sa.Uuid()), sa.Column("decided_on", sa.Date()),
        _words("sent_back_reason", nullable=True), _words("state"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_job_cost_{name}")) for name, rule in CHECKS.items()),
        _finite("job_cost", "gross", "recoverable_tax", "fee_within"),
        _to("job_cost", "contract", "contract_id"), _to("job_cost", "sov_line", "sov_line_id"),
        _to("job_cost", "person", "recorded_by"), _to("job_cost", "person", "decided_by"),
        _to("job_cost", "job_cost", "corrects_id"),
        *_of_firm("job_cost", "id"),
    )  # fmt: skip
    op.create_index(
        op.f("ix_job_cost_firm_id_contract_id_incurred_on"), "job_cost",
        ["firm_id", "contract_id", "incurred_on"],
    )  # fmt: skip
    op.create_index(
        "uq_job_cost_source", "job_cost", ["firm_id", "source_kind", "source_ref"], unique=True,
        postgresql_where=sa.text("source_kind <> 'typed' AND state <> 'sent_back'"),
    )  # fmt: skip
    op.create_table(
        "cost_claim",
        _key("firm_id"), _key("invoice_id"), _key("job_cost_id"),
        _to("cost_claim", "invoice", "invoice_id"), _to("cost_claim", "job_cost", "job_cost_id"),
        *_of_firm("cost_claim", "job_cost_id"),
    )  # fmt: skip
    op.create_table(
        "issued_cost",
        _key("firm_id"), _key("invoice_id"), _key("job_cost_id"), _key("sov_line_id"),
        sa.Column("position", sa.Integer(), nullable=False), _words("category"),
        sa.Column("incurred_on", sa.Date(), nullable=False), _words("description"),
        _words("vendor", nullable=True), _words("source"), _money("cost"), _money("fee_bearing"),
        _finite("issued_cost", "cost", "fee_bearing"),
        _to("issued_cost", "invoice", "invoice_id"), _to("issued_cost", "job_cost", "job_cost_id"),
        _to("issued_cost", "sov_line", "sov_line_id"),
        *_of_firm("issued_cost", "invoice_id", "job_cost_id"),
    )  # fmt: skip
    op.create_index(
        op.f("ix_issued_cost_firm_id_sov_line_id"), "issued_cost", ["firm_id", "sov_line_id"]
    )
    op.create_table(
        "issued_cost_line",
        _key("firm_id"), _key("invoice_id"), _key("sov_line_id"), _money("cost"), _money("fee"),
        _money("fee_to_date"), _money("amount"),
        _finite("issued_cost_line", "cost", "fee", "fee_to_date", "amount"),
        _to("issued_cost_line", "invoice", "invoice_id"),
        _to("issued_cost_line", "sov_line", "sov_line_id"),
        *_of_firm("issued_cost_line", "invoice_id", "sov_line_id"),
    )  # fmt: skip
    op.add_column("sov_line", sa.Column("cost_plus", postgresql.JSONB(), nullable=True))
    op.execute("GRANT UPDATE (cost_plus) ON sov_line TO contracts_app")
    op.drop_constraint(op.f("ck_sov_line_basis"), "sov_line")
    op.create_check_constraint(
        op.f("ck_sov_line_basis"),
        "sov_line",
        "basis IN ('lump_sum', 'milestone', 'time_and_materials', 'percent_complete', 'unit_price',"
        " 'recurring', 'cost_plus')",
    )
    op.create_check_constraint(
        op.f("ck_sov_line_cost_plus"), "sov_line", "(basis = 'cost_plus') = (cost_plus IS NOT NULL)"
    )
    for name in ("job_cost", "cost_claim", "issued_cost", "issued_cost_line"):
        op.execute(f"CALL protect('{name}')")
    for name in ("issued_cost", "issued_cost_line"):
        op.execute(f"CALL freeze('{name}')")
    op.execute(RULES)

"""What contracts require of papers, the papers on file, and the exceptions."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

REFERS = {
    "compliance_requirement": {"contract_id": "contract", "required_by": "person", "ended_by": "person"},
    "compliance_paper": {"contract_id": "contract", "filed_by": "person"},
    "compliance_exception": {
        "contract_id": "contract",
        "requirement_id": "compliance_requirement",
        "asked_by": "person",
        "decided_by": "person",
    },
}

DECIDED = """
-- What was required, filed or asked for stays as it was said; it ends, is withdrawn or decided once.
CREATE FUNCTION requirement_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'required'
        OR (NEW.contract_id, NEW.kind, NEW.of_whom, NEW.blocks, NEW.from_on, NEW.required_by)
        IS DISTINCT FROM (OLD.contract_id, OLD.kind, OLD.of_whom, OLD.blocks, OLD.from_on, OLD.required_by) THEN
        RAISE EXCEPTION 'a requirement ends, and that is all' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER requirement_ends BEFORE UPDATE ON compliance_requirement
    FOR EACH ROW EXECUTE FUNCTION requirement_ends();
CREATE FUNCTION paper_withdrawn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'filed' OR (NEW.contract_id, NEW.kind, NEW.of_whom, NEW.valid_from, NEW.valid_to,
        NEW.sha256, NEW.file_name, NEW.media_type, NEW.filed_by) IS DISTINCT FROM (OLD.contract_id, OLD.kind,
        OLD.of_whom, OLD.valid_from, OLD.valid_to, OLD.sha256, OLD.file_name, OLD.media_type, OLD.filed_by) THEN
        RAISE EXCEPTION 'a paper is withdrawn, and that is all' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER paper_withdrawn BEFORE UPDATE ON compliance_paper
    FOR EACH ROW EXECUTE FUNCTION paper_withdrawn();
CREATE FUNCTION exception_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'asked' OR (NEW.contract_id, NEW.requirement_id, NEW.until, NEW.because, NEW.asked_by)
        IS DISTINCT FROM (OLD.contract_id, OLD.requirement_id, OLD.until, OLD.because, OLD.asked_by) THEN
        RAISE EXCEPTION 'an exception is decided once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exception_decided BEFORE UPDATE ON compliance_exception
    FOR EACH ROW EXECUTE FUNCTION exception_decided();
"""


def upgrade() -> None:
    """Nothing is required yet."""
    op.create_table(
        "compliance_requirement",
        *_columns("compliance_requirement"),
        _words("kind"), sa.Column("of_whom", sa.Text(), server_default="", nullable=False), _words("blocks"),
        sa.Column("from_on", sa.Date(), nullable=False), _at("required_at"),
        sa.Column("ended_because", sa.Text(), nullable=True),
        _check("compliance_requirement", "state", "state IN ('required', 'ended')"),
        _check("compliance_requirement", "blocks", "blocks IN ('issue', 'payment', 'final_release')"),
        _check("compliance_requirement", "ended", "(state = 'ended') = (ended_by IS NOT NULL)"),
        _check("compliance_requirement", "ended_because", "(ended_by IS NULL) = (ended_because IS NULL)"),
        _check("compliance_requirement", "four_eyes", "ended_by <> required_by"),
        *_keys("compliance_requirement"),
    )  # fmt: skip
    op.create_index(
        "uq_compliance_requirement_required",
        "compliance_requirement",
        ["firm_id", "contract_id", "kind", "of_whom", "blocks"],
        unique=True,
        postgresql_where=sa.text("state = 'required'"),
    )
    op.create_table(
        "compliance_paper",
        *_columns("compliance_paper"),
        _words("kind"), sa.Column("of_whom", sa.Text(), server_default="", nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False), sa.Column("valid_to", sa.Date(), nullable=True),
        _words("sha256"), _words("file_name"), _words("media_type"),
        sa.Column("remark", sa.Text(), server_default="", nullable=False), _at("filed_at"),
        sa.Column("withdrawn_because", sa.Text(), nullable=True),
        _check("compliance_paper", "state", "state IN ('filed', 'withdrawn')"),
        _check("compliance_paper", "days", "valid_to >= valid_from"),
        _check("compliance_paper", "withdrawn", "(state = 'withdrawn') = (withdrawn_because IS NOT NULL)"),
        sa.ForeignKeyConstraint(
            ["firm_id", "sha256"], ["blob.firm_id", "blob.sha256"],
            name=op.f("fk_compliance_paper_firm_id_sha256"),
        ),
        *_keys("compliance_paper"),
    )  # fmt: skip
    op.create_table(
        "compliance_exception",
        *_columns("compliance_exception"),
        sa.Column("until", sa.Date(), nullable=False), _words("because"), _at("asked_at"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_because", sa.Text(), server_default="", nullable=False),
        _check("compliance_exception", "state", "state IN ('asked', 'granted', 'refused')"),
        _check("compliance_exception", "decided", "(state = 'asked') = (decided_by IS NULL)"),
        _check("compliance_exception", "decided_at", "(decided_by IS NULL) = (decided_at IS NULL)"),
        _check("compliance_exception", "four_eyes", "decided_by <> asked_by"),
        *_keys("compliance_exception"),
    )  # fmt: skip
    op.create_index(
        "uq_compliance_exception_asked",
        "compliance_exception",
        ["firm_id", "requirement_id"],
        unique=True,
        postgresql_where=sa.text("state = 'asked'"),
    )
    for name in REFERS:
        op.create_index(op.f(f"ix_{name}_firm_id_contract_id"), name, ["firm_id", "contract_id"])
        op.execute(f"CALL protect('{name}')")
        op.execute(f"CALL log_changes('{name}')")
        op.execute(f"CALL log_versions('{name}')")
    op.execute(DECIDED)


def _columns(name: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        *(
            sa.Column(column, sa.Uuid(), nullable=column in ("ended_by", "decided_by"))
            for column in REFERS[name]
        ),
    ]


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _at(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
    )


def _check(name: str, rule: str, says: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(says, name=op.f(f"ck_{name}_{rule}"))


def _keys(name: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{name}_firm_id")),
        *(
            sa.ForeignKeyConstraint(
                ["firm_id", column],
                [f"{target}.firm_id", f"{target}.id"],
                name=op.f(f"fk_{name}_firm_id_{column}"),
            )
            for column, target in REFERS[name].items()
        ),
        sa.PrimaryKeyConstraint("firm_id", "id", name=op.f(f"pk_{name}")),
    ]

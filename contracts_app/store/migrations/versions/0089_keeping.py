"""Legal holds, erasure of people, and the salts under which the log names them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0089"
down_revision = "0088"
branch_labels = None
depends_on = None

RULES = """
-- A salt is made once and goes once; so does the name that an erasure leaves.
REVOKE UPDATE ON personal_salt FROM contracts_app;
GRANT DELETE ON personal_salt, password_link TO contracts_app;

-- Of whom nothing was erased, the salts stay: without them the log does not say who he is.
CREATE FUNCTION salt_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM erasure e WHERE e.firm_id = OLD.firm_id AND e.person_id = OLD.person_id
          AND (OLD.field <> 'name' OR e.name_kept IS NULL)
    ) THEN
        RAISE EXCEPTION 'a salt goes with the erasure of its person' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER salt_goes AFTER DELETE ON personal_salt
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION salt_goes();

CREATE FUNCTION hold_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.released_at IS NOT NULL
        OR (NEW.id, NEW.reason, NEW.client_id, NEW.contract_id, NEW.placed_by, NEW.placed_at, NEW.placed_on)
        IS DISTINCT FROM
        (OLD.id, OLD.reason, OLD.client_id, OLD.contract_id, OLD.placed_by, OLD.placed_at, OLD.placed_on) THEN
        RAISE EXCEPTION 'a hold stays as it was placed, and is released once' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hold_stays BEFORE UPDATE ON legal_hold FOR EACH ROW EXECUTE FUNCTION hold_stays();

-- Nobody is erased while the firm holds anything that may concern him, nor while he may sign in.
CREATE FUNCTION erasure_allowed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM legal_hold h WHERE h.firm_id = NEW.firm_id AND h.released_at IS NULL
    ) OR EXISTS (SELECT FROM person p WHERE p.firm_id = NEW.firm_id AND p.id = NEW.person_id AND p.active) THEN
        RAISE EXCEPTION 'nobody is erased under a hold, or while he may sign in'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER erasure_allowed BEFORE INSERT ON erasure FOR EACH ROW EXECUTE FUNCTION erasure_allowed();

CREATE FUNCTION erasure_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.name_kept IS NOT NULL OR OLD.name_kept IS NULL
        OR (to_jsonb(NEW) - 'name_kept') IS DISTINCT FROM (to_jsonb(OLD) - 'name_kept') THEN
        RAISE EXCEPTION 'what was erased stays so; only the name that was left goes'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER erasure_stays BEFORE UPDATE ON erasure FOR EACH ROW EXECUTE FUNCTION erasure_stays();
"""


def _at(name: str, *, now: bool = True) -> sa.Column[object]:
    default = sa.text("clock_timestamp()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not now, server_default=default)


def _to(table: str, target: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["firm_id", column],
            [f"{target}.firm_id", f"{target}.id"],
            name=op.f(f"fk_{table}_firm_id_{column}"),
        )
        for column in columns
    ]


def _of_firm(table: str, *key: str) -> tuple[sa.Column[object], sa.Constraint, sa.Constraint]:
    return (
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f(f"fk_{table}_firm_id")),
        sa.PrimaryKeyConstraint("firm_id", *key, name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    """Everybody known gets salts; what the log said of them before stays as it was written."""
    name = "personal_salt"
    op.create_table(
        name,
        *_of_firm(name, "person_id", "field"),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("octet_length(salt) = 32", name=op.f(f"ck_{name}_salt")),
        *_to(name, "person", "person_id"),
    )
    name = "legal_hold"
    op.create_table(
        name,
        *_of_firm(name, "id"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Uuid()),
        sa.Column("contract_id", sa.Uuid()),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        _at("placed_at"),
        sa.Column("placed_on", sa.Date(), nullable=False),
        sa.Column("release_asked_by", sa.Uuid()),
        sa.Column("released_by", sa.Uuid()),
        _at("released_at", now=False),
        sa.Column("released_on", sa.Date()),
        sa.Column("released_because", sa.Text()),
        sa.CheckConstraint("client_id IS NULL OR contract_id IS NULL", name=op.f(f"ck_{name}_of_one")),
        sa.CheckConstraint(
            "num_nonnulls(release_asked_by, released_by, released_at, released_on, released_because) IN (0, 5)",
            name=op.f(f"ck_{name}_released"),
        ),
        sa.CheckConstraint("released_by <> release_asked_by", name=op.f(f"ck_{name}_four_eyes")),
        *_to(name, "client", "client_id"),
        *_to(name, "contract", "contract_id"),
        *_to(name, "person", "placed_by", "release_asked_by", "released_by"),
    )
    name = "erasure"
    op.create_table(
        name,
        *_of_firm(name, "id"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("agreed_by", sa.Uuid(), nullable=False),
        _at("erased_at"),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.Column("kept", postgresql.JSONB(), nullable=False),
        sa.Column("name_kept", sa.Text()),
        sa.Column("name_until", sa.Date()),
        sa.UniqueConstraint("firm_id", "person_id", name=op.f(f"uq_{name}_firm_id_person_id")),
        sa.CheckConstraint("agreed_by <> asked_by", name=op.f(f"ck_{name}_four_eyes")),
        sa.CheckConstraint("name_kept IS NULL OR name_until IS NOT NULL", name=op.f(f"ck_{name}_name_kept")),
        *_to(name, "person", "person_id", "asked_by", "agreed_by"),
    )
    for name in ("personal_salt", "legal_hold", "erasure"):
        op.execute(f"CALL protect('{name}')")
        op.execute(f"CALL log_changes('{name}')")
    op.execute(RULES)
    op.execute(
        "INSERT INTO personal_salt (firm_id, person_id, field, salt)"
        " SELECT p.firm_id, p.id, f.field, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"
        " FROM person p CROSS JOIN (VALUES ('name'), ('email')) f (field)"
    )

"""Imports are posted in chunks from staged rows, and can be taken back as a whole."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

STATES = "received needs_decision ready posting posted refused withdrawn undoing undone".split()
BROUGHT = "time_entry cost_entry progress_entry application_period change_order sov_line imported_row".split()
"""Tables whose rows say which import brought them."""
INDEXED = ("time_entry", "imported_row", "cost_entry")

GUARDS = """
GRANT DELETE ON staged_row, cost_entry, progress_entry, application_period, change_order TO contracts_app;

-- What an import brought may be deleted while this transaction takes the import back, and never else.
CREATE FUNCTION being_undone(of_firm uuid, of_import uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT of_import IS NOT NULL AND EXISTS (
        SELECT FROM import_file f WHERE f.firm_id = of_firm AND f.id = of_import AND f.state = 'undoing'
    )
$$;

-- `undoing` lasts for one transaction: it leads to `undone` alone, and no transaction ends with it.
CREATE FUNCTION import_life() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.kind, NEW.contract_id, NEW.sha256) IS DISTINCT FROM (OLD.kind, OLD.contract_id, OLD.sha256)
        OR (OLD.state = 'undone' AND NEW.state <> 'undone')
        OR (OLD.state = 'undoing' AND NEW.state NOT IN ('undoing', 'undone'))
        OR (NEW.state = 'undoing' AND OLD.state NOT IN ('posting', 'posted', 'undoing'))
        OR (NEW.state = 'undone' AND OLD.state NOT IN ('undoing', 'undone'))
    THEN
        RAISE EXCEPTION 'an import is posted, then perhaps taken back, and that is all'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER import_life BEFORE UPDATE ON import_file FOR EACH ROW EXECUTE FUNCTION import_life();

CREATE FUNCTION wholly_undone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
    is_left boolean;
BEGIN
    IF EXISTS (SELECT FROM import_file f
        WHERE f.firm_id = NEW.firm_id AND f.id = NEW.id AND f.state = 'undoing') THEN
        RAISE EXCEPTION 'an import is taken back in one transaction' USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH name IN ARRAY ARRAY[{brought}, 'staged_row'] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I t WHERE t.firm_id = $1 AND t.import_id = $2)', name)
            INTO is_left USING NEW.firm_id, NEW.id;
        IF is_left THEN
            RAISE EXCEPTION 'rows of % are left of an import that is taken back', name
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER wholly_undone AFTER UPDATE ON import_file DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state IN ('undoing', 'undone')) EXECUTE FUNCTION wholly_undone();
"""


def upgrade() -> None:
    """Imports that are posted keep their rows as they are; those that are ready are read again when posted."""
    op.create_table(
        "staged_row",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("entry", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "import_id", "position", name=op.f("pk_staged_row")),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_staged_row_firm_id")),
        sa.ForeignKeyConstraint(
            ["firm_id", "import_id"],
            ["import_file.firm_id", "import_file.id"],
            name=op.f("fk_staged_row_firm_id_import_id"),
        ),
    )
    op.execute("CALL protect('staged_row')")
    op.execute("REVOKE UPDATE ON staged_row FROM contracts_app")
    op.add_column("import_file", sa.Column("posted_by", sa.Uuid(), nullable=True))
    op.add_column("import_file", sa.Column("rows_to_post", sa.Integer(), nullable=True))
    op.add_column("import_file", sa.Column("rows_posted", sa.Integer(), nullable=True))
    op.add_column("import_file", sa.Column("seen", sa.Text(), nullable=True))
    op.add_column(
        "import_file",
        sa.Column(
            "projects_added", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False
        ),
    )
    op.create_foreign_key(
        op.f("fk_import_file_firm_id_posted_by"),
        "import_file",
        "person",
        ["firm_id", "posted_by"],
        ["firm_id", "id"],
    )
    op.drop_constraint(op.f("ck_import_file_state"), "import_file", type_="check")
    states = ", ".join(f"'{state}'" for state in STATES)
    op.create_check_constraint(op.f("ck_import_file_state"), "import_file", f"state IN ({states})")
    op.create_check_constraint(
        op.f("ck_import_file_progress"), "import_file", "rows_posted BETWEEN 0 AND rows_to_post"
    )
    for name in INDEXED:
        op.create_index(op.f(f"ix_{name}_firm_id_import_id"), name, ["firm_id", "import_id"])
    op.create_index(
        op.f("ix_issued_time_firm_id_time_entry_id"), "issued_time", ["firm_id", "time_entry_id"]
    )
    op.execute(GUARDS.format(brought=", ".join(f"'{name}'" for name in BROUGHT)))
    for name, guard, function in (
        ("time_entry", "time_worked", "time_worked"),
        ("sov_line", "only_in_set_up", "only_in_set_up"),
        ("imported_row", "only_in_set_up", "only_in_set_up"),
        ("change_order", "change_order_life", "change_order_life"),
        ("cost_entry", "written_once", "refuse_change"),
        ("progress_entry", "written_once", "refuse_change"),
        ("application_period", "written_once", "refuse_change"),
    ):
        op.execute(f"DROP TRIGGER {guard} ON {name}")
        op.execute(
            f"CREATE TRIGGER {guard} BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        op.execute(
            f"CREATE TRIGGER {guard}_deleted BEFORE DELETE ON {name} FOR EACH ROW"
            f" WHEN (NOT being_undone(OLD.firm_id, OLD.import_id)) EXECUTE FUNCTION {function}()"
        )
    # Rows are copied into a temporary table of the transaction: COPY itself knows no row-level security.
    op.execute(
        """
DO $$ BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO contracts_app', current_database());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'rows are not copied: grant TEMPORARY on the database to contracts_app';
END $$
"""
    )

"""Orders, receipts, bills, milestones, rates and clients say which import brought them, and go back with it."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

BROUGHT = "commitment delivery vendor_bill client_order milestone rate_card_row client".split()
GONE_WITH_IT = (
    "time_entry cost_entry progress_entry application_period change_order sov_line imported_row staged_row"
    " expense budget_line opening opening_line brought_forward client_contact imported_of_firm imported_client"
).split()
PARTS = {
    "commitment_line": ("commitment", "commitment_id"),
    "vendor_bill_line": ("vendor_bill", "bill_id"),
}

GUARDS = """
GRANT DELETE ON commitment, commitment_line, delivery, vendor_bill, vendor_bill_line, client_order, client,
    imported_client TO contracts_app;

CREATE OR REPLACE FUNCTION wholly_undone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    name text;
    is_left boolean;
BEGIN
    IF EXISTS (SELECT FROM import_file f
        WHERE f.firm_id = NEW.firm_id AND f.id = NEW.id AND f.state = 'undoing') THEN
        RAISE EXCEPTION 'an import is taken back in one transaction' USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH name IN ARRAY ARRAY[{brought}] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I t WHERE t.firm_id = $1 AND t.import_id = $2)', name)
            INTO is_left USING NEW.firm_id, NEW.id;
        IF is_left THEN
            RAISE EXCEPTION 'rows of % are left of an import that is taken back', name
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
"""
PART_OF = """
CREATE FUNCTION {name}_goes(of_firm uuid, of_whole uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM {whole} w
        WHERE w.firm_id = of_firm AND w.id = of_whole AND being_undone(w.firm_id, w.import_id)
    )
$$;
"""
BY_IMPORT = "NOT being_undone(OLD.firm_id, OLD.import_id)"


def upgrade() -> None:
    """What is there was typed in, or came in before it was kept from where: it stays. Clients say it by now."""
    for name in BROUGHT:
        op.add_column(name, sa.Column("import_id", sa.Uuid(), nullable=True))
        if name != "client":  # files refer to clients, through contracts and people
            op.create_foreign_key(
                op.f(f"fk_{name}_firm_id_import_id"),
                name,
                "import_file",
                ["firm_id", "import_id"],
                ["firm_id", "id"],
            )
        op.create_index(op.f(f"ix_{name}_firm_id_import_id"), name, ["firm_id", "import_id"])
    op.execute(
        "UPDATE client c SET import_id = i.import_id FROM imported_client i"
        " WHERE i.firm_id = c.firm_id AND i.client_id = c.id"
    )
    tables = (*GONE_WITH_IT, *BROUGHT)
    op.execute(GUARDS.format(brought=", ".join(f"'{name}'" for name in tables)))
    for name, (whole, _) in PARTS.items():
        op.execute(PART_OF.format(name=name, whole=whole))
    for name, guard, function, update, when in (
        ("commitment", "decided_once", "decided_once", True, BY_IMPORT),
        ("vendor_bill", "decided_once", "decided_once", True, BY_IMPORT),
        ("delivery", "written_once", "refuse_change", True, BY_IMPORT),
        ("imported_client", "written_once", "refuse_change", True, BY_IMPORT),
        ("milestone", "only_in_set_up", "only_in_set_up", False, BY_IMPORT),
        ("client_order", None, "refuse_change", False, BY_IMPORT),
        ("client", None, "refuse_change", False, BY_IMPORT),
        *(
            (name, "written_once", "refuse_change", True, f"NOT {name}_goes(OLD.firm_id, OLD.{column})")
            for name, (_, column) in PARTS.items()
        ),
    ):
        if guard is not None:
            op.execute(f"DROP TRIGGER {guard} ON {name}")
        if update:
            op.execute(
                f"CREATE TRIGGER {guard} BEFORE UPDATE ON {name} FOR EACH ROW EXECUTE FUNCTION {function}()"
            )
        op.execute(
            f"CREATE TRIGGER {guard or 'never_deleted'}_deleted BEFORE DELETE ON {name} FOR EACH ROW"
            f" WHEN ({when}) EXECUTE FUNCTION {function}()"
        )

"""Each audit entry says what its transaction changed of each table, as one number over the rows."""

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

MODULUS = 2**512
# The SHA-512 of a row as text is eight words of 64 bits; their sums over the rows make the sum of the whole numbers.
WORDS = " + ".join(
    f"sum(('x' || substr(h, {1 + 16 * word}, 16))::bit(64)::bigint) * {2 ** (64 * (7 - word))}"
    for word in range(8)
)
SUM = f"SELECT count(*), coalesce({WORDS}, 0) FROM (SELECT encode(sha512(convert_to(%s, 'UTF8')), 'hex') AS h"
# A row's text must not depend on who asks for it.
AS_TEXT = """SET search_path = public, pg_temp SET timezone = 'UTC' SET datestyle = 'ISO, MDY'
    SET intervalstyle = 'postgres' SET bytea_output = 'hex' SET extra_float_digits = 1"""


def _sum(rows: str) -> str:
    """Number and sum of the rows of a transition table; without the columns that the trigger names."""
    whole, part = SUM % "r::text", SUM % "(to_jsonb(r) - TG_ARGV)::text"
    return f"""IF TG_NARGS = 0 THEN
            {whole} FROM {rows} r) s INTO counted, added;
        ELSE
            {part} FROM {rows} r) s INTO counted, added;
        END IF;"""


def written(event: str) -> str:
    """The trigger's function for one kind of statement."""
    now = "" if event == "delete" else _sum("now_rows") + "rows_more := counted; sum_more := added;"
    was = "" if event == "insert" else _sum("was_rows") + "rows_more := rows_more - counted;"
    if was:
        was += "sum_more := sum_more - added;"
    return f"""
CREATE FUNCTION contents_{event}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER {AS_TEXT} AS $$
DECLARE
    counted bigint;
    added numeric;
    rows_more bigint := 0;
    sum_more numeric := 0;
BEGIN
    {now}
    {was}
    IF rows_more <> 0 OR sum_more <> 0 THEN
        INSERT INTO audit_sum (firm_id, xid, name, rows, sum)
        VALUES (current_setting('app.firm')::uuid, pg_current_xact_id()::text::bigint, TG_TABLE_NAME,
            rows_more, sum_more)
        ON CONFLICT (firm_id, xid, name) DO UPDATE
            SET rows = audit_sum.rows + EXCLUDED.rows, sum = audit_sum.sum + EXCLUDED.sum;
    END IF;
    RETURN NULL;
END $$;
"""


FUNCTIONS = f"""
-- What the transaction changed up to now, for its last entry; asked for once everything is written.
CREATE FUNCTION contents_taken(of_firm uuid) RETURNS TABLE (name text, rows bigint, sum numeric)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM audit_sum s WHERE s.firm_id = of_firm AND s.xid = pg_current_xact_id()::text::bigint
    RETURNING s.name, s.rows, mod(mod(s.sum, {MODULUS}) + {MODULUS}, {MODULUS})
$$;

-- What a table holds of a firm: number and sum of its rows.
CREATE FUNCTION contents_of(of_table text, of_firm uuid) RETURNS TABLE (rows bigint, sum numeric)
LANGUAGE plpgsql STABLE SECURITY DEFINER {AS_TEXT} AS $$
DECLARE
    without text[];
BEGIN
    IF of_firm IS DISTINCT FROM NULLIF(current_setting('app.firm', true), '')::uuid THEN
        RAISE EXCEPTION 'what a table holds is told of the firm of the transaction';
    END IF;
    SELECT (string_to_array(encode(tgargs, 'escape'), '\\000'))[1:tgnargs] INTO without FROM pg_trigger
        WHERE tgrelid = of_table::regclass AND tgname = 'contents_inserted';
    RETURN QUERY EXECUTE format('SELECT c, mod(mod(s, {MODULUS}) + {MODULUS}, {MODULUS})
        FROM ({(SUM % "%s").replace("'", "''")} FROM %I r WHERE %I = $1) x) y (c, s)',
        CASE WHEN cardinality(without) > 0 THEN format('(to_jsonb(r) - %L::text[])::text', without)
             ELSE 'r::text' END,
        of_table, CASE of_table WHEN 'firm' THEN 'id' ELSE 'firm_id' END) USING of_firm;
END $$;

-- At commit: nothing was written after the entry that says what was.
CREATE FUNCTION contents_told() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM audit_sum WHERE firm_id = NEW.firm_id AND xid = NEW.xid) THEN
        RAISE EXCEPTION 'a change without an audit entry: it was written after the entry'
            USING ERRCODE = 'AU001';
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION contents_taken(uuid), contents_of(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION contents_taken(uuid), contents_of(text, uuid) TO contracts_app;

CREATE PROCEDURE sum_contents(name text, without text DEFAULT '') LANGUAGE plpgsql AS $$
DECLARE
    given text := CASE without WHEN '' THEN '' ELSE quote_literal(without) END;
BEGIN
    EXECUTE format('CREATE TRIGGER contents_inserted AFTER INSERT ON %I REFERENCING NEW TABLE AS now_rows
        FOR EACH STATEMENT WHEN (session_user = ''contracts_app'') EXECUTE FUNCTION contents_insert(%s)',
        name, given);
    EXECUTE format('CREATE TRIGGER contents_updated AFTER UPDATE ON %I
        REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
        FOR EACH STATEMENT WHEN (session_user = ''contracts_app'') EXECUTE FUNCTION contents_update(%s)',
        name, given);
    EXECUTE format('CREATE TRIGGER contents_deleted AFTER DELETE ON %I REFERENCING OLD TABLE AS was_rows
        FOR EACH STATEMENT WHEN (session_user = ''contracts_app'') EXECUTE FUNCTION contents_delete(%s)',
        name, given);
END $$;

-- From now on whoever logs the changes of a table has its rows summed too.
CREATE OR REPLACE PROCEDURE log_changes(name text, without text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER nothing_unlogged AFTER INSERT OR DELETE OR UPDATE %s ON %I
        FOR EACH STATEMENT WHEN (current_user = ''contracts_app'') EXECUTE FUNCTION audit_owed()',
        columns_but(name, without), name);
    CALL sum_contents(name, without);
END $$;
"""
# Tries to hand a letter to the mail server are counted without an entry, and when somebody signed in last is noted
# where no firm is known yet; the log tells of the signing in.
COUNTS = {"message": "attempts", "person": "last_signed_in_at"}
GUARDED = """
    SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'nothing_unlogged'
"""


def upgrade() -> None:
    """Sum what is guarded; what is there already is told of by the entry of this migration."""
    op.create_table(
        "audit_sum",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("sum", sa.Numeric(), nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "xid", "name", name=op.f("pk_audit_sum")),
        prefixes=["UNLOGGED"],  # empty between transactions
    )
    for event in ("insert", "update", "delete"):
        op.execute(written(event))
    op.execute(FUNCTIONS)
    op.execute(
        "CREATE CONSTRAINT TRIGGER told_at_commit AFTER INSERT OR UPDATE ON audit_sum"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contents_told()"
    )
    for name in op.get_bind().execute(sa.text(GUARDED)).scalars().all():
        op.execute(f"CALL sum_contents('{name}', '{COUNTS.get(name, '')}')")

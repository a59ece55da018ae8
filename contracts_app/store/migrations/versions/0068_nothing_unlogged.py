"""No change of business without its audit entry: whoever makes one with the application's role cannot commit."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

# The state of each of these is the fold of its entries: each version has one of its own.
VERSIONED = """
    approval_delegation approval_policy billing_group billing_run client client_order commitment commitment_change
    contract import_file invoice message milestone saved_mapping sov_revision vendor_bill vendor_credit work_ticket
""".split()
# Everything that is decided on; what is only work in hand or a counter stands in tests/store/test_nothing_unlogged.py.
BUSINESS = """
    accepted_cut alias application_period approval approval_delegation approval_policy approval_remark billing_group
    billing_group_contract billing_run billing_run_contract billing_run_item blob brought_forward
    brought_forward_cash budget_line certificate certificate_line change_order charge_part claim client
    client_contact client_order client_order_contract client_order_line client_order_line_of commitment
    commitment_change commitment_change_line commitment_line contract contract_preparer contract_project cost_claim
    cost_entry cost_estimate credit_note delivery deposit_entry document document_books document_invoiced
    document_tax document_tax_group exchange_rate expense expense_cost expense_editor expense_policy firm
    group_invoice group_left_out hold_settlement import_file imported_client imported_of_firm imported_row invoice
    invoice_editor issued_cost issued_cost_line issued_invoice issued_line issued_time job_cost legal_entity
    lien_waiver limit_notice message milestone number_series opening opening_line payment pencil_copy
    pencil_remark person person_role progress_entry purchase_cost rate_card_row receivable receivable_books
    receivable_entry reminder reminder_item retainage_entry retainage_security saved_mapping settlement snapshot
    sov_line sov_revision sov_revision_move sub_release tax_rate time_editor time_entry vendor_bill
    vendor_bill_line vendor_credit vendor_credit_line withhold_entry work_ticket
""".split()
# Tries to hand a letter to the mail server are counted before each, in a transaction of their own.
COUNTS = {"message": "attempts"}

GUARD = """
-- A transaction that changed something of a firm's: it owes the firm's log an entry by its commit.
CREATE FUNCTION audit_owed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_due (firm_id, xid)
    VALUES (current_setting('app.firm')::uuid, pg_current_xact_id()::text::bigint) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

-- At commit: the last entry of the chain is this transaction's own. Nobody else can have added one since, as
-- whoever appends holds the chain's head until he commits.
CREATE FUNCTION audit_given() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM audit_head h JOIN audit_entry e ON e.firm_id = h.firm_id AND e.seq = h.seq
        WHERE h.firm_id = NEW.firm_id AND e.xmin = pg_current_xact_id()::xid
    ) THEN
        RAISE EXCEPTION 'a change without an audit entry' USING ERRCODE = 'AU001',
            HINT = 'Every change goes through contracts_app.store.transaction, which writes its entry.';
    END IF;
    DELETE FROM audit_due WHERE firm_id = NEW.firm_id AND xid = NEW.xid;
    RETURN NULL;
END $$;

-- At commit: the record as it now is has an entry of this transaction, of its version and state.
CREATE FUNCTION audit_tells_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    it record;
BEGIN
    EXECUTE format('SELECT version, state FROM %I WHERE firm_id = $1 AND id = $2', TG_TABLE_NAME)
        INTO it USING NEW.firm_id, NEW.id;
    IF it.version IS NOT NULL AND NOT EXISTS (
        SELECT FROM audit_entry e
        WHERE e.firm_id = NEW.firm_id AND e.about = NEW.id::text AND e.xmin = pg_current_xact_id()::xid
          AND (e.body::jsonb ->> 'version')::int = it.version AND e.body::jsonb ->> 'to_state' = it.state
          AND e.body::jsonb ->> 'kind' <> 'refusal'
    ) THEN
        RAISE EXCEPTION 'version % of % % has no audit entry', it.version, TG_TABLE_NAME, NEW.id
            USING ERRCODE = 'AU001';
    END IF;
    RETURN NULL;
END $$;

-- Every later table of business is guarded by the first of these, what has versions also by the second; `without`
-- is a column that counts and decides nothing. For the application's role: the owner of the tables, who could drop
-- the guards, is found by the checkpoints.
CREATE FUNCTION columns_but(name text, without text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce('OF ' || string_agg(quote_ident(attname), ', ' ORDER BY attnum), '') FROM pg_attribute
    WHERE without <> '' AND attrelid = name::regclass AND attnum > 0 AND NOT attisdropped AND attname <> without
$$;
CREATE PROCEDURE log_changes(name text, without text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER nothing_unlogged AFTER INSERT OR DELETE OR UPDATE %s ON %I
        FOR EACH STATEMENT WHEN (current_user = ''contracts_app'') EXECUTE FUNCTION audit_owed()',
        columns_but(name, without), name);
END $$;
CREATE PROCEDURE log_versions(name text, without text DEFAULT '') LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE CONSTRAINT TRIGGER version_logged AFTER INSERT OR UPDATE %s ON %I
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (current_user = ''contracts_app'')
        EXECUTE FUNCTION audit_tells_version()', columns_but(name, without), name);
END $$;
"""
AT_COMMIT = """
CREATE CONSTRAINT TRIGGER given_at_commit AFTER INSERT ON audit_due DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION audit_given()
"""


def upgrade() -> None:
    """Guard what is there."""
    op.create_table(
        "audit_due",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("firm_id", "xid", name=op.f("pk_audit_due")),
        prefixes=["UNLOGGED"],  # empty between transactions: nothing in it needs to outlive a crash
    )
    op.execute(GUARD)
    op.execute(AT_COMMIT)
    for name in BUSINESS:
        op.execute(f"CALL log_changes('{name}', '{COUNTS.get(name, '')}')")
    for name in VERSIONED:
        op.execute(f"CALL log_versions('{name}', '{COUNTS.get(name, '')}')")

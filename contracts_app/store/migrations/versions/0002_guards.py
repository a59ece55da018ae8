"""Row-level security, frozen rows, four eyes and the audit chain, enforced by the database."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BUSINESS = """
    legal_entity number_series client person person_role contract change_order sov_line milestone
    application_period progress_entry cost_entry blob import_file imported_row snapshot invoice invoice_editor approval
    issued_invoice issued_line certificate certificate_line retainage_entry receivable payment
    receivable_entry reminder reminder_item document message process effect
""".split()
FROZEN = """
    issued_invoice issued_line certificate certificate_line retainage_entry receivable_entry approval snapshot
    blob payment reminder reminder_item document effect cost_entry imported_row receivable invoice_editor
    progress_entry application_period sov_line
""".split()

FUNCTIONS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

-- Every business table of this and later migrations is protected and frozen by these two procedures.
CREATE PROCEDURE protect(name text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY own_firm ON %I FOR ALL TO contracts_app
        USING (firm_id = NULLIF(current_setting(''app.firm'', true), '''')::uuid)
        WITH CHECK (firm_id = NULLIF(current_setting(''app.firm'', true), '''')::uuid)', name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO contracts_app', name);
END $$;

CREATE PROCEDURE freeze(name text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM contracts_app', name);
    EXECUTE format('CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON %I
        FOR EACH ROW EXECUTE FUNCTION refuse_change()', name);
    EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %I
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
END $$;
"""

AUDIT = """
ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_head ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON audit_entry FOR SELECT TO contracts_app
    USING (firm_id = NULLIF(current_setting('app.firm', true), '')::uuid);
CREATE POLICY own_firm ON audit_head FOR SELECT TO contracts_app
    USING (firm_id = NULLIF(current_setting('app.firm', true), '')::uuid);
GRANT SELECT ON audit_entry, audit_head TO contracts_app;

-- hash = SHA-256(0x00 || previous hash || number || microseconds since 1970 || body)
CREATE FUNCTION audit_append(of_firm uuid, entry text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head audit_head%ROWTYPE;
    last timestamptz;
    stamp timestamptz;
    link bytea;
BEGIN
    IF of_firm IS DISTINCT FROM NULLIF(current_setting('app.firm', true), '')::uuid THEN
        RAISE EXCEPTION 'an audit entry belongs to the firm of its transaction';
    END IF;
    INSERT INTO audit_head (firm_id, seq, hash) VALUES (of_firm, 0, decode(repeat('00', 32), 'hex'))
        ON CONFLICT (firm_id) DO NOTHING;
    SELECT * INTO head FROM audit_head WHERE firm_id = of_firm FOR NO KEY UPDATE;
    SELECT at INTO last FROM audit_entry WHERE firm_id = of_firm AND seq = head.seq;
    stamp := GREATEST(clock_timestamp(), last);
    link := sha256('\\x00'::bytea || head.hash || int8send(head.seq + 1)
        || int8send((extract(epoch FROM stamp) * 1000000)::bigint) || convert_to(entry, 'UTF8'));
    INSERT INTO audit_entry (firm_id, seq, at, body, hash) VALUES (of_firm, head.seq + 1, stamp, entry, link);
    UPDATE audit_head SET seq = head.seq + 1, hash = link WHERE firm_id = of_firm;
    RETURN head.seq + 1;
END $$;
REVOKE ALL ON FUNCTION audit_append(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(uuid, text) TO contracts_app;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

RULES = """
-- Nobody approves what he prepared or edited.
CREATE FUNCTION four_eyes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.decision = 'approved' AND EXISTS (
        SELECT FROM invoice_editor e
        WHERE e.firm_id = NEW.firm_id AND e.invoice_id = NEW.invoice_id AND e.person_id = NEW.person_id
    ) THEN
        RAISE EXCEPTION 'the preparer of a draft cannot approve it' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER four_eyes BEFORE INSERT ON approval FOR EACH ROW EXECUTE FUNCTION four_eyes();

-- What was issued stays as approved: content only changes before issue, and issue needs an approval of it.
CREATE FUNCTION invoice_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an invoice is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state IN ('submitted', 'certified', 'paid', 'withdrawn') AND (
        NEW.entries, NEW.releases, NEW.content_hash, NEW.period_to, NEW.application_no, NEW.kind, NEW.contract_id,
        NEW.submissions
    ) IS DISTINCT FROM (
        OLD.entries, OLD.releases, OLD.content_hash, OLD.period_to, OLD.application_no, OLD.kind, OLD.contract_id,
        OLD.submissions
    ) THEN
        RAISE EXCEPTION 'the content of an issued invoice is fixed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state IN ('submitted', 'certified', 'paid', 'withdrawn')
        AND NEW.state IN ('draft', 'in_review', 'approved') THEN
        RAISE EXCEPTION 'an issued or withdrawn invoice never becomes a draft again'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = 'submitted' AND OLD.state <> 'submitted' AND NOT EXISTS (
        SELECT FROM approval a
        WHERE a.firm_id = NEW.firm_id AND a.invoice_id = NEW.id AND a.decision = 'approved'
          AND a.content_hash = NEW.content_hash
    ) THEN
        RAISE EXCEPTION 'an invoice is issued only as approved' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER content_fixed BEFORE UPDATE OR DELETE ON invoice
    FOR EACH ROW EXECUTE FUNCTION invoice_content();

-- Cash settles only what its client owes the legal entity that was paid.
CREATE FUNCTION cash_of_one_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.payment_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM payment p
        JOIN receivable r ON r.firm_id = p.firm_id AND r.id = NEW.receivable_id
        JOIN issued_invoice i ON i.firm_id = r.firm_id AND i.invoice_id = r.invoice_id
        WHERE p.firm_id = NEW.firm_id AND p.id = NEW.payment_id
          AND (p.client_id, p.legal_entity_id, p.currency) = (r.client_id, i.legal_entity_id, r.currency)
    ) THEN
        RAISE EXCEPTION 'cash settles only what its client owes the legal entity that was paid'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cash_of_one_account BEFORE INSERT ON receivable_entry
    FOR EACH ROW EXECUTE FUNCTION cash_of_one_account();

-- A firm's calendar goes forward only.
CREATE FUNCTION calendar_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.shift_seconds < OLD.shift_seconds THEN
        RAISE EXCEPTION 'a calendar moves forward, never back' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER calendar_forward BEFORE UPDATE ON firm FOR EACH ROW EXECUTE FUNCTION calendar_forward();

ALTER TABLE firm ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_firm ON firm FOR ALL TO contracts_app
    USING (id = NULLIF(current_setting('app.firm', true), '')::uuid)
    WITH CHECK (id = NULLIF(current_setting('app.firm', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE ON firm TO contracts_app;

-- Sweeps see every firm: processes whose workflow was never started or is gone, and firms to check.
CREATE FUNCTION processes_to_start(older_than interval)
RETURNS TABLE (firm_id uuid, subject text, subject_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
    SELECT p.firm_id, p.subject, p.subject_id FROM process p JOIN firm f ON f.id = p.firm_id
    WHERE p.finished_at IS NULL AND (
        (p.started_at IS NULL AND p.opened_at < now() - older_than)
        -- A live workflow looks again at its deadline; one that let it pass is gone (ended, or lost with its store).
        OR (p.parked_step IS NULL
            AND p.deadline < now() + make_interval(secs => f.shift_seconds) - interval '2 minutes')
    )
    ORDER BY p.opened_at LIMIT 500
$$;
CREATE FUNCTION every_firm() RETURNS TABLE (id uuid, name text)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
    SELECT id, name FROM firm ORDER BY name, id
$$;
REVOKE ALL ON FUNCTION processes_to_start(interval), every_firm() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION processes_to_start(interval), every_firm() TO contracts_app;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO contracts_app;
GRANT SELECT ON alembic_version TO contracts_app;
"""


def upgrade() -> None:
    """Protect every table; freeze those that are written once."""
    op.execute(FUNCTIONS)
    for name in BUSINESS:
        op.execute(f"CALL protect('{name}')")
    for name in FROZEN:
        op.execute(f"CALL freeze('{name}')")
    op.execute(AUDIT)
    op.execute(RULES)

"""Sign-in and sessions: only these functions reach across firms, or see a session at all."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

FUNCTIONS = """
-- One more try for an address, counted before the password is looked at, so that parallel tries count too.
-- An unknown address is counted like a known one; the window is not prolonged by further tries.
CREATE FUNCTION sign_in_try(of_email text, counted_for interval)
RETURNS TABLE (tries integer, firm_id uuid, person_id uuid, password_hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    counted integer;
BEGIN
    DELETE FROM sign_in_count c WHERE c.window_ends < clock_timestamp() - interval '1 hour';
    INSERT INTO sign_in_count AS c (email_hash, tries, window_ends)
        VALUES (sha256(convert_to(of_email, 'UTF8')), 1, clock_timestamp() + counted_for)
        ON CONFLICT (email_hash) DO UPDATE SET
            tries = CASE WHEN c.window_ends <= clock_timestamp() THEN 1 ELSE c.tries + 1 END,
            window_ends = CASE WHEN c.window_ends <= clock_timestamp()
                THEN clock_timestamp() + counted_for ELSE c.window_ends END
        RETURNING c.tries INTO counted;
    RETURN QUERY SELECT counted, p.firm_id, p.id, p.password_hash
        FROM (SELECT 1) AS always LEFT JOIN person p ON p.email = of_email AND p.active;
END $$;

-- A new session after a password was right: what the browser held before is gone, the count starts again.
CREATE FUNCTION session_open(
    of_email text, of_firm uuid, of_person uuid, new_token bytea, old_token bytea, csrf text, way text,
    lasts interval
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM sign_in_count c WHERE c.email_hash = sha256(convert_to(of_email, 'UTF8'));
    DELETE FROM session s WHERE s.token_hash = old_token
        OR (s.firm_id = of_firm AND s.person_id = of_person AND s.expires_at <= clock_timestamp());
    INSERT INTO session (token_hash, firm_id, person_id, csrf_token, signed_in, created_at, last_seen_at, expires_at)
        VALUES (new_token, of_firm, of_person, csrf, way, clock_timestamp(), clock_timestamp(),
            clock_timestamp() + lasts);
END $$;

-- Whose session this is, with the roles as they are now. An idle or expired session, and one of a person who
-- is no longer active, ends here.
CREATE FUNCTION session_person(of_token bytea, idle interval)
RETURNS TABLE (firm_id uuid, person_id uuid, name text, client_id uuid, csrf_token text, signed_in text,
    roles text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM session s USING person p
        WHERE s.token_hash = of_token AND p.firm_id = s.firm_id AND p.id = s.person_id
          AND (s.expires_at <= clock_timestamp() OR s.last_seen_at <= clock_timestamp() - idle OR NOT p.active);
    UPDATE session s SET last_seen_at = clock_timestamp()
        WHERE s.token_hash = of_token AND s.last_seen_at < clock_timestamp() - interval '1 minute';
    RETURN QUERY SELECT s.firm_id, s.person_id, p.name, p.client_id, s.csrf_token, s.signed_in,
        ARRAY(SELECT r.role FROM person_role r
            WHERE r.firm_id = s.firm_id AND r.person_id = s.person_id ORDER BY r.role)
        FROM session s JOIN person p ON p.firm_id = s.firm_id AND p.id = s.person_id
        WHERE s.token_hash = of_token;
END $$;

CREATE FUNCTION session_close(of_token bytea) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM session WHERE token_hash = of_token
$$;

REVOKE ALL ON FUNCTION sign_in_try(text, interval),
    session_open(text, uuid, uuid, bytea, bytea, text, text, interval), session_person(bytea, interval),
    session_close(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_try(text, interval),
    session_open(text, uuid, uuid, bytea, bytea, text, text, interval), session_person(bytea, interval),
    session_close(bytea) TO contracts_app;

-- A password's hash is written by the application and compared at sign-in, but read by nothing else.
REVOKE SELECT ON person FROM contracts_app;
GRANT SELECT (firm_id, id, name, email, client_id, active) ON person TO contracts_app;

-- Nothing of a person is deleted by the application, except a role that is taken away.
GRANT DELETE ON person_role TO contracts_app;
"""


def upgrade() -> None:
    """Create the functions that sign-in works through."""
    op.execute(FUNCTIONS)

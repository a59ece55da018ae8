"""People: links to set a password, own sessions, tries to sign in counted per network address too."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

FUNCTIONS = """
CALL protect('password_link');
GRANT SELECT (last_signed_in_at) ON person TO contracts_app;

-- One more try, counted before the password is looked at, so that parallel tries count too. First against the
-- network address (none given: not counted), where it stands as a failure until a session is opened; from an
-- address above its limit an account is neither looked up nor counted, so that it locks nobody out.
DROP FUNCTION sign_in_try(text, interval);
CREATE FUNCTION sign_in_try(of_email text, of_network text, network_limit integer, counted_for interval)
RETURNS TABLE (tries integer, failures integer, firm_id uuid, person_id uuid, password_hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    counted integer;
    failed integer := 0;
BEGIN
    DELETE FROM sign_in_count c WHERE c.window_ends < clock_timestamp() - interval '1 hour';
    DELETE FROM network_count n WHERE n.window_ends < clock_timestamp() - interval '1 hour';
    IF of_network IS NOT NULL THEN
        INSERT INTO network_count AS n (network_hash, failures, window_ends)
            VALUES (sha256(convert_to(of_network, 'UTF8')), 1, clock_timestamp() + counted_for)
            ON CONFLICT (network_hash) DO UPDATE SET
                failures = CASE WHEN n.window_ends <= clock_timestamp() THEN 1 ELSE n.failures + 1 END,
                window_ends = CASE WHEN n.window_ends <= clock_timestamp()
                    THEN clock_timestamp() + counted_for ELSE n.window_ends END
            RETURNING n.failures INTO failed;
        IF failed > network_limit THEN
            RETURN QUERY SELECT 0, failed, NULL::uuid, NULL::uuid, NULL::text;
            RETURN;
        END IF;
    END IF;
    INSERT INTO sign_in_count AS c (email_hash, tries, window_ends)
        VALUES (sha256(convert_to(of_email, 'UTF8')), 1, clock_timestamp() + counted_for)
        ON CONFLICT (email_hash) DO UPDATE SET
            tries = CASE WHEN c.window_ends <= clock_timestamp() THEN 1 ELSE c.tries + 1 END,
            window_ends = CASE WHEN c.window_ends <= clock_timestamp()
                THEN clock_timestamp() + counted_for ELSE c.window_ends END
        RETURNING c.tries INTO counted;
    RETURN QUERY SELECT counted, failed, p.firm_id, p.id, p.password_hash
        FROM (SELECT 1) AS always LEFT JOIN person p ON p.email = of_email AND p.active;
END $$;

-- The password was right: this try was no failure, and the account's count starts again.
CREATE FUNCTION sign_in_right(of_email text, of_network text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM sign_in_count c WHERE c.email_hash = sha256(convert_to(of_email, 'UTF8'));
    UPDATE network_count n SET failures = n.failures - 1
        WHERE n.network_hash = sha256(convert_to(of_network, 'UTF8')) AND n.failures > 0;
$$;

DROP FUNCTION session_open(text, uuid, uuid, bytea, bytea, text, text, interval);
CREATE FUNCTION session_open(
    of_firm uuid, of_person uuid, new_token bytea, old_token bytea, csrf text, way text, lasts interval,
    from_network text, by_browser text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM session s WHERE s.token_hash = old_token
        OR (s.firm_id = of_firm AND s.person_id = of_person AND s.expires_at <= clock_timestamp());
    INSERT INTO session (token_hash, firm_id, person_id, csrf_token, signed_in, network, browser, created_at,
            last_seen_at, expires_at)
        VALUES (new_token, of_firm, of_person, csrf, way, from_network, by_browser, clock_timestamp(),
            clock_timestamp(), clock_timestamp() + lasts);
    UPDATE person p SET last_signed_in_at = clock_timestamp() WHERE p.firm_id = of_firm AND p.id = of_person;
END $$;

-- A person's live sessions. Each is named by a hash of its token's hash: enough to end it, not to use it.
CREATE FUNCTION person_sessions(of_person uuid, idle interval)
RETURNS TABLE (name text, token_hash bytea, signed_in text, network text, browser text,
    created_at timestamptz, last_seen_at timestamptz, expires_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
    SELECT encode(sha256(s.token_hash), 'hex'), s.token_hash, s.signed_in, s.network, s.browser,
        s.created_at, s.last_seen_at, s.expires_at
    FROM session s
    WHERE s.firm_id = NULLIF(current_setting('app.firm', true), '')::uuid AND s.person_id = of_person
      AND s.expires_at > clock_timestamp() AND s.last_seen_at > clock_timestamp() - idle
    ORDER BY s.last_seen_at DESC, s.created_at DESC
$$;

-- End a person's sessions: the one with this name, or (no name) all but the one with this token, or all.
CREATE FUNCTION sessions_end(of_person uuid, named text, except_token bytea) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended integer;
BEGIN
    DELETE FROM session s
    WHERE s.firm_id = NULLIF(current_setting('app.firm', true), '')::uuid AND s.person_id = of_person
      AND (named IS NULL OR encode(sha256(s.token_hash), 'hex') = named)
      AND (except_token IS NULL OR s.token_hash <> except_token);
    GET DIAGNOSTICS ended = ROW_COUNT;
    RETURN ended;
END $$;

-- Whose link this is, as long as it may be used; it is used within the firm's own transaction.
CREATE FUNCTION password_link_person(of_token bytea)
RETURNS TABLE (firm_id uuid, person_id uuid, name text, email text, expires_at timestamptz)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
    SELECT l.firm_id, l.person_id, p.name, p.email, l.expires_at
    FROM password_link l JOIN person p ON p.firm_id = l.firm_id AND p.id = l.person_id
    WHERE l.token_hash = of_token AND l.used_at IS NULL AND l.expires_at > clock_timestamp() AND p.active
$$;

REVOKE ALL ON FUNCTION sign_in_try(text, text, integer, interval), sign_in_right(text, text),
    session_open(uuid, uuid, bytea, bytea, text, text, interval, text, text), person_sessions(uuid, interval),
    sessions_end(uuid, text, bytea), password_link_person(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sign_in_try(text, text, integer, interval), sign_in_right(text, text),
    session_open(uuid, uuid, bytea, bytea, text, text, interval, text, text), person_sessions(uuid, interval),
    sessions_end(uuid, text, bytea), password_link_person(bytea) TO contracts_app;
"""


def upgrade() -> None:
    """Add the tables and columns, then the functions that work on them."""
    op.add_column("person", sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("session", sa.Column("network", sa.Text(), nullable=True))
    op.add_column("session", sa.Column("browser", sa.Text(), nullable=True))
    op.create_table(
        "network_count",
        sa.Column("network_hash", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_ends", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("network_hash", name="pk_network_count"),
    )
    op.create_table(
        "password_link",
        sa.Column("firm_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column(
            "made_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("effect_key", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("smtp_reply", sa.Text(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name="fk_password_link_firm_id"),
        sa.ForeignKeyConstraint(
            ["firm_id", "person_id"],
            ["person.firm_id", "person.id"],
            name="fk_password_link_firm_id_person_id",
        ),
        sa.PrimaryKeyConstraint("firm_id", "person_id", name="pk_password_link"),
        sa.UniqueConstraint("token_hash", name="uq_password_link_token_hash"),
    )
    op.execute(FUNCTIONS)

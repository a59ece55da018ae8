"""How the system ran: the log itself, steps that failed, checks of the books."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import Query

LOG = Query(
    "audit-log",
    1,
    """
    WITH link AS (
        SELECT a.seq, a.at, a.hash, lag(a.seq, 1, 0::bigint) OVER chain AS before,
            a.at < lag(a.at) OVER chain AS earlier,
            a.hash = sha256(decode('00', 'hex')
                || coalesce(lag(a.hash) OVER chain, decode(repeat('00', 32), 'hex')) || int8send(a.seq)
                || int8send(CAST(extract(epoch FROM a.at) * 1000000 AS bigint)) || convert_to(a.body, 'UTF8'))
                AS follows
        FROM audit_entry a WHERE a.firm_id = :firm AND a.at <= :as_of
        WINDOW chain AS (ORDER BY a.seq)
    )
    SELECT count(*) AS entries, min(at) AS first_at, max(at) AS last_at,
        count(*) FILTER (WHERE seq <> before + 1) AS gaps,
        count(*) FILTER (WHERE follows IS NOT true) AS broken,
        count(*) FILTER (WHERE earlier) AS out_of_order
    FROM link
    """,
)

CHECKPOINTS = Query(
    "checks-and-checkpoints",
    1,
    """
    SELECT b.business_date, b.ended_at, b.holds, b.quiet, b.seq AS entry, encode(b.hash, 'hex') AS hash,
        b.checkpoints AS held_against, coalesce(b.checkpoint, '') AS checkpoint,
        coalesce(p.name, 'the schedule') AS asked_by,
        (SELECT count(*) FROM book_check_letter l WHERE l.firm_id = b.firm_id AND l.check_id = b.id)
            AS letters
    FROM book_check b LEFT JOIN person p ON p.firm_id = b.firm_id AND p.id = b.asked_by
    WHERE b.firm_id = :firm AND b.business_date BETWEEN :from_on AND :to_on AND b.ended_at <= :as_of
    ORDER BY b.ended_at
    """,
)

BACKUPS = Query(
    "backups-and-restores",
    1,
    """
    SELECT e.at, replace(e.action, '_', ' ') AS what, e.about AS manifest,
        (e.body::jsonb -> 'after' ->> 'files')::int AS files,
        (e.body::jsonb -> 'after' ->> 'bytes')::bigint AS bytes, e.body::jsonb -> 'after' ->> 'held' AS held
    FROM audit_entry e
    WHERE e.firm_id = :firm AND e.action IN ('back_up', 'restore_backup') AND e.at <= :as_of
        AND e.at::date BETWEEN :from_on AND :to_on
    ORDER BY e.seq
    """,
)

STUCK = Query(
    "steps-that-wait-for-repair",
    1,
    """
    SELECT replace(p.subject, '-', ' ') AS process, coalesce(k.number, i.number_text, f.file_name, c.name,
            p.subject_id::text) AS of_what, replace(p.parked_step, '_', ' ') AS step, p.parked_reason
                AS reason,
        p.since
    FROM process p
    LEFT JOIN contract k ON k.firm_id = p.firm_id AND k.id = p.subject_id
    LEFT JOIN issued_invoice i ON i.firm_id = p.firm_id AND i.invoice_id = p.subject_id
    LEFT JOIN import_file f ON f.firm_id = p.firm_id AND f.id = p.subject_id
    LEFT JOIN client c ON c.firm_id = p.firm_id AND c.id = p.subject_id
    WHERE p.firm_id = :firm AND p.parked_step IS NOT NULL AND p.finished_at IS NULL AND p.opened_at <= :as_of
    ORDER BY p.since, 2
    """,
)

NOT_STARTED = Query(
    "processes-without-workflow",
    1,
    """
    SELECT replace(p.subject, '-', ' ') AS process, p.subject_id::text AS of_what, p.opened_at FROM process p
    WHERE p.firm_id = :firm AND p.started_at IS NULL AND p.finished_at IS NULL
        AND p.opened_at <= CAST(:as_of AS timestamptz) - interval '10 minutes'
    ORDER BY p.opened_at
    """,
)

MESSAGES = Query(
    "messages-by-outcome",
    1,
    """
    SELECT replace(m.kind, '_', ' ') AS kind, count(*) AS messages,
        count(*) FILTER (WHERE m.sent_at <= :as_of AND m.state <> 'bounced') AS sent,
        count(*) FILTER (WHERE m.sent_at IS NULL OR m.sent_at > :as_of) AS waiting,
        count(*) FILTER (WHERE m.state = 'bounced') AS bounced,
        count(*) FILTER (WHERE m.attempts > 1) AS tried_again, max(m.attempts) AS most_tries
    FROM message m
    WHERE m.firm_id = :firm AND m.business_date BETWEEN :from_on AND :to_on AND m.queued_at <= :as_of
    GROUP BY m.kind ORDER BY m.kind
    """,
)

MESSAGES_TRIED = Query(
    "messages-not-taken",
    1,
    """
    SELECT m.business_date, replace(m.kind, '_', ' ') AS kind, m.recipient, m.subject, m.attempts, m.state,
        coalesce(m.smtp_reply, '') AS smtp_reply
    FROM message m
    WHERE m.firm_id = :firm AND m.business_date BETWEEN :from_on AND :to_on AND m.queued_at <= :as_of
        AND (m.state = 'bounced' OR m.sent_at IS NULL AND m.attempts > 0)
    ORDER BY m.business_date, m.recipient
    """,
)

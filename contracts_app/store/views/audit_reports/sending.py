"""What went out, what came in by files, what was billed twice, and what happened around a period's end."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import Query

MESSAGES = Query(
    "messages-sent",
    1,
    """
    SELECT m.business_date, replace(m.kind, '_', ' ') AS kind, coalesce(i.number_text, '') AS number,
        c.name AS client, m.recipient, m.subject, m.message_id, m.content_sha256,
        coalesce(d.file_name, '') AS document, coalesce(d.sha256, '') AS document_sha256, m.queued_at,
        CASE WHEN m.sent_at <= :as_of THEN m.sent_at END AS sent_at, m.attempts,
        CASE WHEN m.sent_at <= :as_of THEN coalesce(m.smtp_reply, '') ELSE '' END AS smtp_reply, m.state
    FROM message m
    JOIN client c ON c.firm_id = m.firm_id AND c.id = m.client_id
    LEFT JOIN issued_invoice i ON i.firm_id = m.firm_id AND i.invoice_id = m.invoice_id
    LEFT JOIN invoice v ON v.firm_id = m.firm_id AND v.id = m.invoice_id
    LEFT JOIN document d ON d.firm_id = m.firm_id AND d.id = m.document_id
    WHERE m.firm_id = :firm AND m.business_date BETWEEN :from_on AND :to_on AND m.queued_at <= :as_of
        AND (:contract IS NULL OR v.contract_id = :contract) AND (:client IS NULL OR m.client_id = :client)
    ORDER BY m.business_date, m.queued_at, m.message_id
    """,
)

NOT_SENT = Query(
    "invoices-not-sent",
    1,
    """
    SELECT i.number_text AS number, i.issued_on, k.number AS contract, c.name AS client,
        CASE WHEN EXISTS (SELECT FROM message m WHERE m.firm_id = i.firm_id AND m.invoice_id = i.invoice_id
            AND m.queued_at <= :as_of) THEN 'no message was taken by its mail server'
            ELSE 'no message was written' END AS finding
    FROM issued_invoice i
    JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
    JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
    JOIN client c ON c.firm_id = k.firm_id AND c.id = k.client_id
    LEFT JOIN group_invoice g ON g.firm_id = i.firm_id AND g.id = i.group_invoice_id
    WHERE i.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
        AND NOT EXISTS (SELECT FROM message m WHERE m.firm_id = i.firm_id AND m.sent_at <= :as_of
            AND m.invoice_id = coalesce(g.carried_by, i.invoice_id))
    ORDER BY i.issued_on, i.number_text
    """,
)

DECISIONS = Query(
    "decisions-of-clients",
    1,
    """
    SELECT x.certified_on, x.at, i.number_text AS number, k.number AS contract, c.name AS client,
        p.name AS by, p.email, replace(x.decision, '_', ' ') AS decision, x.reason, i.currency,
        i.line8 AS asked_for, x.line8 AS certified
    FROM certificate x
    JOIN issued_invoice i ON i.firm_id = x.firm_id AND i.invoice_id = x.invoice_id
    JOIN invoice v ON v.firm_id = x.firm_id AND v.id = x.invoice_id
    JOIN contract k ON k.firm_id = x.firm_id AND k.id = v.contract_id
    JOIN client c ON c.firm_id = x.firm_id AND c.id = k.client_id
    JOIN person p ON p.firm_id = x.firm_id AND p.id = x.person_id
    WHERE x.firm_id = :firm AND x.decision <> 'not_required' AND x.at <= :as_of
        AND x.certified_on BETWEEN :from_on AND :to_on
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY x.certified_on, x.at
    """,
)

_LIVE = """
    WITH live AS (
        SELECT i.invoice_id, i.number_text, i.issued_on, v.contract_id, v.period_to, v.kind, i.currency,
            i.line8,
            k.number AS contract, k.client_id
        FROM issued_invoice i
        JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        WHERE i.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
            AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
            AND NOT EXISTS (
                SELECT FROM invoice w JOIN issued_invoice n ON n.firm_id = w.firm_id AND n.invoice_id = w.id
                WHERE w.firm_id = :firm AND w.revises = v.id AND n.issued_at <= :as_of)
    )
"""

LOOKED_THROUGH = Query(
    "looked-through-for-duplicates",
    1,
    """
    SELECT (SELECT count(*) FROM live) AS invoices,
        (SELECT count(*) FROM issued_time t JOIN live USING (invoice_id) WHERE t.firm_id = :firm)
            AS time_entries,
        (SELECT count(*) FROM issued_cost t JOIN live USING (invoice_id) WHERE t.firm_id = :firm) AS costs,
        (SELECT count(*) FROM import_file f WHERE f.firm_id = :firm AND f.state = 'posted') AS files
    """,
    _LIVE,
)

DUPLICATES = Query(
    "billed-twice",
    1,
    """
    SELECT 'same contract, period and amount' AS what, string_agg(number_text, ', ' ORDER BY number_text)
        AS numbers, contract, currency, line8 AS amount, 'to ' || period_to AS of_what
    FROM live WHERE line8 <> 0 GROUP BY contract, contract_id, period_to, kind, currency, line8
    HAVING count(*) > 1
    UNION ALL
    SELECT 'same time entry', string_agg(l.number_text, ', ' ORDER BY l.number_text), min(l.contract),
        min(l.currency), min(t.amount), min(t.person) || ', ' || min(t.work_date)
    FROM issued_time t JOIN live l USING (invoice_id) WHERE t.firm_id = :firm
    GROUP BY t.time_entry_id HAVING count(*) > 1
    UNION ALL
    SELECT 'same cost', string_agg(l.number_text, ', ' ORDER BY l.number_text), min(l.contract),
        min(l.currency), min(t.cost), min(t.description)
    FROM issued_cost t JOIN live l USING (invoice_id) WHERE t.firm_id = :firm
    GROUP BY t.job_cost_id HAVING count(*) > 1
    UNION ALL
    SELECT 'same file posted twice', '', k.number, '', NULL, min(f.file_name) || ' (' || f.kind || ')'
    FROM import_file f LEFT JOIN contract k ON k.firm_id = f.firm_id AND k.id = f.contract_id
    WHERE f.firm_id = :firm AND f.state = 'posted' AND f.uploaded_at <= :as_of
        AND CAST(f.report ->> 'new' AS numeric) > 0
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    GROUP BY f.sha256, f.kind, k.number, f.parent_id HAVING count(*) > 1
    ORDER BY 1, 2, 6
    """,
    _LIVE,
)

FILES = Query(
    "files-brought-in",
    1,
    """
    SELECT f.uploaded_at, f.file_name, replace(f.kind, '_', ' ') AS kind, coalesce(k.number, '') AS contract,
        p.name AS uploaded_by, coalesce(o.name, '') AS posted_by, f.state, f.sha256,
        CAST(r ->> 'rows_read' AS numeric) AS rows_read, CAST(r ->> 'new' AS numeric) AS accepted,
        CAST(r ->> 'known' AS numeric) AS known, CAST(r ->> 'repeats' AS numeric) AS repeats,
        CAST(r ->> 'ignored' AS numeric) AS ignored, CAST(r ->> 'refused' AS numeric) AS refused,
        CAST(r ->> 'waiting' AS numeric) AS waiting,
        CAST(r ->> 'rows_read' AS numeric) - CAST(r ->> 'new' AS numeric)
            - CAST(r ->> 'known' AS numeric) - coalesce(CAST(r ->> 'repeats' AS numeric),
                0) - CAST(r ->> 'ignored' AS numeric)
            - CAST(r ->> 'refused' AS numeric) - CAST(r ->> 'waiting' AS numeric) AS difference,
        coalesce(r #>> '{totals_read,amount}', '') AS amount_read,
        coalesce(r #>> '{totals_new,amount}', '') AS amount_accepted,
        coalesce(r #>> '{totals_read,hours}', '') AS hours_read,
        coalesce(r #>> '{totals_new,hours}', '') AS hours_accepted
    FROM import_file f
    JOIN firm z ON z.id = f.firm_id
    JOIN person p ON p.firm_id = f.firm_id AND p.id = f.uploaded_by
    LEFT JOIN person o ON o.firm_id = f.firm_id AND o.id = f.posted_by
    LEFT JOIN contract k ON k.firm_id = f.firm_id AND k.id = f.contract_id
    CROSS JOIN LATERAL (SELECT coalesce(f.report, '{}'::jsonb) AS r) said
    WHERE f.firm_id = :firm AND f.uploaded_at <= :as_of
        AND (SELECT CAST(CAST(a.body::jsonb ->> 'business_at' AS timestamptz) AT TIME ZONE z.time_zone
            AS date)
            FROM audit_entry a WHERE a.firm_id = :firm AND a.about = f.id::text ORDER BY a.seq LIMIT 1)
            BETWEEN :from_on AND :to_on
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY f.uploaded_at, f.id
    """,
)

FILES_OPEN = Query(
    "files-not-done-with",
    1,
    """
    SELECT f.uploaded_at, f.file_name, replace(f.kind, '_', ' ') AS kind, coalesce(k.number, '') AS contract,
        p.name AS uploaded_by, replace(f.state, '_', ' ') AS state,
        CASE f.state WHEN 'received' THEN 'is being read' WHEN 'needs_decision' THEN 'waits for an answer'
            WHEN 'ready' THEN 'waits to be posted' WHEN 'posting' THEN 'is being posted'
            WHEN 'undoing' THEN 'is being taken back' ELSE 'waits for its projects to be given out' END AS why
    FROM import_file f
    JOIN person p ON p.firm_id = f.firm_id AND p.id = f.uploaded_by
    LEFT JOIN contract k ON k.firm_id = f.firm_id AND k.id = f.contract_id
    WHERE f.firm_id = :firm AND f.uploaded_at <= :as_of
        AND f.state IN ('received', 'needs_decision', 'ready', 'posting', 'undoing', 'to_distribute')
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY f.uploaded_at
    """,
)

CUT_OFF = Query(
    "around-the-end-of-the-period",
    1,
    """
    WITH around AS (
        (SELECT i.*, 'last in the period' AS side FROM issued_invoice i
            JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
            JOIN contract k ON k.firm_id = i.firm_id AND k.id = v.contract_id
            WHERE i.firm_id = :firm AND i.issued_on <= :to_on AND i.issued_at <= :as_of
                AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
            ORDER BY i.issued_on DESC, i.issued_at DESC LIMIT 10)
        UNION ALL
        (SELECT i.*, 'first after it' FROM issued_invoice i
            JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
            JOIN contract k ON k.firm_id = i.firm_id AND k.id = v.contract_id
            WHERE i.firm_id = :firm AND i.issued_on > :to_on AND i.issued_at <= :as_of
                AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
            ORDER BY i.issued_on, i.issued_at LIMIT 10)
    ), approved AS (
        SELECT invoice_id, content_hash, max(decided_on) AS approved_on FROM approval
        WHERE firm_id = :firm AND decision = 'approved' AND at <= :as_of AND invoice_id IN (
            SELECT invoice_id FROM around)
        GROUP BY 1, 2
    )
    SELECT i.side, i.number_text AS number, k.number AS contract, v.period_to AS service_to, a.approved_on,
        i.issued_on, i.issued_at, r.arose_on AS posted_on, i.currency, i.line8 AS amount,
        concat_ws('; ', CASE WHEN v.period_to <= :to_on AND i.issued_on > :to_on
                THEN 'work of the period, invoiced after it' END,
            CASE WHEN v.period_to > :to_on AND i.issued_on <= :to_on
                THEN 'invoiced in the period, work after it' END,
            CASE WHEN i.issued_on <= :to_on AND r.arose_on > :to_on THEN 'owed after the period' END)
                AS remark
    FROM around i
    JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
    JOIN contract k ON k.firm_id = i.firm_id AND k.id = v.contract_id
    LEFT JOIN receivable r ON r.firm_id = i.firm_id AND r.invoice_id = i.invoice_id
    LEFT JOIN approved a ON a.invoice_id = i.invoice_id AND a.content_hash = i.content_hash
    ORDER BY i.issued_on, i.issued_at
    """,
)

WORK_BILLED_LATER = Query(
    "work-of-the-period-invoiced-later",
    1,
    """
    SELECT i.number_text AS number, i.issued_on, k.number AS contract, min(t.work_date) AS first_day,
        max(t.work_date) AS last_day, count(*) AS entries, i.currency, sum(t.amount) AS amount
    FROM issued_time t
    JOIN issued_invoice i ON i.firm_id = t.firm_id AND i.invoice_id = t.invoice_id
    JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
    JOIN contract k ON k.firm_id = i.firm_id AND k.id = v.contract_id
    WHERE t.firm_id = :firm AND t.work_date BETWEEN :from_on AND :to_on AND i.issued_on > :to_on
        AND i.issued_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    GROUP BY i.number_text, i.issued_on, k.number, i.currency ORDER BY i.issued_on, i.number_text
    """,
)

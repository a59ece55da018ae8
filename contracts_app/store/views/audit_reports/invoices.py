"""What was issued: the register, its numbers, who approved it, and whether anything changed afterwards."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import Query

REGISTER = Query(
    "invoice-register",
    1,
    """
    SELECT i.number_text AS number, i.issued_on, e.name AS entity, k.number AS contract, c.name AS client,
        replace(v.kind, '_', ' ') AS kind, v.application_no, v.period_to,
        coalesce(d.currency, i.currency) AS currency,
        coalesce(d.due - d.tax, i.line8 - coalesce(t.discount, 0)) AS without_tax,
        coalesce(d.tax, t.tax, 0) AS tax,
        coalesce(d.due, i.line8 + coalesce(t.tax - t.discount, 0)) AS due,
        CASE WHEN r.number_text IS NOT NULL THEN 'replaced by ' || r.number_text ELSE '' END AS standing
    FROM issued_invoice i
    JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
    JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
    JOIN client c ON c.firm_id = k.firm_id AND c.id = k.client_id
    JOIN legal_entity e ON e.firm_id = i.firm_id AND e.id = i.legal_entity_id
    LEFT JOIN document_tax t ON t.firm_id = i.firm_id AND t.invoice_id = i.invoice_id AND t.stage = 'issued'
    LEFT JOIN document_invoiced d
        ON d.firm_id = i.firm_id AND d.invoice_id = i.invoice_id AND d.stage = 'issued'
    LEFT JOIN (
        SELECT w.firm_id, w.revises, n.number_text FROM invoice w
        JOIN issued_invoice n ON n.firm_id = w.firm_id AND n.invoice_id = w.id
        WHERE w.firm_id = :firm AND w.revises IS NOT NULL AND n.issued_at <= :as_of
    ) r ON r.firm_id = v.firm_id AND r.revises = v.id
    WHERE i.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    UNION ALL
    SELECT n.number_text, n.issued_on, e.name, k.number, c.name, 'credit note', v.application_no, v.period_to,
        n.currency, -n.net, -n.tax, -n.amount, 'credits ' || i.number_text
    FROM credit_note n
    JOIN invoice v ON v.firm_id = n.firm_id AND v.id = n.invoice_id
    JOIN issued_invoice i ON i.firm_id = n.firm_id AND i.invoice_id = n.invoice_id
    JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
    JOIN client c ON c.firm_id = k.firm_id AND c.id = k.client_id
    JOIN legal_entity e ON e.firm_id = n.firm_id AND e.id = n.legal_entity_id
    WHERE n.firm_id = :firm AND n.issued_on BETWEEN :from_on AND :to_on AND n.issued_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY 2, 1
    """,
)

_NUMBERS = """
    WITH given AS (
        SELECT i.legal_entity_id, i.series, i.number, i.issued_on FROM issued_invoice i
        WHERE i.firm_id = :firm AND i.group_invoice_id IS NULL AND i.issued_at <= :as_of
            AND i.issued_on <= :to_on
        UNION ALL
        SELECT g.legal_entity_id, g.series, g.number, g.issued_on FROM group_invoice g
        WHERE g.firm_id = :firm AND g.issued_at <= :as_of AND g.issued_on <= :to_on
        UNION ALL
        SELECT n.legal_entity_id, n.series, n.number, n.issued_on FROM credit_note n
        WHERE n.firm_id = :firm AND n.issued_at <= :as_of AND n.issued_on <= :to_on
    ), run AS (
        SELECT g.*, lag(number) OVER chain AS before, lag(issued_on) OVER chain AS day_before
        FROM given g WINDOW chain AS (PARTITION BY legal_entity_id, series ORDER BY number)
    )
"""

SEQUENCES = Query(
    "number-sequences",
    1,
    """
    SELECT e.name AS entity, r.series, s.prefix, count(*) FILTER (WHERE issued_on >= :from_on) AS in_period,
        min(number) FILTER (WHERE issued_on >= :from_on) AS first,
        max(number) FILTER (WHERE issued_on >= :from_on) AS last,
        count(*) AS since_the_first,
        max(number) - count(DISTINCT number) AS missing,
        count(*) - count(DISTINCT number) AS twice,
        count(*) FILTER (WHERE issued_on < day_before) AS out_of_order
    FROM run r JOIN legal_entity e ON e.firm_id = :firm AND e.id = r.legal_entity_id
    LEFT JOIN number_series s
        ON s.firm_id = :firm AND s.legal_entity_id = r.legal_entity_id AND s.series = r.series
    GROUP BY e.name, r.series, s.prefix ORDER BY e.name, r.series
    """,
    _NUMBERS,
)

MISSING_NUMBERS = Query(
    "missing-numbers",
    1,
    """
    SELECT e.name AS entity, r.series, coalesce(before, 0) + 1 AS first_missing, number - 1 AS last_missing,
        r.day_before AS after, r.issued_on AS until
    FROM run r JOIN legal_entity e ON e.firm_id = :firm AND e.id = r.legal_entity_id
    WHERE number > coalesce(before, 0) + 1 ORDER BY e.name, r.series, number
    """,
    _NUMBERS,
)

BY_MONTH = Query(
    "invoiced-by-month",
    1,
    """
    SELECT to_char(i.issued_on, 'YYYY-MM') AS month, e.name AS entity,
        coalesce(d.currency, i.currency) AS currency, count(*) AS invoices,
        sum(coalesce(d.due - d.tax, i.line8 - coalesce(t.discount, 0))) AS without_tax,
        sum(coalesce(d.tax, t.tax, 0)) AS tax,
        sum(coalesce(d.due, i.line8 + coalesce(t.tax - t.discount, 0))) AS due,
        sum(a.amount) AS arose
    FROM issued_invoice i
    JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
    JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
    JOIN legal_entity e ON e.firm_id = i.firm_id AND e.id = i.legal_entity_id
    LEFT JOIN document_tax t ON t.firm_id = i.firm_id AND t.invoice_id = i.invoice_id AND t.stage = 'issued'
    LEFT JOIN document_invoiced d
        ON d.firm_id = i.firm_id AND d.invoice_id = i.invoice_id AND d.stage = 'issued'
    LEFT JOIN (
        SELECT r.invoice_id, sum(y.amount) AS amount FROM receivable r
        JOIN receivable_entry y ON y.firm_id = r.firm_id AND y.receivable_id = r.id
        WHERE r.firm_id = :firm AND y.cause IN ('arises', 'certificate') AND y.at <= :as_of
        GROUP BY r.invoice_id
    ) a ON a.invoice_id = i.invoice_id
    WHERE i.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """,
)

APPROVALS = Query(
    "approvals-of-invoices",
    3,
    """
    WITH given AS (
        SELECT a.about, a.body::jsonb ->> 'by' AS by, a.body::jsonb #>> '{after,content_hash}' AS content,
            min(a.body::jsonb ->> 'signed_in') AS signed_in, min(a.seq) AS seq
        FROM audit_entry a
        WHERE a.firm_id = :firm AND a.action = 'approve_draft' AND a.at <= :as_of
            AND a.doing = 'done' AND a.kind = 'invoice'
        GROUP BY 1, 2, 3
    ), held AS (
        SELECT p.about, p.at, lead(p.at) OVER (PARTITION BY p.about ORDER BY p.seq) AS until,
            (SELECT string_agg(replace(one, '_', ' '), ', ' ORDER BY one)
                FROM jsonb_array_elements_text(p.body::jsonb #> '{after,roles}') one) AS roles
        FROM audit_entry p
        WHERE p.firm_id = :firm AND p.action IN ('add_person', 'change_roles')
            AND p.doing = 'done'
    ), paper AS (
        SELECT DISTINCT ON (d.invoice_id) d.invoice_id, d.sha256 FROM document d
        WHERE d.firm_id = :firm AND d.media_type = 'application/pdf' AND d.invoice_id IS NOT NULL
            AND d.at <= :as_of
        ORDER BY d.invoice_id, d.at
    )
    SELECT i.number_text AS number, i.issued_on, k.number AS contract, w.name AS prepared_by,
        replace(a.step, '_', ' ') AS step, p.name AS approved_by, coalesce(b.name, '') AS in_place_of,
        coalesce(h.roles, '') AS roles_then,
        coalesce(g.signed_in, '') AS signed_in, a.at AS approved_at, g.seq AS entry,
        a.content_hash AS approved_content, i.content_hash AS issued_content,
        a.content_hash = i.content_hash AS same, i.snapshot_sha256 AS data_sha256,
        coalesce(f.sha256, '') AS pdf_sha256, q.name AS issued_by, i.issued_at
    FROM issued_invoice i
    JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
    JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
    JOIN person w ON w.firm_id = v.firm_id AND w.id = v.prepared_by
    JOIN person q ON q.firm_id = i.firm_id AND q.id = i.issued_by
    LEFT JOIN approval a ON a.firm_id = i.firm_id AND a.invoice_id = i.invoice_id AND a.decision = 'approved'
        AND a.at <= :as_of
    LEFT JOIN person p ON p.firm_id = a.firm_id AND p.id = a.person_id
    LEFT JOIN person b ON b.firm_id = a.firm_id AND b.id = a.on_behalf_of
    LEFT JOIN given g
        ON g.about = a.invoice_id::text AND g.by = a.person_id::text AND g.content = a.content_hash
    LEFT JOIN held h ON h.about = a.person_id::text AND h.at <= a.at AND (h.until IS NULL OR h.until > a.at)
    LEFT JOIN paper f ON f.invoice_id = i.invoice_id
    WHERE i.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY i.issued_on, i.number_text, a.at
    """,
)

_EVERY = """
    WITH given AS (
        SELECT a.invoice_id, a.content_hash, count(*) AS approvals, max(a.at) AS last_at,
            bool_or(EXISTS (
                SELECT FROM invoice_editor e WHERE e.firm_id = a.firm_id AND e.invoice_id = a.invoice_id
                    AND e.person_id IN (a.person_id, a.on_behalf_of)
            )) AS by_editor
        FROM approval a WHERE a.firm_id = :firm AND a.decision = 'approved' AND a.at <= :as_of
        GROUP BY a.invoice_id, a.content_hash
    ), every AS (
        SELECT i.invoice_id, i.number_text, i.issued_on, i.issued_at, k.number AS contract,
            p.name AS issued_by,
            coalesce(g.approvals, 0) AS approvals, g.last_at,
            g.approvals IS NULL AS unapproved, coalesce(g.last_at > i.issued_at, false) AS late,
            coalesce(g.by_editor, false) AS by_editor,
            v.content_hash <> i.content_hash AS changed, i.issued_by = v.prepared_by AS issued_by_preparer
        FROM issued_invoice i
        JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        JOIN person p ON p.firm_id = i.firm_id AND p.id = i.issued_by
        LEFT JOIN given g ON g.invoice_id = i.invoice_id AND g.content_hash = i.content_hash
        WHERE i.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
            AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    )
"""

APPROVED_AT_ALL = Query(
    "issued-and-approved",
    1,
    """
    SELECT count(*) AS issued, count(*) FILTER (WHERE NOT unapproved) AS approved,
        count(*) FILTER (WHERE unapproved) AS unapproved, count(*) FILTER (WHERE late) AS late,
        count(*) FILTER (WHERE by_editor) AS by_editor, count(*) FILTER (WHERE changed) AS changed,
        coalesce(sum(approvals), 0) AS approvals
    FROM every
    """,
    _EVERY,
)

NOT_AS_APPROVED = Query(
    "issued-not-as-approved",
    1,
    """
    SELECT number_text AS number, issued_on, contract, issued_by, concat_ws('; ',
        CASE WHEN unapproved THEN 'nobody approved what was issued' END,
        CASE WHEN late THEN 'approved after it was issued' END,
        CASE WHEN by_editor THEN 'approved by somebody who prepared or edited it' END,
        CASE WHEN changed THEN 'its content is not what was issued' END) AS finding
    FROM every WHERE unapproved OR late OR by_editor OR changed ORDER BY issued_on, number_text
    """,
    _EVERY,
)

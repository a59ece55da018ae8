"""Work behind the invoices: all billed, where each amount comes from, within what is agreed."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import Query

_TIME = """
    WITH billed AS (
        SELECT c.time_entry_id, i.issued_on IS NOT NULL AND i.issued_on <= :to_on AND i.issued_at <= :as_of
            AS issued
        FROM claim c LEFT JOIN issued_invoice i ON i.firm_id = c.firm_id AND i.invoice_id = c.invoice_id
        WHERE c.firm_id = :firm
    ), worked AS (
        SELECT t.contract_id, t.work_date, t.state, t.billable, t.billed_elsewhere, b.issued,
            round(t.seconds / 3600.0, 4) AS hours,
            round(coalesce(t.bill_seconds - t.seconds, 0) / 3600.0, 4) AS written,
            CASE WHEN t.state <> 'approved' THEN '' WHEN t.billed_elsewhere THEN 'elsewhere'
                WHEN NOT t.billable THEN 'free' WHEN b.issued THEN 'billed'
                WHEN b.issued IS NOT NULL THEN 'drafted' WHEN t.bill_seconds = 0 THEN 'written_off'
                ELSE 'unbilled' END AS standing
        FROM time_entry t LEFT JOIN billed b ON b.time_entry_id = t.id
        WHERE t.firm_id = :firm AND t.work_date BETWEEN :from_on AND :to_on AND t.state <> 'replaced'
    )
"""

TIME_BILLED = Query(
    "approved-time-billed",
    1,
    """
    , sums AS (
        SELECT contract_id, coalesce(sum(hours) FILTER (WHERE state = 'approved'), 0) AS approved,
            coalesce(sum(hours) FILTER (WHERE standing = 'billed'), 0) AS billed,
            coalesce(sum(hours) FILTER (WHERE standing = 'drafted'), 0) AS drafted,
            coalesce(sum(hours) FILTER (WHERE standing = 'unbilled'), 0) AS unbilled,
            coalesce(sum(hours) FILTER (WHERE standing = 'written_off'), 0) AS written_off,
            coalesce(sum(hours) FILTER (WHERE standing = 'free'), 0) AS free,
            coalesce(sum(hours) FILTER (WHERE standing = 'elsewhere'), 0) AS elsewhere,
            coalesce(sum(written) FILTER (WHERE state = 'approved'), 0) AS written,
            coalesce(sum(hours) FILTER (WHERE state = 'open'), 0) AS open,
            coalesce(sum(hours) FILTER (WHERE state = 'rejected'), 0) AS rejected
        FROM worked GROUP BY contract_id
    )
    SELECT k.number AS contract, c.name AS client, s.*,
        approved - billed - drafted - unbilled - written_off - free - elsewhere AS difference
    FROM sums s
    JOIN contract k ON k.firm_id = :firm AND k.id = s.contract_id
    JOIN client c ON c.firm_id = :firm AND c.id = k.client_id
    WHERE (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY k.number
    """,
    _TIME,
)

UNBILLED_BY_AGE = Query(
    "unbilled-time-by-age",
    1,
    """
    SELECT k.number AS contract, c.name AS client, min(w.work_date) AS oldest,
        coalesce(sum(hours) FILTER (WHERE :to_on - w.work_date <= 30), 0) AS to_30,
        coalesce(sum(hours) FILTER (WHERE :to_on - w.work_date BETWEEN 31 AND 60), 0) AS to_60,
        coalesce(sum(hours) FILTER (WHERE :to_on - w.work_date BETWEEN 61 AND 90), 0) AS to_90,
        coalesce(sum(hours) FILTER (WHERE :to_on - w.work_date > 90), 0) AS over_90, sum(hours) AS hours
    FROM worked w
    JOIN contract k ON k.firm_id = :firm AND k.id = w.contract_id
    JOIN client c ON c.firm_id = :firm AND c.id = k.client_id
    WHERE w.standing IN ('unbilled', 'drafted')
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    GROUP BY k.number, c.name ORDER BY k.number
    """,
    _TIME,
)

COSTS_BILLED = Query(
    "approved-costs-billed",
    1,
    """
    WITH standing AS (
        SELECT j.contract_id, j.currency, j.gross - j.recoverable_tax AS cost,
            coalesce(j.billed, j.gross - j.recoverable_tax) AS to_bill,
            CASE WHEN NOT j.billable THEN 'free' WHEN i.issued_on <= :to_on AND i.issued_at <= :as_of
                THEN 'billed' WHEN c.invoice_id IS NOT NULL THEN 'drafted' WHEN j.billed = 0
                    THEN 'written_off'
                ELSE 'unbilled' END AS standing
        FROM job_cost j
        LEFT JOIN cost_claim c ON c.firm_id = j.firm_id AND c.job_cost_id = j.id
        LEFT JOIN issued_invoice i ON i.firm_id = c.firm_id AND i.invoice_id = c.invoice_id
        WHERE j.firm_id = :firm AND j.state = 'approved' AND j.incurred_on BETWEEN :from_on AND :to_on
    ), sums AS (
        SELECT contract_id, currency, sum(cost) AS approved,
            coalesce(sum(cost) FILTER (WHERE standing = 'billed'), 0) AS billed,
            coalesce(sum(cost) FILTER (WHERE standing = 'drafted'), 0) AS drafted,
            coalesce(sum(cost) FILTER (WHERE standing = 'unbilled'), 0) AS unbilled,
            coalesce(sum(cost) FILTER (WHERE standing = 'written_off'), 0) AS written_off,
            coalesce(sum(cost) FILTER (WHERE standing = 'free'), 0) AS free, sum(to_bill - cost) AS written
        FROM standing GROUP BY contract_id, currency
    )
    SELECT k.number AS contract, c.name AS client, s.*,
        approved - billed - drafted - unbilled - written_off - free AS difference
    FROM sums s
    JOIN contract k ON k.firm_id = :firm AND k.id = s.contract_id
    JOIN client c ON c.firm_id = :firm AND c.id = k.client_id
    WHERE (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY k.number
    """,
)

_TO_DATE = """
    WITH last AS (
        SELECT DISTINCT ON (v.contract_id) v.contract_id, i.number_text, i.issued_on, i.line4, i.line5,
            i.line6,
            i.line3, x.line4 AS certified4, x.line5 AS certified5
        FROM invoice v
        JOIN issued_invoice i ON i.firm_id = v.firm_id AND i.invoice_id = v.id
        LEFT JOIN certificate x ON x.firm_id = v.firm_id AND x.invoice_id = v.id
            AND x.certified_on <= :to_on AND x.at <= :as_of
        WHERE v.firm_id = :firm AND i.issued_on <= :to_on AND i.issued_at <= :as_of
        ORDER BY v.contract_id, v.application_no DESC, v.revision DESC
    ), orders AS (
        SELECT o.contract_id,
            coalesce(sum(o.amount) FILTER (WHERE o.executed_on <= :to_on), 0) AS executed,
            count(*) FILTER (WHERE o.executed_on <= :to_on) AS count,
            coalesce(sum(o.amount) FILTER (
                WHERE o.order_state IN ('potential', 'requested', 'submitted')), 0) AS pending
        FROM change_order o WHERE o.firm_id = :firm GROUP BY o.contract_id
    ), above AS (
        SELECT l.invoice_id, sum(greatest(0, l.total - l.scheduled_value)) AS estimates
        FROM issued_line l JOIN sov_line s ON s.firm_id = l.firm_id AND s.id = l.sov_line_id
        WHERE l.firm_id = :firm AND NOT s.not_to_exceed GROUP BY l.invoice_id
    ), stands AS (
        SELECT k.number AS contract, k.title, c.name AS client, k.terms ->> 'currency' AS currency,
            CAST(k.terms ->> 'original_sum' AS numeric) AS original, coalesce(o.executed, 0) AS executed,
            coalesce(o.count, 0) AS orders,
            CAST(k.terms ->> 'original_sum' AS numeric) + coalesce(o.executed, 0) AS sum_to_date,
            coalesce(l.line4, 0) AS billed, coalesce(l.certified4, 0) AS certified,
            coalesce(l.certified5, l.line5, 0) AS retainage, coalesce(o.pending, 0) AS pending,
            l.number_text AS last_number, coalesce(b.estimates, 0) AS estimates
        FROM contract k
        JOIN client c ON c.firm_id = k.firm_id AND c.id = k.client_id
        LEFT JOIN last l ON l.contract_id = k.id
        LEFT JOIN orders o ON o.contract_id = k.id
        LEFT JOIN issued_invoice n ON n.firm_id = k.firm_id AND n.number_text = l.number_text
        LEFT JOIN above b ON b.invoice_id = n.invoice_id
        WHERE k.firm_id = :firm AND k.activated_at <= :as_of
            AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    )
"""

CONTRACTS_TO_DATE = Query(
    "contracts-to-date",
    1,
    """
    SELECT contract, title, client, currency, original, orders, executed, sum_to_date, billed, certified,
        retainage, sum_to_date - billed AS balance, pending, last_number
    FROM stands ORDER BY contract
    """,
    _TO_DATE,
)

OVER_CONTRACT = Query(
    "billed-over-contract",
    1,
    """
    SELECT contract, client, currency, sum_to_date, estimates, billed, billed - sum_to_date - estimates
        AS over
    FROM stands WHERE billed > sum_to_date + estimates ORDER BY contract
    """,
    _TO_DATE,
)

TIME_BEHIND = Query(
    "time-behind-invoices",
    1,
    """
    SELECT i.number_text AS number, k.number AS contract, s.item_no, s.description AS line, n.position,
        n.work_date, n.person, coalesce(n.role, '') AS role, n.description,
        round(n.seconds / 3600.0, 4) AS hours, n.rate, i.currency, n.amount, w.name AS entered_by,
        coalesce(a.name, '') AS approved_by, t.decided_on AS approved_on, n.source,
        coalesce(f.file_name, '') AS file, coalesce(f.sha256, '') AS file_sha256
    FROM issued_time n
    JOIN issued_invoice i ON i.firm_id = n.firm_id AND i.invoice_id = n.invoice_id
    JOIN invoice v ON v.firm_id = n.firm_id AND v.id = n.invoice_id
    JOIN contract k ON k.firm_id = n.firm_id AND k.id = v.contract_id
    JOIN sov_line s ON s.firm_id = n.firm_id AND s.id = n.sov_line_id
    JOIN time_entry t ON t.firm_id = n.firm_id AND t.id = n.time_entry_id
    JOIN person w ON w.firm_id = n.firm_id AND w.id = t.entered_by
    LEFT JOIN person a ON a.firm_id = n.firm_id AND a.id = t.decided_by
    LEFT JOIN import_file f ON f.firm_id = n.firm_id AND f.id = t.import_id
    WHERE n.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY i.issued_on, i.number_text, s.position, n.position, n.time_entry_id
    """,
)

COSTS_BEHIND = Query(
    "costs-behind-invoices",
    1,
    """
    SELECT i.number_text AS number, k.number AS contract, s.item_no, s.description AS line, n.position,
        n.category, n.incurred_on, n.description, coalesce(n.vendor, '') AS vendor, i.currency, n.cost,
        w.name AS recorded_by, coalesce(a.name, '') AS approved_by, j.decided_on AS approved_on, n.source
    FROM issued_cost n
    JOIN issued_invoice i ON i.firm_id = n.firm_id AND i.invoice_id = n.invoice_id
    JOIN invoice v ON v.firm_id = n.firm_id AND v.id = n.invoice_id
    JOIN contract k ON k.firm_id = n.firm_id AND k.id = v.contract_id
    JOIN sov_line s ON s.firm_id = n.firm_id AND s.id = n.sov_line_id
    JOIN job_cost j ON j.firm_id = n.firm_id AND j.id = n.job_cost_id
    JOIN person w ON w.firm_id = n.firm_id AND w.id = j.recorded_by
    LEFT JOIN person a ON a.firm_id = n.firm_id AND a.id = j.decided_by
    WHERE n.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY i.issued_on, i.number_text, s.position, n.position, n.job_cost_id
    """,
)

LINES_BEHIND = Query(
    "lines-behind-invoices",
    1,
    """
    SELECT i.number_text AS number, i.issued_on, k.number AS contract, l.item_no, l.description AS line,
        replace(s.basis, '_', ' ') AS basis, coalesce(l.change_order, '') AS change_order, i.currency,
        l.scheduled_value, l.previous, l.this_period, l.stored, l.total, l.retainage,
        coalesce(t.entries, 0) AS time_entries, coalesce(m.entries, 0) AS costs,
        coalesce(f.file_name, 'typed in') AS line_from, coalesce(f.sha256, '') AS file_sha256,
        i.snapshot_sha256 AS data_sha256
    FROM issued_line l
    JOIN issued_invoice i ON i.firm_id = l.firm_id AND i.invoice_id = l.invoice_id
    JOIN invoice v ON v.firm_id = l.firm_id AND v.id = l.invoice_id
    JOIN contract k ON k.firm_id = l.firm_id AND k.id = v.contract_id
    JOIN sov_line s ON s.firm_id = l.firm_id AND s.id = l.sov_line_id
    LEFT JOIN import_file f ON f.firm_id = l.firm_id AND f.id = s.import_id
    LEFT JOIN (
        SELECT invoice_id, sov_line_id, count(*) AS entries FROM issued_time WHERE firm_id = :firm
        GROUP BY 1, 2
    ) t ON t.invoice_id = l.invoice_id AND t.sov_line_id = l.sov_line_id
    LEFT JOIN (
        SELECT invoice_id, sov_line_id, count(*) AS entries FROM issued_cost WHERE firm_id = :firm
        GROUP BY 1, 2
    ) m ON m.invoice_id = l.invoice_id AND m.sov_line_id = l.sov_line_id
    WHERE l.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY i.issued_on, i.number_text, l.position
    """,
)

"""What the log and the books say of months that were closed, and of what came in late."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import Query
from contracts_app.store.views.audit_reports.trail import ENTRIES

MONTHS = Query(
    "months-closed-and-reopened",
    1,
    """
    SELECT to_char(m.month, 'YYYY-MM') AS month, t.at, t.seq AS entry,
        replace(t.action, '_', ' ') AS what, t.who, t.reason,
        coalesce(a.sha256, '') AS accrual, CAST(c.seq AS text) AS signed_at
    FROM told t JOIN accounting_period m ON m.firm_id = :firm AND m.id = t.about_id
    LEFT JOIN LATERAL (
        SELECT sha256 FROM accrual a WHERE a.firm_id = :firm AND a.period_id = m.id
            AND a.step = replace(t.action, '_period', '') AND a.taken_at <= t.at
        ORDER BY a.taken_at DESC LIMIT 1) a ON true
    LEFT JOIN LATERAL (
        SELECT c.seq FROM period_checkpoint c WHERE c.firm_id = :firm AND c.period_id = m.id
            AND t.action = 'close_period' AND c.locked_at <= t.at AND c.named_at <= :as_of
        ORDER BY c.locked_at DESC LIMIT 1) c ON true
    WHERE t.doing = 'done' AND t.kind = 'accounting_period'
        AND m.month <= :to_on AND (m.month + interval '1 month') > :from_on
    ORDER BY t.seq
    """,
    ENTRIES,
    ("close_period", "reopen_period", "soft_close_period"),
)
LATE = Query(
    "entries-of-closed-months",
    1,
    """
    SELECT l.kind, l.day, to_char(l.posted_to, 'YYYY-MM') AS posted_to, l.entered_at, k.number AS contract,
        r.what, p.name AS who
    FROM late_entry l
    JOIN LATERAL (
        SELECT contract_id, person AS what, entered_by AS by FROM time_entry t
            WHERE l.kind = 'time' AND t.firm_id = :firm AND t.id = l.record_id
        UNION ALL SELECT contract_id, person, entered_by FROM expense e
            WHERE l.kind = 'expense' AND e.firm_id = :firm AND e.id = l.record_id
        UNION ALL SELECT contract_id, description, recorded_by FROM job_cost j
            WHERE l.kind = 'cost' AND j.firm_id = :firm AND j.id = l.record_id) r ON true
    JOIN contract k ON k.firm_id = :firm AND k.id = r.contract_id
    JOIN person p ON p.firm_id = :firm AND p.id = r.by
    WHERE l.firm_id = :firm AND l.day BETWEEN :from_on AND :to_on AND l.entered_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY l.entered_at, l.record_id
    """,
)
REFUSED = Query(
    "refused-in-closed-months",
    1,
    """
    SELECT t.at, t.seq AS entry, replace(t.action, '_', ' ') AS what, t.who, t.reason
    FROM told t
    WHERE t.doing = 'refused' AND t.kind = 'refusal' AND t.on_day >= :from_on
        AND (t.b #>> '{after,code}' = 'period_closed' OR t.reason LIKE '%, which is being closed: %')
    ORDER BY t.seq
    """,
    ENTRIES,
    ("issue_group", "issue_invoice", "post_import", "receive_deposit", "receive_payment", "return_deposit"),
)

"""How often drafts come back to whoever handed them in, from the log alone."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import Query

_ACTIONS = ("submit_draft", "reject_draft")
_HANDED_IN = """
    WITH step AS MATERIALIZED (
        SELECT a.seq, a.about, a.body::jsonb AS b FROM audit_entry a
        WHERE a.firm_id = :firm AND a.at <= :as_of AND a.action = ANY(:actions)
            AND a.kind = 'invoice' AND a.doing = 'done'
    ), followed AS (
        SELECT s.seq, s.about, s.b, lead(s.b) OVER w AS next_b FROM step s
        WINDOW w AS (PARTITION BY s.about ORDER BY s.seq)
    ), handed_in AS (
        SELECT h.seq, h.b ->> 'by' AS handed_by, p.name AS person, p.email, k.number AS contract,
            i.application_no,
            CAST(CAST(h.b ->> 'business_at' AS timestamptz) AT TIME ZONE f.time_zone AS date) AS on_day,
            CASE WHEN h.next_b ->> 'action' = 'reject_draft' THEN h.next_b END AS rejected
        FROM followed h JOIN firm f ON f.id = :firm
        JOIN person p ON p.firm_id = :firm AND p.id::text = h.b ->> 'by'
        JOIN invoice i ON i.firm_id = :firm AND i.id::text = h.about
        JOIN contract k ON k.firm_id = :firm AND k.id = i.contract_id
        WHERE h.b ->> 'action' = 'submit_draft'
            AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    )
"""

BY_PERSON = Query(
    "drafts-sent-back-by-person",
    1,
    """
    SELECT to_char(h.on_day, 'YYYY-MM') AS month, h.person, h.email, count(*) AS submitted,
        count(h.rejected) AS sent_back,
        coalesce(sum(jsonb_array_length(coalesce(h.rejected #> '{command,lines}', '[]'))), 0) AS lines,
        round(100.0 * count(h.rejected) / count(*), 1) || ' %' AS share
    FROM handed_in h WHERE h.on_day BETWEEN :from_on AND :to_on
    GROUP BY 1, h.handed_by, h.person, h.email ORDER BY 1, h.person, h.email
    """,
    _HANDED_IN,
    _ACTIONS,
)

EACH = Query(
    "drafts-sent-back",
    1,
    """
    SELECT h.on_day, h.person, h.contract, h.application_no, coalesce(q.name, '') AS sent_back_by,
        coalesce(h.rejected ->> 'reason', '') AS reason,
        coalesce((
            SELECT string_agg(coalesce(l.item_no, '?') || ': ' || (one ->> 'reason'), '; ' ORDER BY l.item_no)
            FROM jsonb_array_elements(coalesce(h.rejected #> '{command,lines}', '[]')) one
            LEFT JOIN sov_line l ON l.firm_id = :firm AND l.id::text = one ->> 'line_id'), '') AS lines
    FROM handed_in h LEFT JOIN person q ON q.firm_id = :firm AND q.id::text = h.rejected ->> 'by'
    WHERE h.rejected IS NOT NULL AND h.on_day BETWEEN :from_on AND :to_on ORDER BY h.seq
    """,
    _HANDED_IN,
    _ACTIONS,
)

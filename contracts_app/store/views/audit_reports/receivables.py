"""What clients owe, what they keep back, and what was credited, given up or replaced."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import Query

_RETAINED = """
    WITH entry AS (
        SELECT e.contract_id, e.posted_on, e.withheld, e.released, e.withheld - e.released AS change
        FROM retainage_entry e
        LEFT JOIN issued_invoice i ON i.firm_id = e.firm_id AND i.invoice_id = e.invoice_id
        LEFT JOIN certificate x ON x.firm_id = e.firm_id AND x.invoice_id = e.invoice_id
        WHERE e.firm_id = :firm AND e.posted_on <= :to_on AND CASE e.cause
            WHEN 'issue' THEN i.issued_at <= :as_of WHEN 'certificate' THEN x.at <= :as_of ELSE true END
    )
"""

RETAINAGE = Query(
    "retainage-roll-forward",
    1,
    """
    SELECT c.name AS client, k.number AS contract, k.terms ->> 'currency' AS currency,
        coalesce(sum(change) FILTER (WHERE posted_on < :from_on), 0) AS opening,
        coalesce(sum(withheld) FILTER (WHERE posted_on >= :from_on), 0) AS withheld,
        coalesce(sum(released) FILTER (WHERE posted_on >= :from_on), 0) AS released,
        sum(change) AS closing
    FROM entry e
    JOIN contract k ON k.firm_id = :firm AND k.id = e.contract_id
    JOIN client c ON c.firm_id = :firm AND c.id = k.client_id
    WHERE (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    GROUP BY c.name, k.number, k.terms ->> 'currency' ORDER BY 1, 2
    """,
    _RETAINED,
)

RETAINAGE_BY_CLIENT = Query(
    "retainage-by-client",
    1,
    """
    SELECT c.name AS client, k.terms ->> 'currency' AS currency, count(DISTINCT k.id) AS contracts,
        coalesce(sum(change) FILTER (WHERE posted_on < :from_on), 0) AS opening,
        coalesce(sum(withheld) FILTER (WHERE posted_on >= :from_on), 0) AS withheld,
        coalesce(sum(released) FILTER (WHERE posted_on >= :from_on), 0) AS released,
        sum(change) AS closing
    FROM entry e
    JOIN contract k ON k.firm_id = :firm AND k.id = e.contract_id
    JOIN client c ON c.firm_id = :firm AND c.id = k.client_id
    WHERE (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    GROUP BY c.name, k.terms ->> 'currency' ORDER BY 1, 2
    """,
    _RETAINED,
)

RETAINAGE_UNEXPLAINED = Query(
    "retainage-unexplained",
    2,
    """
    , closing AS (SELECT contract_id, sum(change) AS closing FROM entry GROUP BY contract_id), last AS (
        SELECT DISTINCT ON (v.contract_id) v.contract_id,
            CASE WHEN x.at <= :as_of THEN x.line5 ELSE i.line5 END AS line5
        FROM invoice v
        JOIN issued_invoice i ON i.firm_id = v.firm_id AND i.invoice_id = v.id
        LEFT JOIN certificate x ON x.firm_id = v.firm_id AND x.invoice_id = v.id AND x.certified_on <= :to_on
        WHERE v.firm_id = :firm AND i.issued_at <= :as_of AND i.issued_on <= :to_on
        ORDER BY v.contract_id, v.application_no DESC, v.revision DESC
    )
    SELECT k.number AS contract, k.terms ->> 'currency' AS currency, e.closing, l.line5 AS last_line5
    FROM closing e
    JOIN contract k ON k.firm_id = :firm AND k.id = e.contract_id
    LEFT JOIN last l ON l.contract_id = e.contract_id
    WHERE (e.closing < 0 OR e.closing <> l.line5)
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY 1
    """,
    _RETAINED,
)

_OWED = """
    WITH entry AS (
        SELECT e.receivable_id AS id, e.cause, e.amount, e.posted_on FROM receivable_entry e
        WHERE e.firm_id = :firm AND e.at <= :as_of AND e.posted_on <= :to_on
    ), item AS (
        SELECT r.id, c.name AS client, c.id AS client_id, k.id AS contract_id, k.number AS contract,
            i.number_text AS number, r.arose_on, r.due_on, r.currency
        FROM receivable r
        JOIN client c ON c.firm_id = r.firm_id AND c.id = r.client_id
        JOIN contract k ON k.firm_id = r.firm_id AND k.id = r.contract_id
        JOIN issued_invoice i ON i.firm_id = r.firm_id AND i.invoice_id = r.invoice_id
        WHERE r.firm_id = :firm
        UNION ALL
        SELECT b.id, c.name, c.id, NULL, '', b.number || CASE b.part WHEN 'retainage' THEN ' (retainage)'
            ELSE '' END, b.issued_on, b.due_on, b.currency
        FROM brought_forward b JOIN client c ON c.firm_id = b.firm_id AND c.id = b.client_id
        WHERE b.firm_id = :firm
    ), post AS (
        SELECT id, cause, amount, posted_on FROM entry
        UNION ALL
        SELECT b.id, 'brought_forward', b.amount, b.issued_on FROM brought_forward b
        WHERE b.firm_id = :firm AND b.issued_on <= :to_on
        UNION ALL
        SELECT b.brought_forward_id, 'cash', b.amount, b.posted_on FROM brought_forward_cash b
        WHERE b.firm_id = :firm AND b.at <= :as_of AND b.posted_on <= :to_on
    )
"""

AGEING = Query(
    "receivables-ageing",
    1,
    """
    , open AS (
        SELECT t.*, sum(p.amount) AS balance, CASE WHEN t.due_on IS NULL THEN 0
            ELSE greatest(0, :to_on - t.due_on) END AS late
        FROM post p JOIN item t ON t.id = p.id
        WHERE (:contract IS NULL OR t.contract_id = :contract) AND (:client IS NULL OR t.client_id = :client)
        GROUP BY t.id, t.client, t.client_id, t.contract_id, t.contract, t.number, t.arose_on, t.due_on,
            t.currency
        HAVING sum(p.amount) <> 0
    )
    SELECT client, contract, number, arose_on, due_on, late AS days_late, currency,
        CASE WHEN late = 0 THEN balance ELSE 0 END AS not_due,
        CASE WHEN late BETWEEN 1 AND 30 THEN balance ELSE 0 END AS to_30,
        CASE WHEN late BETWEEN 31 AND 60 THEN balance ELSE 0 END AS to_60,
        CASE WHEN late BETWEEN 61 AND 90 THEN balance ELSE 0 END AS to_90,
        CASE WHEN late > 90 THEN balance ELSE 0 END AS over_90, balance
    FROM open ORDER BY client, due_on, number
    """,
    _OWED,
)

ROLL_FORWARD = Query(
    "receivables-roll-forward",
    1,
    """
    SELECT t.currency, coalesce(sum(p.amount) FILTER (WHERE p.posted_on < :from_on), 0) AS opening,
        coalesce(sum(p.amount) FILTER (WHERE p.posted_on >= :from_on
            AND p.cause IN ('arises', 'brought_forward')), 0) AS arose,
        coalesce(sum(p.amount) FILTER (WHERE p.posted_on >= :from_on AND p.cause = 'certificate'), 0)
            AS certified_less,
        coalesce(sum(p.amount) FILTER (WHERE p.posted_on >= :from_on AND p.cause IN ('cash', 'unapplied')), 0)
            AS cash,
        coalesce(sum(p.amount) FILTER (WHERE p.posted_on >= :from_on AND p.cause = 'deposit'), 0) AS deposits,
        coalesce(sum(p.amount) FILTER (WHERE p.posted_on >= :from_on
            AND p.cause IN ('withheld', 'discount')), 0) AS tax_and_discount,
        coalesce(sum(p.amount) FILTER (WHERE p.posted_on >= :from_on
            AND p.cause IN ('kept_back', 'returned')), 0) AS kept_back,
        coalesce(sum(p.amount) FILTER (WHERE p.posted_on >= :from_on
            AND p.cause IN ('superseded', 'moved_out', 'moved_in')), 0) AS replaced,
        sum(p.amount) AS closing
    FROM post p JOIN item t ON t.id = p.id
    WHERE (:contract IS NULL OR t.contract_id = :contract) AND (:client IS NULL OR t.client_id = :client)
    GROUP BY t.currency ORDER BY t.currency
    """,
    _OWED,
)

CASH = Query(
    "cash-received-and-applied",
    1,
    """
    WITH applied AS (
        SELECT e.payment_id, e.amount FROM receivable_entry e
        WHERE e.firm_id = :firm AND e.payment_id IS NOT NULL AND e.at <= :as_of
        UNION ALL
        SELECT b.payment_id, b.amount FROM brought_forward_cash b WHERE b.firm_id = :firm AND b.at <= :as_of
    ), sums AS (SELECT payment_id, sum(amount) AS amount FROM applied GROUP BY payment_id)
    SELECT c.name AS client, p.reference, p.received_on, w.name AS recorded_by, p.at AS recorded_at,
        p.currency,
        p.amount, -coalesce(s.amount, 0) AS applied, p.amount + coalesce(s.amount, 0) AS not_applied
    FROM payment p
    JOIN client c ON c.firm_id = p.firm_id AND c.id = p.client_id
    JOIN person w ON w.firm_id = p.firm_id AND w.id = p.recorded_by
    LEFT JOIN sums s ON s.payment_id = p.id
    WHERE p.firm_id = :firm AND p.received_on BETWEEN :from_on AND :to_on AND p.at <= :as_of
        AND (:client IS NULL OR p.client_id = :client)
    ORDER BY p.received_on, p.reference
    """,
)

LESS = Query(
    "credits-write-offs-voids",
    1,
    """
    WITH said AS (
        SELECT a.about, a.action, a.body::jsonb ->> 'by' AS by,
            coalesce(nullif(a.body::jsonb ->> 'reason', ''), a.body::jsonb #>> '{command,reason}', '')
                AS reason
        FROM audit_entry a
        WHERE a.firm_id = :firm AND a.action = 'revise_application' AND a.at <= :as_of
            AND a.doing = 'done' AND a.kind = 'invoice'
    ), approver AS (
        SELECT a.invoice_id, string_agg(DISTINCT p.name, ', ' ORDER BY p.name) AS names
        FROM approval a JOIN person p ON p.firm_id = a.firm_id AND p.id = a.person_id
        JOIN issued_invoice i ON i.firm_id = a.firm_id AND i.invoice_id = a.invoice_id
            AND i.content_hash = a.content_hash
        WHERE a.firm_id = :firm AND a.decision = 'approved' AND a.at <= :as_of GROUP BY a.invoice_id
    ), less AS (
        SELECT 'credit note ' || n.number_text AS what, n.issued_on AS on_day, n.invoice_id, n.currency,
            -n.amount AS amount, 'the invoice takes back more than it bills' AS reason,
            v.prepared_by::text AS by,
            coalesce(o.names, '') AS approved_by
        FROM credit_note n JOIN invoice v ON v.firm_id = n.firm_id AND v.id = n.invoice_id
        LEFT JOIN approver o ON o.invoice_id = n.invoice_id
        WHERE n.firm_id = :firm AND n.issued_at <= :as_of
        UNION ALL
        SELECT 'replaced by ' || n.number_text, n.issued_on, w.revises, n.currency, n.line8 - b.line8,
            coalesce((SELECT max(reason) FROM said WHERE said.about = w.revises::text), ''),
            w.prepared_by::text, coalesce(o.names, '')
        FROM invoice w JOIN issued_invoice n ON n.firm_id = w.firm_id AND n.invoice_id = w.id
        JOIN issued_invoice b ON b.firm_id = w.firm_id AND b.invoice_id = w.revises
        LEFT JOIN approver o ON o.invoice_id = w.id
        WHERE w.firm_id = :firm AND w.revises IS NOT NULL AND n.issued_at <= :as_of
        UNION ALL
        SELECT 'certified ' || replace(x.decision, '_', ' '), x.certified_on, x.invoice_id, i.currency,
            x.line8 - i.line8, x.reason, x.person_id::text, 'the client'
        FROM certificate x JOIN issued_invoice i ON i.firm_id = x.firm_id AND i.invoice_id = x.invoice_id
        WHERE x.firm_id = :firm AND x.decision IN ('less', 'withheld') AND x.at <= :as_of
        UNION ALL
        SELECT 'kept back for good', h.entered_on, h.invoice_id, r.currency, h.amount,
            h.reason || CASE WHEN h.remark <> '' THEN ': ' || h.remark ELSE '' END, h.entered_by::text,
            'a controller, other than who recorded it'
        FROM withhold_entry h JOIN receivable r ON r.firm_id = h.firm_id AND r.invoice_id = h.invoice_id
        WHERE h.firm_id = :firm AND h.kind = 'conceded' AND h.at <= :as_of
        UNION ALL
        SELECT CASE s.kind WHEN 'discount' THEN 'discount for early payment'
            ELSE 'tax withheld by the payer' END,
            s.paid_on, r.invoice_id, r.currency, -s.amount,
            coalesce('certificate ' || s.reference, 'terms of the contract'), s.recorded_by::text,
            'terms of the contract'
        FROM settlement s
        JOIN receivable_entry e ON e.firm_id = s.firm_id AND e.id = s.receivable_entry_id
        JOIN receivable r ON r.firm_id = e.firm_id AND r.id = e.receivable_id
        WHERE s.firm_id = :firm AND s.at <= :as_of
        UNION ALL
        SELECT 'cut accepted', a.accepted_on, a.invoice_id, i.currency, -a.amount, a.reason,
            a.accepted_by::text, 'the project manager'
        FROM accepted_cut a JOIN issued_invoice i ON i.firm_id = a.firm_id AND i.invoice_id = a.invoice_id
        WHERE a.firm_id = :firm AND a.at <= :as_of
    )
    SELECT l.on_day, l.what, i.number_text AS number, k.number AS contract, c.name AS client, l.currency,
        l.amount, l.reason, p.name AS by, l.approved_by
    FROM less l
    JOIN issued_invoice i ON i.firm_id = :firm AND i.invoice_id = l.invoice_id
    JOIN invoice v ON v.firm_id = :firm AND v.id = l.invoice_id
    JOIN contract k ON k.firm_id = :firm AND k.id = v.contract_id
    JOIN client c ON c.firm_id = :firm AND c.id = k.client_id
    LEFT JOIN person p ON p.firm_id = :firm AND p.id::text = l.by
    WHERE l.on_day BETWEEN :from_on AND :to_on
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY l.on_day, i.number_text, l.what
    """,
)

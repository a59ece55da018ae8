"""The records themselves, with the ids that join them, for the programs that auditors use."""

from __future__ import annotations

from contracts_app import __version__
from contracts_app.domain.reports.audit_report import Query

_ISSUED = """
    WITH issued AS (
        SELECT i.*, v.contract_id, v.kind, v.application_no, v.period_to, v.revises, k.client_id
        FROM issued_invoice i
        JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        WHERE i.firm_id = :firm AND i.issued_on BETWEEN :from_on AND :to_on AND i.issued_at <= :as_of
            AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    )
"""

INVOICES = Query(
    "data-invoices",
    1,
    """
    SELECT invoice_id, number_text AS number, series, legal_entity_id, contract_id, client_id, kind,
        application_no, period_to, issued_on, issued_at, issued_by, currency, line1, line2, line3, line4,
        line5a, line5b, line5, line6, line7, line8, line9, deposit_applied, revises, content_hash,
        snapshot_sha256
    FROM issued ORDER BY issued_on, number_text
    """,
    _ISSUED,
)

LINES = Query(
    "data-invoice-lines",
    1,
    """
    SELECT l.invoice_id, l.sov_line_id, l.position, l.item_no, l.description, l.change_order, i.currency,
        l.scheduled_value, l.previous, l.this_period, l.stored, l.total, l.withheld, l.released, l.retainage
    FROM issued_line l JOIN issued i ON i.invoice_id = l.invoice_id
    WHERE l.firm_id = :firm ORDER BY i.issued_on, i.number_text, l.position
    """,
    _ISSUED,
)

TAXES = Query(
    "data-invoice-taxes",
    1,
    """
    SELECT g.invoice_id, g.stage, g.position, g.tax, g.code, g.rate, i.currency, g.base, g.amount, g.reason,
        t.tax_date
    FROM document_tax_group g
    JOIN document_tax t ON t.firm_id = g.firm_id AND t.invoice_id = g.invoice_id AND t.stage = g.stage
    JOIN issued i ON i.invoice_id = g.invoice_id
    WHERE g.firm_id = :firm ORDER BY i.issued_on, i.number_text, g.stage, g.position
    """,
    _ISSUED,
)

TIME = Query(
    "data-billed-time",
    1,
    """
    SELECT n.invoice_id, n.sov_line_id, n.time_entry_id, n.position, n.work_date, n.person, n.role,
        n.description, n.seconds, n.rate, i.currency, n.amount, n.source
    FROM issued_time n JOIN issued i ON i.invoice_id = n.invoice_id
    WHERE n.firm_id = :firm ORDER BY i.issued_on, i.number_text, n.position
    """,
    _ISSUED,
)

APPROVALS = Query(
    "data-approvals",
    1,
    """
    SELECT a.id, a.invoice_id, a.step, a.decision, a.person_id, a.on_behalf_of, a.at, a.decided_on,
        a.content_hash, a.remark
    FROM approval a JOIN issued i ON i.invoice_id = a.invoice_id
    WHERE a.firm_id = :firm AND a.at <= :as_of ORDER BY a.at, a.id
    """,
    _ISSUED,
)

RECEIVABLES = Query(
    "data-receivable-entries",
    1,
    """
    SELECT e.id, r.invoice_id, r.client_id, r.contract_id, e.cause, e.posted_on, e.at, e.payment_id,
        e.certificate_invoice_id, r.currency, e.amount
    FROM receivable_entry e JOIN receivable r ON r.firm_id = e.firm_id AND r.id = e.receivable_id
    WHERE e.firm_id = :firm AND e.posted_on BETWEEN :from_on AND :to_on AND e.at <= :as_of
        AND (:contract IS NULL OR r.contract_id = :contract) AND (:client IS NULL OR r.client_id = :client)
    ORDER BY e.posted_on, e.at, e.id
    """,
)

PAYMENTS = Query(
    "data-payments",
    1,
    """
    SELECT p.id, p.client_id, p.legal_entity_id, p.reference, p.received_on, p.recorded_by, p.at, p.currency,
        p.amount
    FROM payment p
    WHERE p.firm_id = :firm AND p.received_on BETWEEN :from_on AND :to_on AND p.at <= :as_of
        AND (:client IS NULL OR p.client_id = :client)
    ORDER BY p.received_on, p.at, p.id
    """,
)

CONTRACTS = Query(
    "data-contracts",
    1,
    """
    SELECT k.id, k.number, k.title, k.client_id, c.name AS client, k.legal_entity_id, k.activated_at,
        k.terms ->> 'currency' AS currency, CAST(k.terms ->> 'original_sum' AS numeric) AS original_sum,
        k.terms ->> 'contract_date' AS contract_date, k.terms::text AS terms
    FROM contract k JOIN client c ON c.firm_id = k.firm_id AND c.id = k.client_id
    WHERE k.firm_id = :firm AND k.activated_at <= :as_of
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY k.number
    """,
)

PEOPLE = Query(
    "data-people",
    1,
    "SELECT p.id, p.name, p.email, p.client_id FROM person p WHERE p.firm_id = :firm ORDER BY p.name, p.id",
)

PROGRAM = Query(
    "program-in-use",
    1,
    """
    SELECT one ->> 'part' AS part, one ->> 'version' AS version FROM jsonb_array_elements(:given) one
    UNION ALL
    SELECT 'database migration', version_num FROM alembic_version
    UNION ALL
    SELECT 'database server', current_setting('server_version')
    """,
    given=[{"part": "product", "version": __version__}],
)

"""What applications took back: each once, carried or by a credit note, so that all adds up to line 8."""

from __future__ import annotations

from contracts_app.services.invariants.books import Rule

_NOTES = "SELECT count(*) FROM credit_note WHERE firm_id = :firm"
_STANDS = """
    WITH stands AS (  -- each invoice as it stands, and what became of what it takes back
        SELECT i.number_text, i.line8 AS applied, v.contract_id, k.number, k.client_id, c.line8, v.state,
            coalesce(x.due, c.line8 + coalesce(t.tax - t.discount, 0)) AS due,
            coalesce(t.tax, 0) <> 0 AS taxed,
            coalesce(k.terms ->> 'credit_form', 'carried') = 'document' AS by_document,
            coalesce(d.amount, 0) AS carried, coalesce(n.amount, 0) AS noted,
            n.number_text AS note, n.net, n.tax, n.payment_id, n.legal_entity_id, n.currency
        FROM issued_invoice i
        JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        LEFT JOIN certificate c ON c.firm_id = i.firm_id AND c.invoice_id = i.invoice_id
        LEFT JOIN document_tax t ON t.firm_id = i.firm_id AND t.invoice_id = i.invoice_id
            AND t.stage = 'certified'
        LEFT JOIN document_invoiced x ON x.firm_id = i.firm_id AND x.invoice_id = i.invoice_id
            AND x.stage = 'certified'
        LEFT JOIN deposit_entry d
            ON d.firm_id = i.firm_id AND d.invoice_id = i.invoice_id AND d.cause = 'credited'
        LEFT JOIN credit_note n ON n.firm_id = i.firm_id AND n.invoice_id = i.invoice_id
        WHERE i.firm_id = :firm
    ), owed AS (
        SELECT r.contract_id, sum(e.amount) AS owed
        FROM receivable r
        JOIN receivable_entry e ON e.firm_id = r.firm_id AND e.receivable_id = r.id
            AND e.cause IN ('arises', 'certificate')
        JOIN certificate c ON c.firm_id = r.firm_id AND c.invoice_id = r.invoice_id
        JOIN invoice v ON v.firm_id = r.firm_id AND v.id = r.invoice_id AND v.state <> 'superseded'
        WHERE r.firm_id = :firm GROUP BY r.contract_id
    )
"""
RULES = (
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm AND line8 < 0",
        """SELECT number_text, 'takes back ' || greatest(0, -coalesce(line8, 0)) || ', and ' || carried
            || ' of it is carried, ' || noted || ' credited by a credit note'
        FROM stands WHERE (carried > 0 AND noted > 0)
            OR (applied < 0 AND NOT by_document AND carried <> greatest(0, -coalesce(line8, 0)))
            OR (by_document AND noted <> greatest(0, -coalesce(due, 0)))""",
        _STANDS,
    ),
    Rule(
        _NOTES,
        """SELECT note, 'credits ' || noted || ', and ' || p.amount || ' may be set off'
        FROM stands s JOIN payment p ON p.firm_id = :firm AND p.id = s.payment_id
        WHERE (net, p.amount, p.unapplied, p.client_id, p.legal_entity_id, p.currency)
            IS DISTINCT FROM (-line8, noted, noted, s.client_id, s.legal_entity_id, s.currency)""",
        _STANDS,
    ),
    # Owed as it arose, less credit notes, less what is carried, is line 8 with its tax, contract by contract.
    Rule(
        "SELECT count(DISTINCT contract_id) FROM invoice WHERE firm_id = :firm",
        """SELECT s.number, 'its invoices come to ' || sum(due) || '; owed ' || coalesce(max(o.owed), 0)
            || ', credited ' || sum(noted) || ' and carried ' || sum(carried)
        FROM stands s LEFT JOIN owed o ON o.contract_id = s.contract_id
        WHERE s.line8 IS NOT NULL AND s.state <> 'superseded'
        GROUP BY s.contract_id, s.number
        HAVING sum(due) <> coalesce(max(o.owed), 0) - sum(noted + carried)
            AND NOT bool_or(carried > 0 AND taxed)  -- what is carried is without its tax""",
        _STANDS,
    ),
)

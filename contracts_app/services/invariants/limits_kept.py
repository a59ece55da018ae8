"""What I04 asks of caps over several lines and of client purchase orders (docs/SPEC-caps-and-funding.md)."""

from __future__ import annotations

from contracts_app.services.invariants.books import Rule

_PARTS = "SELECT count(*) FROM charge_part WHERE firm_id = :firm"
_USED = """WITH kept AS (
    SELECT p.*, i.invoice_id IS NOT NULL AS issued FROM charge_part p
    LEFT JOIN issued_invoice i ON i.firm_id = p.firm_id AND i.invoice_id = p.invoice_id
    WHERE p.firm_id = :firm
) """

LIMITS = (
    # What is billed and what approved drafts keep; a draft below zero makes no room before it is issued.
    Rule(
        "SELECT count(*) FROM client_order_line WHERE firm_id = :firm",
        """SELECT o.id, 'line ' || l.number || ' of order ' || o.number || ' is ' || l.amount || ', '
            || sum(used) || ' is billed and approved on it'
        FROM client_order o
        JOIN client_order_line l ON l.firm_id = o.firm_id AND l.client_order_id = o.id
        JOIN (
            SELECT client_order_line_id,
                CASE WHEN issued THEN sum(amount) ELSE greatest(sum(amount), 0) END AS used
            FROM kept GROUP BY client_order_line_id, invoice_id, issued
        ) uses ON uses.client_order_line_id = l.id
        WHERE o.firm_id = :firm AND o.on_exceed = 'block'
        GROUP BY o.id, o.number, l.id, l.number, l.amount HAVING sum(used) > l.amount""",
        given=_USED,
    ),
    Rule(
        """SELECT coalesce(sum(jsonb_array_length(coalesce(terms -> 'caps', '[]'))), 0)
        FROM contract WHERE firm_id = :firm""",
        """SELECT c.id, 'the cap ' || (cap ->> 'name') || ' is ' || allowed || ', ' || used
            || ' is billed and approved under it'
        FROM contract c
        CROSS JOIN LATERAL jsonb_array_elements(coalesce(c.terms -> 'caps', '[]')) cap
        CROSS JOIN LATERAL (
            SELECT (cap ->> 'amount')::numeric + coalesce(sum((change ->> 'amount')::numeric), 0) AS allowed
            FROM change_order o CROSS JOIN LATERAL jsonb_array_elements(o.caps) change
            WHERE o.firm_id = c.firm_id AND o.contract_id = c.id AND o.order_state = 'executed'
                AND change ->> 'cap' = cap ->> 'name'
        ) agreed
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(k.amount), 0) AS used FROM kept k
            JOIN sov_line s ON s.firm_id = k.firm_id AND s.id = k.sov_line_id
            WHERE k.contract_id = c.id
                AND (cap -> 'item_nos' = '[]' OR cap -> 'item_nos' ? s.item_no)
                AND (cap -> 'roles' = '[]' AND cap -> 'people' = '[]'
                    OR cap -> 'roles' ? k.role OR cap -> 'people' ? k.person)
                AND ((cap ->> 'expenses')::boolean OR k.kind <> 'expense')
        ) billed
        WHERE c.firm_id = :firm AND used > allowed""",
        given=_USED,
    ),
    Rule(
        _PARTS,
        """SELECT v.id, 'is ' || v.state || ' and keeps room under limits'
        FROM invoice v WHERE v.firm_id = :firm AND v.state IN ('draft', 'in_review', 'withdrawn')
            AND EXISTS (SELECT FROM charge_part p WHERE p.firm_id = v.firm_id AND p.invoice_id = v.id)
        UNION ALL
        SELECT l.invoice_id, 'line ' || l.item_no || ' bills ' || l.this_period || ', its charges '
            || coalesce(sum(p.amount), 0)
        FROM issued_line l
        JOIN invoice v ON v.firm_id = l.firm_id AND v.id = l.invoice_id AND v.limits IS NOT NULL
        LEFT JOIN charge_part p ON p.firm_id = l.firm_id AND p.invoice_id = l.invoice_id
            AND p.sov_line_id = l.sov_line_id
        WHERE l.firm_id = :firm
        GROUP BY l.invoice_id, l.item_no, l.this_period HAVING coalesce(sum(p.amount), 0) <> l.this_period
        UNION ALL
        SELECT p.time_entry_id, 'this time came to ' || t.amount || ', ' || sum(p.amount)
            || ' of it is billed'
        FROM charge_part p
        JOIN issued_time t ON t.firm_id = p.firm_id AND t.time_entry_id = p.time_entry_id
        WHERE p.firm_id = :firm GROUP BY p.time_entry_id, t.amount
        HAVING sum(p.amount) NOT BETWEEN least(t.amount, 0) AND greatest(t.amount, 0)""",
    ),
)

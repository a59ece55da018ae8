"""Invoices of several contracts: their sections have their number and make what they come to."""

from __future__ import annotations

from contracts_app.services.invariants.books import Rule

_WHOLE = "SELECT count(*) FROM group_invoice WHERE firm_id = :firm"

NUMBERED = (
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm AND group_invoice_id IS NOT NULL",
        """SELECT i.number_text, 'is no section of ' || coalesce(g.number_text, 'any invoice')
        FROM issued_invoice i
        JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        LEFT JOIN group_invoice g ON g.firm_id = i.firm_id AND g.id = i.group_invoice_id
        WHERE i.firm_id = :firm AND i.group_invoice_id IS NOT NULL AND (
            i.number_text, i.issued_on, i.currency, i.legal_entity_id, k.client_id
        ) IS DISTINCT FROM (
            g.number_text || ' / ' || k.number, g.issued_on, g.currency, g.legal_entity_id, g.client_id)""",
    ),
    Rule(
        _WHOLE,
        """SELECT g.number_text, 'is carried by no section of it' FROM group_invoice g
        WHERE g.firm_id = :firm AND NOT EXISTS (SELECT FROM issued_invoice i
            WHERE i.firm_id = g.firm_id AND i.group_invoice_id = g.id AND i.invoice_id = g.carried_by)""",
    ),
)
"""For I02: a section has the number of the whole, and nothing else does."""

ADDS_UP = (
    Rule(
        _WHOLE,
        """SELECT g.number_text, 'comes to ' || g.net || ' and tax of ' || g.tax || ', less '
            || g.deposit_applied || ' paid ahead; its sections to ' || coalesce(sum(i.line8), 0) || ', '
            || coalesce(sum(t.due - i.line8), 0) || ' and ' || coalesce(sum(i.deposit_applied), 0)
        FROM group_invoice g
        LEFT JOIN issued_invoice i ON i.firm_id = g.firm_id AND i.group_invoice_id = g.id
        LEFT JOIN document_tax t
            ON t.firm_id = i.firm_id AND t.invoice_id = i.invoice_id AND t.stage = 'issued'
        WHERE g.firm_id = :firm GROUP BY g.id, g.number_text, g.net, g.tax, g.deposit_applied, g.due
        HAVING (g.net, g.tax, g.deposit_applied) IS DISTINCT FROM (
            coalesce(sum(i.line8), 0), coalesce(sum(t.due - i.line8), 0),
            coalesce(sum(i.deposit_applied), 0))""",
    ),
    Rule(
        _WHOLE,
        """SELECT g.number_text, 'is due on ' || g.due_on || ', a section of it on ' || r.due_on
        FROM group_invoice g
        JOIN issued_invoice i ON i.firm_id = g.firm_id AND i.group_invoice_id = g.id
        JOIN receivable r ON r.firm_id = i.firm_id AND r.invoice_id = i.invoice_id
        WHERE g.firm_id = :firm AND r.due_on <> g.due_on""",
    ),
)
"""For I01: the sections of an invoice make its sum."""

ANSWERED = Rule(
    "SELECT count(*) FROM effect WHERE firm_id = :firm AND outcome ->> 'done' = 'true'",
    """SELECT e.key, 'issued as ' || (e.outcome #>> '{result,number}') || ', kept as '
        || coalesce(g.number_text, 'none')
    FROM effect e LEFT JOIN group_invoice g
        ON g.firm_id = e.firm_id AND g.id = (e.outcome #>> '{result,group_invoice_id}')::uuid
    WHERE e.firm_id = :firm AND e.command = 'issue_group' AND e.outcome ->> 'done' = 'true'
      AND (g.number_text, g.due) IS DISTINCT FROM (
        e.outcome #>> '{result,number}', (e.outcome #>> '{result,due}')::numeric)""",
)
"""For I10: what was answered is what is kept."""

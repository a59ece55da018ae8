"""I04, of advance payments: invoiced once, recovered to the last cent and never beyond."""

from __future__ import annotations

from contracts_app.services.invariants.books import Rule

RULES = (
    Rule(
        "SELECT count(*) FROM certificate WHERE firm_id = :firm AND advance_invoiced > 0",
        """WITH run AS (
            SELECT c.invoice_id, v.contract_id, v.kind, c.line8, c.advance_invoiced AS invoiced,
                c.advance_recovered AS recovered,
                coalesce(lag(c.advance_invoiced) OVER chain, 0) AS before,
                coalesce(lag(c.advance_recovered) OVER chain, 0) AS recovered_before,
                lead(v.id) OVER chain IS NULL AS is_last
            FROM certificate c JOIN invoice v ON v.firm_id = c.firm_id AND v.id = c.invoice_id
            WHERE c.firm_id = :firm
            WINDOW chain AS (PARTITION BY v.contract_id ORDER BY v.application_no)
        )
        SELECT invoice_id, 'invoices ' || invoiced - before || ' of an advance payment, and recovers '
            || recovered - recovered_before || ' of it'
        FROM run
        WHERE (kind = 'advance') <> (invoiced > before) OR invoiced < before
            OR (kind = 'advance' AND (line8 <> invoiced - before OR recovered <> recovered_before))
        UNION ALL
        SELECT r.invoice_id, 'is the last of a closed contract, and leaves ' || r.invoiced - r.recovered
            || ' of an advance payment that is not recovered'
        FROM run r JOIN contract k ON k.firm_id = :firm AND k.id = r.contract_id
        WHERE k.state = 'closed' AND r.is_last AND r.invoiced <> r.recovered""",
    ),
)

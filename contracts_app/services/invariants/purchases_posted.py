"""What `contracts check` asks of expenses and of vendors' bills: each is a cost once, as approved."""

from __future__ import annotations

from contracts_app.services.invariants.books import Rule

ONCE = (
    Rule(
        "SELECT count(*) FROM expense WHERE firm_id = :firm",
        """WITH live AS (
            SELECT c.expense_id, c.job_cost_id FROM expense_cost c
            JOIN job_cost j ON j.firm_id = c.firm_id AND j.id = c.job_cost_id
            WHERE c.firm_id = :firm AND j.state <> 'sent_back'
        )
        SELECT e.id, 'expense ' || e.number || ' is ' || e.state || CASE WHEN c.expense_id IS NULL
            THEN ' and no cost of the contract' ELSE ' and a cost of the contract' END
        FROM expense e
        LEFT JOIN live c ON c.expense_id = e.id
        WHERE e.firm_id = :firm AND (e.state = 'approved') <> (c.expense_id IS NOT NULL)
        UNION ALL
        SELECT e.id, 'expense ' || e.number || ' is ' || (e.amount - e.tax_recovered) || ', its cost '
            || (j.gross - j.recoverable_tax)
        FROM expense e
        JOIN live c ON c.expense_id = e.id
        JOIN job_cost j ON j.firm_id = e.firm_id AND j.id = c.job_cost_id
        WHERE e.firm_id = :firm AND e.currency = j.currency
            AND j.gross - j.recoverable_tax <> e.amount - e.tax_recovered""",
    ),
    Rule(
        "SELECT count(*) FROM purchase_cost WHERE firm_id = :firm",
        """SELECT b.id, 'bill ' || b.number || ' is ' || b.state || ' and a cost of the contract'
        FROM purchase_cost p
        JOIN vendor_bill_line l ON l.firm_id = p.firm_id AND l.id = p.bill_line_id
        JOIN vendor_bill b ON b.firm_id = l.firm_id AND b.id = l.bill_id
        WHERE p.firm_id = :firm AND b.state <> 'approved'
        UNION ALL
        -- A unit of any currency for rounding: what matches is never above what is billed.
        SELECT l.id, 'line ' || l.position || ' of bill ' || b.number || ' costs ' || p.cost
            || ', billed is ' || round(l.quantity * l.unit_price, 2) || ' with ' || l.tax_not_recoverable
            || ' of tax, credited ' || coalesce(c.credited, 0)
        FROM (
            SELECT p.bill_line_id, sum(j.gross - j.recoverable_tax) AS cost FROM purchase_cost p
            JOIN job_cost j ON j.firm_id = p.firm_id AND j.id = p.job_cost_id
            WHERE p.firm_id = :firm AND j.state <> 'sent_back' GROUP BY p.bill_line_id
        ) p
        JOIN vendor_bill_line l ON l.firm_id = :firm AND l.id = p.bill_line_id
        JOIN vendor_bill b ON b.firm_id = l.firm_id AND b.id = l.bill_id
        LEFT JOIN (
            SELECT x.bill_line_id, sum(x.amount + x.tax_not_recoverable) AS credited
            FROM vendor_credit_line x
            JOIN vendor_credit v ON v.firm_id = x.firm_id AND v.id = x.credit_id
            WHERE x.firm_id = :firm AND v.state = 'approved' GROUP BY x.bill_line_id
        ) c ON c.bill_line_id = l.id
        WHERE p.cost < 0 OR p.cost > l.quantity * l.unit_price + l.tax_not_recoverable
            - coalesce(c.credited, 0) + 1""",
    ),
)
"""I11."""

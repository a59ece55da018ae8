"""I04: nothing is billed above what was agreed, and each certificate continues the one before it."""

from __future__ import annotations

from contracts_app.services.invariants import advances, costs_billed, limits_kept, time_billed
from contracts_app.services.invariants.books import Books, Invariant, Rule, apply
from contracts_app.services.invariants.report import Tally

_RULES = (
    # A deductive change order's line is negative: it is billed from zero down to its value. Orders in force
    # at the end of the period change the lines that they name; an estimate is no cap.
    Rule(
        """SELECT (SELECT count(*) FROM issued_line WHERE firm_id = :firm)
            + (SELECT count(*) FROM certificate_line WHERE firm_id = :firm)""",
        """WITH line AS (
            SELECT firm_id, invoice_id, sov_line_id, scheduled_value, total, 'billed' AS what FROM issued_line
            UNION ALL
            SELECT firm_id, invoice_id, sov_line_id, scheduled_value, total, 'certified' FROM certificate_line
        ), change AS (
            SELECT raises_line_id AS sov_line_id, amount, executed_on AS since FROM change_order
            WHERE firm_id = :firm AND order_state = 'executed' AND raises_line_id IS NOT NULL
            UNION ALL
            SELECT m.sov_line_id, m.amount, r.effective_on FROM sov_revision_move m
            JOIN sov_revision r ON r.firm_id = m.firm_id AND r.id = m.revision_id
            WHERE m.firm_id = :firm AND r.state = 'approved'
        ), agreed AS (
            SELECT l.invoice_id, l.what, l.total, l.scheduled_value, s.item_no, s.not_to_exceed,
                s.scheduled_value + coalesce(sum(c.amount), 0) AS agreed
            FROM line l
            JOIN invoice v ON v.firm_id = l.firm_id AND v.id = l.invoice_id
            JOIN sov_line s ON s.firm_id = l.firm_id AND s.id = l.sov_line_id
            LEFT JOIN change c ON c.sov_line_id = l.sov_line_id AND c.since <= v.period_to
            WHERE l.firm_id = :firm
            GROUP BY s.firm_id, s.id, l.invoice_id, l.what, l.total, l.scheduled_value
        )
        SELECT invoice_id, what || ' to date on line ' || item_no || ': ' || total
            || ' of ' || agreed || ' scheduled'
        FROM agreed
        WHERE scheduled_value <> agreed
            OR (total NOT BETWEEN least(0, agreed) AND greatest(0, agreed) AND not_to_exceed)""",
    ),
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm",
        """SELECT i.invoice_id, 'billed to date ' || i.line4 || ', certified '
            || coalesce(c.line4::text, 'nothing') || ', of a contract sum of ' || i.line3
        FROM issued_invoice i LEFT JOIN certificate c USING (firm_id, invoice_id)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(greatest(0, l.total - l.scheduled_value)), 0) AS above
            FROM issued_line l JOIN sov_line s ON s.firm_id = l.firm_id AND s.id = l.sov_line_id
            WHERE l.firm_id = i.firm_id AND l.invoice_id = i.invoice_id
              AND NOT s.not_to_exceed
        ) estimates
        WHERE i.firm_id = :firm AND greatest(i.line4, c.line4) > i.line3 + above""",
    ),
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm",
        """SELECT i.invoice_id, 'line 1 is ' || i.line1 || ', the original contract sum is '
            || (k.terms ->> 'original_sum')
        FROM issued_invoice i
        JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        WHERE i.firm_id = :firm AND i.line1 <> (k.terms ->> 'original_sum')::numeric""",
    ),
    Rule(
        "SELECT count(*) FROM contract WHERE firm_id = :firm AND state <> 'setting_up'",
        """SELECT k.id, 'the base lines add up to ' || coalesce(sum(s.scheduled_value), 0)
            || ', the original contract sum is ' || (k.terms ->> 'original_sum')
        FROM contract k LEFT JOIN sov_line s
            ON s.firm_id = k.firm_id AND s.contract_id = k.id AND s.change_order_id IS NULL
        WHERE k.firm_id = :firm AND k.state <> 'setting_up'
        GROUP BY k.id, k.terms
        HAVING coalesce(sum(s.scheduled_value), 0) <> (k.terms ->> 'original_sum')::numeric""",
    ),
    Rule(
        "SELECT count(*) FROM change_order WHERE firm_id = :firm AND order_state = 'executed'",
        """SELECT o.id, 'change order ' || o.number || ' of ' || o.amount || ' brought '
            || count(s.id) || ' line(s) of ' || coalesce(sum(s.scheduled_value), 0)
        FROM change_order o LEFT JOIN sov_line s ON s.firm_id = o.firm_id AND s.change_order_id = o.id
        WHERE o.firm_id = :firm
        GROUP BY o.id, o.number, o.amount, o.order_state, o.raises_line_id
        HAVING coalesce(sum(s.scheduled_value), 0)
            <> CASE WHEN o.order_state = 'executed' AND o.raises_line_id IS NULL THEN o.amount ELSE 0 END
        UNION ALL
        SELECT o.id, 'change order ' || o.number || ' changes a line of another contract'
        FROM change_order o JOIN sov_line s ON s.firm_id = o.firm_id AND s.id = o.raises_line_id
        WHERE o.firm_id = :firm AND s.contract_id <> o.contract_id""",
    ),
    # A revision moves budget between base lines of its contract and changes no sum.
    Rule(
        "SELECT count(*) FROM sov_revision WHERE firm_id = :firm",
        """SELECT r.id, 'revision ' || r.number || ' moves ' || coalesce(sum(m.amount), 0) || ' net, '
            || count(*) FILTER (WHERE s.change_order_id IS NOT NULL OR s.contract_id <> r.contract_id)
            || ' of its lines are no base lines of the contract'
        FROM sov_revision r
        LEFT JOIN sov_revision_move m ON m.firm_id = r.firm_id AND m.revision_id = r.id
        LEFT JOIN sov_line s ON s.firm_id = m.firm_id AND s.id = m.sov_line_id
        WHERE r.firm_id = :firm
        GROUP BY r.id, r.number
        HAVING coalesce(sum(m.amount), 0) <> 0 OR count(m.sov_line_id) < 2
            OR count(*) FILTER (WHERE s.change_order_id IS NOT NULL OR s.contract_id <> r.contract_id) > 0""",
    ),
    # Line 7 is line 6 of the certificate before, or of the application as long as it has none; so the amounts
    # certified add up to the latest line 6. What a revision takes the place of stays as it was.
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm",
        """WITH run AS (
            SELECT i.invoice_id, i.line7, c.line7 AS certified7, v.contract_id, v.state,
                last_value(coalesce(c.line6, i.line6)) OVER (
                    PARTITION BY v.contract_id ORDER BY v.application_no
                    RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS prior6
            FROM issued_invoice i
            JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
            LEFT JOIN certificate c ON c.firm_id = i.firm_id AND c.invoice_id = i.invoice_id
            WHERE i.firm_id = :firm AND v.state <> 'superseded'
        )
        SELECT r.invoice_id, 'line 7 is ' || r.line7 || ', the prior certificate has line 6 '
            || coalesce(prior6, o.line6, 0)
        FROM run r LEFT JOIN opening o ON o.firm_id = :firm AND o.contract_id = r.contract_id
        WHERE r.state <> 'being_revised'
          AND (r.line7 <> coalesce(prior6, o.line6, 0)
            OR r.certified7 <> coalesce(prior6, o.line6, 0))""",
    ),
    Rule(
        "SELECT count(DISTINCT v.contract_id) FROM certificate c JOIN invoice v"
        " ON v.firm_id = c.firm_id AND v.id = c.invoice_id WHERE c.firm_id = :firm",
        """SELECT v.contract_id, 'the amounts certified add up to ' || sum(c.line8) + coalesce(o.line6, 0)
            || ', line 6 of the latest certificate is '
            || (array_agg(c.line6 ORDER BY v.application_no DESC))[1]
        FROM certificate c JOIN invoice v ON v.firm_id = c.firm_id AND v.id = c.invoice_id
        LEFT JOIN opening o ON o.firm_id = v.firm_id AND o.contract_id = v.contract_id
        WHERE c.firm_id = :firm
        GROUP BY v.contract_id, o.line6
        HAVING sum(c.line8) + coalesce(o.line6, 0)
            <> (array_agg(c.line6 ORDER BY v.application_no DESC))[1]""",
    ),
    # What was billed before is what its lines add up to, and stands on lines of the contract.
    Rule(
        "SELECT count(*) FROM opening WHERE firm_id = :firm",
        """SELECT o.contract_id, 'opened with ' || o.line4 || ' billed and ' || o.line6
            || ' earned less retainage, its lines say ' || coalesce(sum(l.completed + l.stored), 0)
            || ' and ' || coalesce(sum(l.completed + l.stored - l.withheld), 0)
        FROM opening o
        LEFT JOIN opening_line l ON l.firm_id = o.firm_id AND l.contract_id = o.contract_id
        LEFT JOIN sov_line s ON s.firm_id = l.firm_id AND s.id = l.sov_line_id
        WHERE o.firm_id = :firm
        GROUP BY o.contract_id, o.line4, o.line6
        HAVING o.line4 <> coalesce(sum(l.completed + l.stored), 0)
            OR o.line6 <> coalesce(sum(l.completed + l.stored - l.withheld), 0)
            OR bool_or(s.contract_id <> o.contract_id)""",
    ),
    # Column D is what the prior certificate left completed (D + E of its line), stored material not included.
    Rule(
        "SELECT count(*) FROM issued_line WHERE firm_id = :firm",
        """WITH run AS (
            SELECT l.invoice_id, l.sov_line_id, l.item_no, l.previous, l.change_order,
                v.state,
                lag(coalesce(c.previous + c.this_period, l.previous + l.this_period), 1,
                    coalesce(o.completed, 0)) OVER (
                    PARTITION BY l.sov_line_id ORDER BY v.application_no) AS completed_before
            FROM issued_line l
            JOIN invoice v ON v.firm_id = l.firm_id AND v.id = l.invoice_id
            LEFT JOIN certificate_line c
                ON c.firm_id = l.firm_id AND c.invoice_id = l.invoice_id AND c.sov_line_id = l.sov_line_id
            LEFT JOIN opening_line o ON o.firm_id = v.firm_id AND o.contract_id = v.contract_id
                AND o.sov_line_id = l.sov_line_id
            WHERE l.firm_id = :firm AND v.state <> 'superseded'
        )
        SELECT invoice_id, 'column D of line ' || item_no || ' is ' || previous || ', certified before were '
            || coalesce(completed_before, 0)
        FROM run WHERE previous <> coalesce(completed_before, 0) AND state <> 'being_revised'""",
    ),
)


def check(books: Books, tally: Tally) -> None:
    """Try the rules of billing to date."""
    apply(
        books,
        tally,
        (*_RULES, *time_billed.MILESTONES, *limits_kept.LIMITS, *costs_billed.MAXIMUM, *advances.RULES),
    )


INVARIANT = Invariant(
    "I04",
    "No line is billed above its scheduled value or approved milestones and no contract above its sum to "
    "date; line 7 is the prior certificate's line 6.",
    check,
)

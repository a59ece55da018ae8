"""What several invariants ask of costs that were billed.

Per line, cost and fee to date = billed to date + what passes the not-to-exceed amount
(docs/SPEC-cost-plus.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from contracts_app.domain.cost_plus.ledger import LineCosts
from contracts_app.services.invariants.books import Books, Rule

_COSTS = "SELECT count(*) FROM issued_cost WHERE firm_id = :firm"
ADDS_UP = (
    Rule(
        "SELECT count(*) FROM issued_cost_line WHERE firm_id = :firm",
        """SELECT l.invoice_id, 'line ' || i.item_no || ': its costs add up to '
            || (SELECT coalesce(sum(c.cost), 0) FROM issued_cost c WHERE c.firm_id = l.firm_id
                AND c.invoice_id = l.invoice_id AND c.sov_line_id = l.sov_line_id)
            || ', it says ' || l.cost || '; it bills ' || i.this_period || ', its costs say ' || l.amount
        FROM issued_cost_line l
        JOIN issued_line i ON i.firm_id = l.firm_id AND i.invoice_id = l.invoice_id
            AND i.sov_line_id = l.sov_line_id
        WHERE l.firm_id = :firm AND (l.amount <> i.this_period OR l.cost <> (
            SELECT coalesce(sum(c.cost), 0) FROM issued_cost c WHERE c.firm_id = l.firm_id
                AND c.invoice_id = l.invoice_id AND c.sov_line_id = l.sov_line_id))""",
    ),
    Rule(
        "SELECT count(*) FROM issued_cost_line WHERE firm_id = :firm",
        """WITH run AS (
            SELECT l.invoice_id, l.sov_line_id, l.fee, l.fee_to_date, lag(l.fee_to_date, 1, 0) OVER (
                PARTITION BY l.sov_line_id ORDER BY v.application_no) AS before
            FROM issued_cost_line l JOIN invoice v ON v.firm_id = l.firm_id AND v.id = l.invoice_id
            WHERE l.firm_id = :firm
        )
        SELECT invoice_id, 'the fee billed is ' || fee || ', to date it is ' || fee_to_date
            || ', before it was ' || before
        FROM run WHERE fee <> fee_to_date - before""",
    ),
    Rule(
        _COSTS,
        """SELECT c.invoice_id, 'a cost stands on line ' || s.item_no || ', which is not billed at cost'
        FROM issued_cost c JOIN sov_line s ON s.firm_id = c.firm_id AND s.id = c.sov_line_id
        WHERE c.firm_id = :firm AND s.basis <> 'cost_plus'""",
    ),
)
"""I01."""

MAXIMUM = (
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm",
        """SELECT i.number_text, 'billed to date ' || greatest(i.line4, c.line4)
            || ' under a guaranteed maximum price of ' || i.line3
        FROM issued_invoice i
        JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        LEFT JOIN certificate c ON c.firm_id = i.firm_id AND c.invoice_id = i.invoice_id
        WHERE i.firm_id = :firm AND k.terms #>> '{guaranteed_maximum,fee,kind}' IS NOT NULL
            AND greatest(i.line4, c.line4) > i.line3""",
    ),
)
"""I04. The maximum of a contract is its sum to date, whatever its lines say."""

ONCE = (
    Rule(
        "SELECT count(*) FROM cost_claim WHERE firm_id = :firm",
        """SELECT c.job_cost_id, 'this cost is claimed by a withdrawn invoice'
        FROM cost_claim c JOIN invoice v ON v.firm_id = c.firm_id AND v.id = c.invoice_id
        WHERE c.firm_id = :firm AND v.state = 'withdrawn'
        UNION ALL
        SELECT job_cost_id, 'this cost is billed on ' || count(*) || ' invoices' FROM issued_cost
        WHERE firm_id = :firm GROUP BY job_cost_id HAVING count(*) > 1
        UNION ALL
        SELECT min(id::text)::uuid, source_kind || ' ' || source_ref || ' is recorded ' || count(*)
            || ' times'
        FROM job_cost WHERE firm_id = :firm AND source_kind <> 'typed' AND state <> 'sent_back'
            AND part_of_id IS NULL
        GROUP BY source_kind, source_ref HAVING count(*) > 1""",
    ),
    Rule(
        _COSTS,
        """WITH claimed AS (
            SELECT c.invoice_id, c.job_cost_id FROM cost_claim c
            JOIN issued_invoice i ON i.firm_id = c.firm_id AND i.invoice_id = c.invoice_id
            WHERE c.firm_id = :firm
        ), billed AS (
            SELECT invoice_id, job_cost_id FROM issued_cost WHERE firm_id = :firm
        )
        SELECT job_cost_id, CASE WHEN c.job_cost_id IS NULL
            THEN 'this cost is billed without a claim' ELSE 'this cost is claimed and not billed' END
        FROM claimed c FULL JOIN billed b USING (invoice_id, job_cost_id)
        WHERE c.job_cost_id IS NULL OR b.job_cost_id IS NULL""",
    ),
    Rule(
        "SELECT count(*) FROM job_cost WHERE firm_id = :firm AND state = 'replaced'",
        """SELECT w.id, 'it cost ' || w.gross || ' with ' || w.recoverable_tax || ' of tax, its parts '
            || coalesce(p.gross, 0) || ' with ' || coalesce(p.tax, 0)
        FROM job_cost w LEFT JOIN (
            SELECT part_of_id, sum(gross) AS gross, sum(recoverable_tax) AS tax, sum(fee_within) AS fee
            FROM job_cost WHERE firm_id = :firm AND part_of_id IS NOT NULL GROUP BY part_of_id
        ) p ON p.part_of_id = w.id
        WHERE w.firm_id = :firm AND w.state = 'replaced'
            AND (w.gross, w.recoverable_tax, w.fee_within) IS DISTINCT FROM (p.gross, p.tax, p.fee)
        UNION ALL
        SELECT w.id, 'is ' || w.state || ' beside its parts' FROM job_cost w
        WHERE w.firm_id = :firm AND w.state <> 'replaced' AND EXISTS (
            SELECT FROM job_cost p WHERE p.firm_id = w.firm_id AND p.part_of_id = w.id
        )""",
    ),
)
"""I11."""

APPROVED = (
    Rule(
        _COSTS,
        """SELECT c.job_cost_id, CASE WHEN j.state <> 'approved' THEN 'is billed and ' || j.state
            WHEN NOT j.billable THEN 'is billed and not billable' ELSE 'is billed and held' END
        FROM issued_cost c JOIN job_cost j ON j.firm_id = c.firm_id AND j.id = c.job_cost_id
        WHERE c.firm_id = :firm AND (j.state <> 'approved' OR NOT j.billable OR j.held_reason IS NOT NULL)
        UNION ALL
        SELECT c.job_cost_id, 'is billed at ' || c.cost || ', approved was '
            || coalesce(j.billed, j.gross - j.recoverable_tax)
        FROM issued_cost c JOIN job_cost j ON j.firm_id = c.firm_id AND j.id = c.job_cost_id
        WHERE c.firm_id = :firm AND c.cost <> coalesce(j.billed, j.gross - j.recoverable_tax)""",
    ),
    Rule(
        "SELECT count(*) FROM job_cost WHERE firm_id = :firm AND decided_by IS NOT NULL",
        """SELECT id, 'is approved by the person who recorded it' FROM job_cost
        WHERE firm_id = :firm AND state = 'approved' AND decided_by = recorded_by
        UNION ALL
        SELECT id, 'is approved by the person who wrote it up' FROM job_cost
        WHERE firm_id = :firm AND state = 'approved' AND decided_by = written_up_by""",
    ),
    Rule(
        "SELECT count(*) FROM expense WHERE firm_id = :firm AND decided_by IS NOT NULL",
        """SELECT e.id, 'expense ' || e.number || ' is ' || e.state
            || ' by the person who entered or corrected it'
        FROM expense e
        WHERE e.firm_id = :firm AND (e.decided_by = e.entered_by OR EXISTS (
            SELECT FROM expense_editor w WHERE w.firm_id = e.firm_id AND w.expense_id = e.id
                AND w.person_id = e.decided_by))""",
    ),
)
"""I03."""

_ISSUED = """
    SELECT job_cost_id, sov_line_id, cost FROM issued_cost WHERE firm_id = :firm AND invoice_id = :invoice
"""
_LINES = """
    SELECT sov_line_id, cost, fee, fee_to_date, amount FROM issued_cost_line
    WHERE firm_id = :firm AND invoice_id = :invoice
"""


def costs_wrong(books: Books, invoice_id: UUID, billed: Sequence[LineCosts]) -> Iterator[str]:
    """I01: the costs and fees of an issued invoice are those that its snapshot gives, one by one."""
    stored = {row.job_cost_id: (row.sov_line_id, row.cost) for row in books.rows(_ISSUED, invoice=invoice_id)}
    lines = {row.sov_line_id: tuple(row)[1:] for row in books.rows(_LINES, invoice=invoice_id)}
    for line in billed:
        said = line.cost, line.fee, line.fee_to_date.billable, line.amount
        if lines.pop(line.line_id, None) != said:
            yield "cost and fee of a line are not what its snapshot gives"
        for one in line.entries:
            if stored.pop(one.id, None) != (line.line_id, one.amount):
                yield f"the cost “{one.description}” of {one.incurred_on} is not what its snapshot gives"
    if stored or lines:
        yield f"{len(stored) + len(lines)} costs of the invoice are not in its snapshot"

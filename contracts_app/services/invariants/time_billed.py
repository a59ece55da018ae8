"""What several invariants ask of time that was billed, and of the milestones beside it.

Time is billed to the least of what its entries come to and the not-to-exceed amount, so that per line
Σ entries to date − accepted cuts = billed to date + what is left over the cap
(docs/SPEC-time-and-materials.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from contracts_app.domain.time.time_and_materials import TimeBilled, amount_of
from contracts_app.services.invariants.books import Books, Rule
from contracts_app.services.invariants.report import Tally

_TIME = "SELECT count(*) FROM issued_time WHERE firm_id = :firm"
_LINES = """
    SELECT count(*) FROM issued_line l JOIN sov_line s ON s.firm_id = l.firm_id AND s.id = l.sov_line_id
    WHERE l.firm_id = :firm AND s.basis = 'time_and_materials'
"""
ADDS_UP = (
    Rule(
        _LINES,
        """WITH billed AS (
            SELECT l.invoice_id, v.application_no, s.id AS line_id, l.item_no, l.total,
                CASE WHEN s.not_to_exceed THEN l.scheduled_value END AS cap
            FROM issued_line l
            JOIN invoice v ON v.firm_id = l.firm_id AND v.id = l.invoice_id
            JOIN sov_line s ON s.firm_id = l.firm_id AND s.id = l.sov_line_id
            WHERE l.firm_id = :firm AND s.basis = 'time_and_materials' AND v.kind <> 'retainage_release'
                AND v.limits IS NULL  -- caps over several lines, and orders, are tried by I04
        ), worked AS (
            SELECT t.sov_line_id AS line_id, v.application_no, sum(t.amount) AS amount
            FROM issued_time t JOIN invoice v ON v.firm_id = t.firm_id AND v.id = t.invoice_id
            WHERE t.firm_id = :firm GROUP BY t.sov_line_id, v.application_no
            UNION ALL
            -- A cut of an application, once accepted, counts as not worked from the next one on.
            SELECT a.sov_line_id, v.application_no + 1, -sum(a.amount)
            FROM accepted_cut a JOIN invoice v ON v.firm_id = a.firm_id AND v.id = a.invoice_id
            WHERE a.firm_id = :firm GROUP BY a.sov_line_id, v.application_no
            UNION ALL
            -- Billed before billing moved here.
            SELECT o.sov_line_id, b.application_no, o.completed
            FROM opening_line o JOIN opening b ON b.firm_id = o.firm_id AND b.contract_id = o.contract_id
            WHERE o.firm_id = :firm
        ), to_date AS (
            SELECT b.*, (SELECT coalesce(sum(w.amount), 0) FROM worked w
                WHERE w.line_id = b.line_id AND w.application_no <= b.application_no) AS amount
            FROM billed b
        )
        SELECT invoice_id, 'line ' || item_no || ': entries to date come to ' || amount || ', the cap is '
            || coalesce(cap::text, 'none') || ', billed to date is ' || total
        FROM to_date WHERE total <> least(amount, cap)""",
    ),
    Rule(
        "SELECT count(*) FROM accepted_cut WHERE firm_id = :firm",
        """SELECT a.invoice_id, 'line ' || l.item_no || ': ' || sum(a.amount)
            || ' of a cut is accepted, it was ' || l.total - c.total
        FROM accepted_cut a
        JOIN issued_line l ON l.firm_id = a.firm_id AND l.invoice_id = a.invoice_id
            AND l.sov_line_id = a.sov_line_id
        LEFT JOIN certificate_line c ON c.firm_id = a.firm_id AND c.invoice_id = a.invoice_id
            AND c.sov_line_id = a.sov_line_id
        WHERE a.firm_id = :firm
        GROUP BY a.invoice_id, l.item_no, l.total, c.total
        HAVING sum(a.amount) > l.total - coalesce(c.total, l.total)""",
    ),
    # Where the contract asks for no certificate what was issued stands, as an advance payment does.
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm",
        """SELECT i.number_text, CASE WHEN asked THEN 'stands as issued, and a certificate is asked for'
            ELSE 'should stand as issued, and is ' || coalesce(c.decision, 'without a certificate') END
        FROM issued_invoice i
        JOIN snapshot s ON s.firm_id = i.firm_id AND s.sha256 = i.snapshot_sha256
        CROSS JOIN LATERAL (
            SELECT coalesce((s.body::jsonb #>> '{terms,certified_by_client}')::boolean, true)
                AND s.body::jsonb ->> 'kind' <> 'advance' AS asked
        ) terms
        LEFT JOIN certificate c ON c.firm_id = i.firm_id AND c.invoice_id = i.invoice_id
        WHERE i.firm_id = :firm AND asked = (coalesce(c.decision, '') = 'not_required')""",
    ),
    Rule(
        _TIME,
        """SELECT t.invoice_id, 'time of ' || t.person || ' stands on a line that is not billed by time'
        FROM issued_time t JOIN sov_line s ON s.firm_id = t.firm_id AND s.id = t.sov_line_id
        WHERE t.firm_id = :firm AND s.basis <> 'time_and_materials'""",
    ),
)
"""I01. The cap is the line's scheduled value with the orders in force when it was billed."""

ONCE = (
    Rule(
        "SELECT count(*) FROM claim WHERE firm_id = :firm",
        """SELECT time_entry_id, 'this time is claimed by ' || count(*) || ' invoices' FROM claim
        WHERE firm_id = :firm GROUP BY time_entry_id HAVING count(*) > 1
        UNION ALL
        SELECT c.time_entry_id, 'this time is claimed by a withdrawn invoice'
        FROM claim c JOIN invoice v ON v.firm_id = c.firm_id AND v.id = c.invoice_id
        WHERE c.firm_id = :firm AND v.state = 'withdrawn'""",
    ),
    Rule(
        _TIME,
        """WITH claimed AS (
            SELECT c.invoice_id, c.time_entry_id FROM claim c
            JOIN issued_invoice i ON i.firm_id = c.firm_id AND i.invoice_id = c.invoice_id
            WHERE c.firm_id = :firm
        ), billed AS (
            SELECT invoice_id, time_entry_id FROM issued_time WHERE firm_id = :firm
        )
        SELECT time_entry_id, CASE WHEN c.time_entry_id IS NULL
            THEN 'this time is billed without a claim' ELSE 'this time is claimed and not billed' END
        FROM claimed c FULL JOIN billed b USING (invoice_id, time_entry_id)
        WHERE c.time_entry_id IS NULL OR b.time_entry_id IS NULL""",
    ),
    Rule(
        "SELECT count(*) FROM time_entry WHERE firm_id = :firm AND state = 'replaced'",
        """SELECT w.id, w.seconds || ' s were worked, their parts come to ' || coalesce(p.seconds, 0)
        FROM time_entry w LEFT JOIN (
            SELECT part_of, sum(seconds) AS seconds FROM time_entry
            WHERE firm_id = :firm AND part_of IS NOT NULL GROUP BY part_of
        ) p ON p.part_of = w.id
        WHERE w.firm_id = :firm AND w.state = 'replaced' AND w.seconds IS DISTINCT FROM p.seconds
            AND NOT (p.seconds IS NULL AND EXISTS (
                SELECT FROM time_entry c WHERE c.firm_id = w.firm_id AND c.corrects = w.id
            ))
        UNION ALL
        -- What was billed is taken back whole, and only beside what takes its place.
        SELECT b.id, 'takes back ' || -b.seconds || ' s of ' || w.seconds || ' s that were billed'
        FROM time_entry b JOIN time_entry w ON w.firm_id = b.firm_id AND w.id = b.corrects
        WHERE b.firm_id = :firm AND b.takes_back AND (
            coalesce(b.bill_seconds, b.seconds) <> -coalesce(w.bill_seconds, w.seconds) OR NOT EXISTS (
                SELECT FROM time_entry n WHERE n.firm_id = b.firm_id AND n.goes_with = b.id
            ))
        UNION ALL
        SELECT n.id, 'is approved, and what it takes the place of is not taken back' FROM time_entry n
        JOIN time_entry b ON b.firm_id = n.firm_id AND b.id = n.goes_with
        WHERE n.firm_id = :firm AND n.state = 'approved' AND b.state <> 'approved'
            AND n.billable AND NOT n.billed_elsewhere
        UNION ALL
        SELECT w.id, 'is ' || w.state || ' beside its parts' FROM time_entry w
        WHERE w.firm_id = :firm AND w.state <> 'replaced' AND EXISTS (
            SELECT FROM time_entry p WHERE p.firm_id = w.firm_id AND p.part_of = w.id
        )""",
    ),
)
"""I11."""

APPROVED = (
    Rule(
        _TIME,
        """SELECT t.time_entry_id, CASE
            WHEN e.state <> 'approved' THEN 'is billed and ' || e.state
            WHEN NOT e.billable THEN 'is billed and not billable'
            WHEN e.billed_elsewhere THEN 'is billed here and elsewhere'
            ELSE 'is billed and held: ' || e.held_reason END
        FROM issued_time t JOIN time_entry e ON e.firm_id = t.firm_id AND e.id = t.time_entry_id
        WHERE t.firm_id = :firm
            AND (e.state <> 'approved' OR NOT e.billable OR e.billed_elsewhere
                OR e.held_reason IS NOT NULL)""",
    ),
    Rule(
        "SELECT count(*) FROM time_entry WHERE firm_id = :firm AND decided_by IS NOT NULL",
        """SELECT id, 'is ' || state || ' by the person who entered it' FROM time_entry
        WHERE firm_id = :firm AND decided_by = entered_by
        UNION ALL
        SELECT e.id, 'is ' || e.state || ' by a person who corrected it'
        FROM time_entry e JOIN time_editor w ON w.firm_id = e.firm_id AND w.time_entry_id = e.id
        WHERE e.firm_id = :firm AND e.decided_by = w.person_id
        UNION ALL
        SELECT id, 'is approved by the person who wrote it up' FROM time_entry
        WHERE firm_id = :firm AND state = 'approved' AND decided_by = written_up_by""",
    ),
    Rule(
        """SELECT count(*) FROM claim c JOIN time_entry e
            ON e.firm_id = c.firm_id AND e.id = c.time_entry_id
        WHERE c.firm_id = :firm AND e.written_up_by IS NOT NULL""",
        """SELECT c.invoice_id, 'claims time that somebody wrote up who is not among its editors'
        FROM claim c
        JOIN time_entry e ON e.firm_id = c.firm_id AND e.id = c.time_entry_id
        LEFT JOIN invoice_editor h ON h.firm_id = c.firm_id AND h.invoice_id = c.invoice_id
            AND h.person_id = e.written_up_by
        WHERE c.firm_id = :firm AND e.written_up_by IS NOT NULL AND h.person_id IS NULL""",
    ),
    Rule(
        "SELECT count(*) FROM issued_time WHERE firm_id = :firm AND base_rate IS NOT NULL",
        """SELECT t.time_entry_id, CASE WHEN NOT agreed.found
            THEN 'its overtime is billed and stands in no terms'
            ELSE 'its overtime is billed and nobody approved it' END
        FROM issued_time t
        JOIN time_entry e ON e.firm_id = t.firm_id AND e.id = t.time_entry_id
        JOIN issued_invoice i ON i.firm_id = t.firm_id AND i.invoice_id = t.invoice_id
        JOIN snapshot s ON s.firm_id = i.firm_id AND s.sha256 = i.snapshot_sha256
        CROSS JOIN LATERAL (
            SELECT count(*) > 0 AS found,
                coalesce(bool_or(coalesce((c ->> 'needs_approval')::boolean, true)), true) AS asked
            FROM jsonb_array_elements(coalesce(s.body::jsonb #> '{terms,overtime,classes}', '[]')) c
            WHERE c ->> 'name' = t.overtime
        ) agreed
        WHERE t.firm_id = :firm AND t.base_rate IS NOT NULL
            AND (NOT agreed.found OR agreed.asked AND e.overtime_approved_by IS NULL)""",
    ),
)
"""I03."""

MILESTONES = (
    # What was approved when an invoice was issued stands in its snapshot; approvals are never taken back.
    Rule(
        """SELECT count(*) FROM issued_line l JOIN milestone m
            ON m.firm_id = l.firm_id AND m.sov_line_id = l.sov_line_id WHERE l.firm_id = :firm""",
        """WITH known AS (
            SELECT i.invoice_id, i.number_text, (m ->> 'id')::uuid AS id, (m ->> 'line_id')::uuid AS line_id,
                m ->> 'title' AS title, (m ->> 'amount')::numeric AS amount,
                CASE m ->> 'state' WHEN 'approved' THEN (m ->> 'amount')::numeric
                    ELSE coalesce(m ->> 'approved_amount', '0')::numeric END AS approved
            FROM issued_invoice i
            JOIN snapshot s ON s.firm_id = i.firm_id AND s.sha256 = i.snapshot_sha256
            CROSS JOIN LATERAL jsonb_array_elements(s.body::jsonb -> 'milestones') m
            WHERE i.firm_id = :firm
        )
        SELECT k.number_text, 'line ' || l.item_no || ': billed to date is ' || l.total || ' of '
            || l.scheduled_value || ', of which ' || sum(k.amount - k.approved) || ' is not approved'
        FROM known k
        JOIN issued_line l ON l.firm_id = :firm AND l.invoice_id = k.invoice_id AND l.sov_line_id = k.line_id
        GROUP BY k.number_text, l.item_no, l.total, l.scheduled_value
        HAVING sum(k.amount - k.approved) > 0 AND l.total > l.scheduled_value - sum(k.amount - k.approved)
        UNION ALL
        SELECT k.number_text, 'billed with ' || k.approved || ' of milestone ' || k.title
            || ' approved; now it is ' || coalesce(m.approved_amount::text, 'none')
        FROM known k LEFT JOIN milestone m ON m.firm_id = :firm AND m.id = k.id
        WHERE m.id IS NULL OR m.approved_amount < k.approved""",
    ),
)
"""I04."""

_PRICED = """
    SELECT i.currency, t.seconds, t.rate, t.amount, count(*) AS times, min(i.number_text) AS number_text
    FROM issued_time t JOIN issued_invoice i ON i.firm_id = t.firm_id AND i.invoice_id = t.invoice_id
    WHERE t.firm_id = :firm GROUP BY i.currency, t.seconds, t.rate, t.amount
"""

_ANNEX = """
    SELECT time_entry_id, sov_line_id, seconds, rate, amount, base_rate, factor FROM issued_time
    WHERE firm_id = :firm AND invoice_id = :invoice
"""


def check_products(books: Books, tally: Tally) -> None:
    """I01: every line of a detail annex multiplies out."""
    for row in books.rows(_PRICED):
        tally.saw(row.times)
        if amount_of(row.seconds, row.rate, row.currency) != row.amount:
            tally.broken(row.number_text, f"{row.seconds} s at {row.rate:f} is billed as {row.amount:f}")


def annex_wrong(books: Books, invoice_id: UUID, billed: Sequence[TimeBilled]) -> Iterator[str]:
    """I01: the entries of an issued invoice are those that its snapshot gives, one by one."""
    stored = {
        row.time_entry_id: (row.sov_line_id, row.seconds, row.rate, row.amount, row.base_rate, row.factor)
        for row in books.rows(_ANNEX, invoice=invoice_id)
    }
    for line in billed:
        for each in line.entries:
            given = (line.line_id, each.seconds, each.rate, each.amount, each.base_rate, each.factor)
            if stored.pop(each.entry.id, None) != given:
                day = each.entry.work_date
                yield f"the time of {each.entry.person} on {day} is not what its snapshot gives"
    if stored:
        yield f"{len(stored)} entries of the detail annex are not in its snapshot"

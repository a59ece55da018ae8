"""I10: what was answered "done" is there, with the result that was told; what was refused changed nothing."""

from __future__ import annotations

from contracts_app.services.invariants import groups
from contracts_app.services.invariants.books import Books, Invariant, Rule, apply
from contracts_app.services.invariants.report import Tally

_EFFECTS = "SELECT key, outcome ->> 'done' = 'true' AS done, command FROM effect WHERE firm_id = :firm"

_COUNT = "SELECT count(*) FROM effect WHERE firm_id = :firm AND outcome ->> 'done' = 'true'"
_DONE = """
    WITH done AS (
        SELECT key, command, outcome ->> 'code' AS code, outcome -> 'result' AS result FROM effect
        WHERE firm_id = :firm AND outcome ->> 'done' = 'true'
    )
"""


_RULES = (
    Rule(
        _COUNT,
        """SELECT d.key, d.command || ' is done, and what it says it did is not there'
        FROM done d
        LEFT JOIN contract k ON k.firm_id = :firm AND k.id = (d.result ->> 'contract_id')::uuid
        LEFT JOIN milestone m ON m.firm_id = :firm AND m.id = (d.result ->> 'milestone_id')::uuid
        LEFT JOIN invoice i ON i.firm_id = :firm AND i.id = (d.result ->> 'invoice_id')::uuid
        LEFT JOIN payment p ON p.firm_id = :firm AND p.id = (d.result ->> 'payment_id')::uuid
        LEFT JOIN import_file f ON f.firm_id = :firm AND f.id = (d.result ->> 'import_id')::uuid
        LEFT JOIN change_order o ON o.firm_id = :firm AND o.id = (d.result ->> 'change_order_id')::uuid
        LEFT JOIN billing_run b ON b.firm_id = :firm AND b.id = (d.result ->> 'run_id')::uuid
        WHERE (d.result ->> 'contract_id' IS NOT NULL AND k.id IS NULL)
           OR (d.result ->> 'milestone_id' IS NOT NULL AND m.id IS NULL AND NOT EXISTS (
               SELECT FROM done r WHERE r.command = 'remove_milestone'
                 AND r.result ->> 'milestone_id' = d.result ->> 'milestone_id'))
           OR (d.result ->> 'invoice_id' IS NOT NULL AND i.id IS NULL)
           OR (d.result ->> 'payment_id' IS NOT NULL AND p.id IS NULL)
           OR (d.result ->> 'import_id' IS NOT NULL AND f.id IS NULL)
           OR (d.result ->> 'change_order_id' IS NOT NULL AND o.id IS NULL)
           OR (d.result ->> 'run_id' IS NOT NULL AND b.id IS NULL)""",
        _DONE,
    ),
    # The figures that were told are the figures that are there.
    Rule(
        _COUNT,
        """SELECT d.key, 'issued as ' || (d.result ->> 'number') || ', kept as '
            || coalesce(i.number_text, 'none')
        FROM done d LEFT JOIN issued_invoice i
            ON i.firm_id = :firm AND i.invoice_id = (d.result ->> 'invoice_id')::uuid
        WHERE d.command = 'issue_invoice' AND (i.number_text, i.issued_on)
            IS DISTINCT FROM (d.result ->> 'number', (d.result ->> 'issued_on')::date)""",
        _DONE,
    ),
    Rule(
        _COUNT,
        """SELECT d.key, 'certified line 8 of ' || (d.result ->> 'certified_line8') || ', kept '
            || coalesce(c.line8::text, 'none')
        FROM done d LEFT JOIN certificate c
            ON c.firm_id = :firm AND c.invoice_id = (d.result ->> 'invoice_id')::uuid
        WHERE d.command = 'certify_application' AND (c.decision, c.line6, c.line8) IS DISTINCT FROM (
            d.result ->> 'decision', (d.result ->> 'certified_line6')::numeric,
            (d.result ->> 'certified_line8')::numeric)""",
        _DONE,
    ),
    Rule(
        _COUNT,
        """SELECT d.key, 'approved by the ' || (d.result ->> 'step') || ', and there is no such approval'
        FROM done d WHERE d.command = 'approve_draft' AND NOT EXISTS (SELECT FROM approval a
            WHERE a.firm_id = :firm AND a.invoice_id = (d.result ->> 'invoice_id')::uuid
              AND a.step = d.result ->> 'step' AND a.decision = 'approved')""",
        _DONE,
    ),
    # Change orders executed before it was kept by whom name nobody.
    Rule(
        _COUNT,
        """SELECT d.key, 'change order ' || (d.result ->> 'number') || ' is kept as executed by another'
        FROM done d JOIN change_order o ON o.firm_id = :firm
            AND o.contract_id = (d.result ->> 'contract_id')::uuid AND o.number = d.result ->> 'number'
        WHERE d.command = 'execute_change_order' AND o.executed_by::text <> split_part(d.key, ':', 1)""",
        _DONE,
    ),
    Rule(
        _COUNT,
        """SELECT d.key, 'applied ' || (d.result ->> 'applied') || ', unapplied '
            || (d.result ->> 'unapplied') || ', kept ' || (p.amount - p.unapplied) || ' and ' || p.unapplied
        FROM done d JOIN payment p ON p.firm_id = :firm AND p.id = (d.result ->> 'payment_id')::uuid
        WHERE d.command = 'receive_payment' AND (p.unapplied, p.amount - p.unapplied) <> (
            (d.result ->> 'unapplied')::numeric, (d.result ->> 'applied')::numeric)""",
        _DONE,
    ),
    Rule(
        _COUNT,
        """SELECT d.key, 'the import is posted, and is ' || f.state
        FROM done d JOIN import_file f ON f.firm_id = :firm AND f.id = (d.result ->> 'import_id')::uuid
        WHERE d.command = 'post_import' AND d.code <> 'read_again'
          AND f.state NOT IN ('posting', 'posted', 'undone')""",
        _DONE,
    ),
    Rule(
        _COUNT,
        """SELECT d.key, 'the import was taken back, and is ' || f.state
        FROM done d JOIN import_file f ON f.firm_id = :firm AND f.id = (d.result ->> 'import_id')::uuid
        WHERE d.command = 'undo_import' AND f.state <> 'undone'""",
        _DONE,
    ),
)


def check(books: Books, tally: Tally) -> None:
    """Compare the answer of each key with the audit under it, then with the rows it speaks of."""
    uses = books.trail.keys
    for key, done, command in books.rows(_EFFECTS):
        tally.saw()
        use = uses.get(key)
        if use is None:
            tally.broken(key, f"{command} was answered, and no audit entry tells of it")
            continue
        told = f"{use.changes} changes and {use.refusals} refusals in the audit"
        if done and (use.changes == 0 or use.refusals > 0):
            tally.broken(key, f"{command} was done, with {told}")
        elif not done and (use.changes > 0 or use.refusals != 1):
            tally.broken(
                key, f"{command} was refused, with {use.changes} changes and {use.refusals} refusals"
            )
    apply(books, tally, (*_RULES, groups.ANSWERED))


INVARIANT = Invariant(
    "I10",
    "Every command answered as done shows its result; a refused one left one refusal and changed nothing.",
    check,
)

"""I09 (quiet): whatever is not finished has an open process, nothing else has; nothing is parked or due."""

from __future__ import annotations

from contracts_app.domain.transitions import FINAL
from contracts_app.services.invariants.books import Books, Invariant, Rule, apply
from contracts_app.services.invariants.report import Tally
from contracts_app.store import open_work

_LIVING = """
    SELECT 'contract' AS subject, id, state, true AS needs FROM contract WHERE firm_id = :firm
    UNION ALL SELECT 'invoice', id, state, true FROM invoice WHERE firm_id = :firm
    UNION ALL SELECT 'import', id, state, true FROM import_file WHERE firm_id = :firm
    UNION ALL SELECT 'billing-run', id, state, true FROM billing_run WHERE firm_id = :firm
    UNION ALL SELECT 'calendar', id, state, kind = 'practice' FROM firm WHERE id = :firm
    UNION ALL SELECT 'follow-up', c.id, c.state, EXISTS (
        SELECT FROM contract k WHERE k.firm_id = c.firm_id AND k.client_id = c.id
    ) FROM client c WHERE c.firm_id = :firm
"""
_PROCESSES = """
    SELECT subject, subject_id, started_at, finished_at FROM process WHERE firm_id = :firm
"""
_PARKED = Rule(
    "SELECT count(*) FROM process WHERE firm_id = :firm",
    """SELECT subject || '/' || subject_id, parked_step || ' is parked: ' || coalesce(parked_reason, '')
    FROM process WHERE firm_id = :firm AND parked_step IS NOT NULL""",
)


def check(books: Books, tally: Tally) -> None:
    """Match records and processes both ways; then ask what work is due."""
    processes = {(row.subject, row.subject_id): row for row in books.rows(_PROCESSES)}
    for subject, record, state, needs in books.rows(_LIVING):
        tally.saw()
        process = processes.pop((subject, record), None)
        final = state in FINAL.get(subject, ())
        name = f"{subject}/{record}"
        if process is None:
            if needs:
                tally.broken(name, f"is {state} and has no process")
        elif final != (process.finished_at is not None):
            tally.broken(name, f"is {state}, its process {'goes on' if final else 'has finished'}")
        elif process.started_at is None:
            tally.broken(name, "its process was never started")
    for subject, record in processes:
        tally.broken(f"{subject}/{record}", "a process without its record")
    apply(books, tally, (_PARKED,))
    for name, sentence in open_work.due(books.connection, books.firm_id):
        tally.broken(name, sentence)


INVARIANT = Invariant(
    "I09",
    "Every record that is not finished has an open process, no other has; nothing is parked, no work is due.",
    check,
    quiet=True,
)

"""I07: one audit entry for each version of each record, in a chain of hashes as it was signed."""

from __future__ import annotations

from contracts_app.services.invariants.books import Books, Invariant
from contracts_app.services.invariants.lives import REMOVED
from contracts_app.services.invariants.report import Tally
from contracts_app.store import contents
from contracts_app.store.contents import NOTHING
from contracts_app.store.work_in_hand import BUSINESS

PAST_THE_AUDIT = "a value in this table was changed past the audit"
RECORDS = """
    SELECT 'contract' AS kind, id::text, version, state FROM contract WHERE firm_id = :firm
    UNION ALL SELECT 'invoice', id::text, version, state FROM invoice WHERE firm_id = :firm
    UNION ALL SELECT 'milestone', id::text, version, state FROM milestone WHERE firm_id = :firm
    UNION ALL SELECT 'import', id::text, version, state FROM import_file WHERE firm_id = :firm
    UNION ALL SELECT 'client', id::text, version, state FROM client WHERE firm_id = :firm
    UNION ALL SELECT 'message', id::text, version, state FROM message WHERE firm_id = :firm
    UNION ALL SELECT 'firm', id::text, version, state FROM firm WHERE id = :firm
    UNION ALL SELECT 'billing_run', id::text, version, state FROM billing_run WHERE firm_id = :firm
    UNION ALL SELECT 'master_change', id::text, version, state FROM master_change WHERE firm_id = :firm
    UNION ALL SELECT 'accounting_period', id::text, version, state FROM accounting_period
        WHERE firm_id = :firm
    UNION ALL SELECT 'compliance_requirement', id::text, version, state FROM compliance_requirement
        WHERE firm_id = :firm
    UNION ALL SELECT 'compliance_paper', id::text, version, state FROM compliance_paper WHERE firm_id = :firm
    UNION ALL SELECT 'compliance_exception', id::text, version, state FROM compliance_exception
        WHERE firm_id = :firm
"""
"""Every record that has a version, as it is now."""
_STOOD = "SELECT hash FROM audit_entry WHERE firm_id = :firm AND seq = :seq"
_HEAD = "SELECT seq, hash FROM audit_head WHERE firm_id = :firm"


def check(books: Books, tally: Tally) -> None:
    """Follow the chain to its head, then compare each record's version with its entries."""
    trail = books.trail
    tally.saw(trail.entries)
    for violation in (*trail.chain_broken, *trail.versions_broken):
        tally.broken(violation.subject, violation.sentence)
    heads = books.rows(_HEAD)
    if [(head.seq, bytes(head.hash)) for head in heads] != [(trail.head_seq, trail.head_hash)]:
        tally.broken(books.firm_id, f"the head of the chain is not its last entry, {trail.head_seq}")
    for one in books.checkpoints:
        tally.saw()
        if [bytes(row.hash) for row in books.rows(_STOOD, seq=one.seq)] != [one.hash]:
            tally.broken(one.name, f"entry {one.seq} is not what was signed at {one.at}: it was rewritten")
    _contents(books, tally)
    unseen = set(trail.lives)
    for kind, record, version, _ in books.rows(RECORDS):
        tally.saw()
        unseen.discard((kind, record))
        life = trail.lives.get((kind, record))
        entered = life.version if life else 0
        if entered != version:
            tally.broken(record, f"this {kind} is at version {version}, its audit entries end at {entered}")
    for kind, record in sorted(unseen):
        if trail.lives[kind, record].state != REMOVED:
            tally.broken(record, f"the audit tells of this {kind}, and there is none")


def _contents(books: Books, tally: Tally) -> None:
    """Compare what each table holds with what the entries say was written to it."""
    for name in sorted(BUSINESS - contents.summed(books.connection)):
        tally.broken(name, "changes of this table are no longer told to the audit: its triggers are missing")
    for name, now in contents.held(books.connection, books.firm_id, BUSINESS).items():
        tally.saw()
        said = books.trail.written.get(name, NOTHING)
        if now.rows != said.rows:
            tally.broken(name, f"this table has {now.rows} rows, the audit tells of {said.rows}")
        elif now != said:
            tally.broken(name, PAST_THE_AUDIT)


INVARIANT = Invariant(
    "I07",
    "The audit has one entry for each version of each record, without gap, and tells of all that "
    "each table holds; hashes are right and as signed.",
    check,
)

"""What the evidence pack of an invoice is put together from, beside the rows that a proof reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.engine import RowMapping

from contracts_app.store.audit import Link

_APPROVALS = text("""
    SELECT a.*, p.name AS person, h.name AS on_behalf_of_name,
        coalesce((SELECT json_agg(json_build_object('line', l.item_no, 'reason', r.reason) ORDER BY l.item_no)
            FROM approval_remark r JOIN sov_line l ON l.firm_id = r.firm_id AND l.id = r.sov_line_id
            WHERE r.firm_id = a.firm_id AND r.approval_id = a.id), '[]') AS remarks
    FROM approval a JOIN person p ON p.firm_id = a.firm_id AND p.id = a.person_id
    LEFT JOIN person h ON h.firm_id = a.firm_id AND h.id = a.on_behalf_of
    WHERE a.firm_id = :firm AND a.invoice_id = :invoice ORDER BY a.at, a.id
""")
_EDITORS = text("""
    SELECT e.person_id, p.name, e.since FROM invoice_editor e
    JOIN person p ON p.firm_id = e.firm_id AND p.id = e.person_id
    WHERE e.firm_id = :firm AND e.invoice_id = :invoice ORDER BY e.since, e.person_id
""")
_FILES = text("""
    SELECT f.id, f.kind, f.file_name, f.sha256, f.uploaded_at, p.name AS uploaded_by, q.name AS posted_by
    FROM import_file f JOIN person p ON p.firm_id = f.firm_id AND p.id = f.uploaded_by
    LEFT JOIN person q ON q.firm_id = f.firm_id AND q.id = f.posted_by
    WHERE f.firm_id = :firm AND f.id IN (
        SELECT s.import_id FROM sov_line s WHERE s.firm_id = :firm AND s.contract_id = :contract
        UNION SELECT r.import_id FROM rate_card_row r WHERE r.firm_id = :firm AND r.contract_id = :contract
        UNION SELECT c.import_id FROM change_order c WHERE c.firm_id = :firm AND c.contract_id = :contract
        UNION SELECT m.import_id FROM milestone m WHERE m.firm_id = :firm AND m.contract_id = :contract
        UNION SELECT g.import_id FROM progress_entry g WHERE g.firm_id = :firm AND g.contract_id = :contract
        UNION SELECT o.import_id FROM opening o WHERE o.firm_id = :firm AND o.contract_id = :contract
        UNION SELECT t.import_id FROM issued_time i
            JOIN time_entry t ON t.firm_id = i.firm_id AND t.id = i.time_entry_id
            WHERE i.firm_id = :firm AND i.invoice_id = :invoice
        UNION SELECT x.import_id FROM issued_cost i
            JOIN expense_cost k ON k.firm_id = i.firm_id AND k.job_cost_id = i.job_cost_id
            JOIN expense x ON x.firm_id = k.firm_id AND x.id = k.expense_id
            WHERE i.firm_id = :firm AND i.invoice_id = :invoice)
    ORDER BY f.uploaded_at, f.id
""")
_ROWS = text("""
    SELECT r.kind, r.external_id, r.content, r.source, r.import_id FROM imported_row r
    WHERE r.firm_id = :firm AND r.contract_id = :contract AND r.import_id = ANY(:files)
    ORDER BY r.import_id, r.kind, r.external_id
""")
_RELATED = text(
    "SELECT min(seq) AS first, max(seq) AS last FROM audit_entry WHERE firm_id = :firm AND about = ANY(:ids)"
)
_SEGMENT = text("""
    SELECT seq, (extract(epoch FROM at) * 1000000)::bigint AS at_us, body, hash FROM audit_entry
    WHERE firm_id = :firm AND seq BETWEEN :first AND :last ORDER BY seq
""")
_HASH = text("SELECT hash FROM audit_entry WHERE firm_id = :firm AND seq = :seq")


def approvals(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[RowMapping]:
    """Every decision on the invoice with who took it and what was said of single lines."""
    return connection.execute(_APPROVALS, {"firm": firm_id, "invoice": invoice_id}).mappings().all()


def preparers(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Sequence[RowMapping]:
    """Everybody who prepared or edited it."""
    return connection.execute(_EDITORS, {"firm": firm_id, "invoice": invoice_id}).mappings().all()


def files(connection: Connection, firm_id: UUID, contract_id: UUID, invoice_id: UUID) -> Sequence[RowMapping]:
    """The imported files that the contract's terms and the invoice's time and expenses came in with."""
    named = {"firm": firm_id, "contract": contract_id, "invoice": invoice_id}
    return connection.execute(_FILES, named).mappings().all()


def rows(
    connection: Connection, firm_id: UUID, contract_id: UUID, file_ids: Sequence[UUID]
) -> Iterator[RowMapping]:
    """What rows of these files said, and in which cells they stood."""
    named = {"firm": firm_id, "contract": contract_id, "files": list(file_ids)}
    yield from connection.execution_options(yield_per=2_000).execute(_ROWS, named).mappings()


def span(connection: Connection, firm_id: UUID, ids: Sequence[UUID]) -> tuple[int, int] | None:
    """Numbers of the first and the last audit entry about any of these records; None where there is none."""
    row = connection.execute(_RELATED, {"firm": firm_id, "ids": [str(one) for one in ids]}).one()
    return None if row.first is None else (row.first, row.last)


def segment(connection: Connection, firm_id: UUID, first: int, last: int) -> Iterator[Link]:
    """The entries from one number to another."""
    named = {"firm": firm_id, "first": first, "last": last}
    for row in connection.execution_options(yield_per=2_000).execute(_SEGMENT, named):
        yield Link(row.seq, row.at_us, row.body, None if row.hash is None else bytes(row.hash))


def hash_at(connection: Connection, firm_id: UUID, seq: int) -> bytes:
    """The hash of an entry; before the first one 32 zero bytes."""
    if seq == 0:
        return bytes(32)
    return bytes(connection.execute(_HASH, {"firm": firm_id, "seq": seq}).scalar_one())

"""What a firm has of each class of records, and how much of it no law keeps any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, text

from contracts_app.domain.keeping.retention import RecordClass

_HELD = """EXISTS (SELECT FROM legal_hold h WHERE h.firm_id = :firm AND h.released_at IS NULL
    AND (h.contract_id IS NULL OR h.contract_id = r.contract_id)
    AND (h.client_id IS NULL OR h.client_id = r.client_id))"""
"""Whether a hold that is in force covers the record `r`."""
_RECORDS: Mapping[str, tuple[RecordClass, str]] = {
    "Invoices and credit notes": (
        RecordClass.vouchers,
        """SELECT i.issued_on AS day, v.contract_id, c.client_id, c.state <> 'closed' AS lives
        FROM issued_invoice i JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
        JOIN contract c ON c.firm_id = v.firm_id AND c.id = v.contract_id WHERE i.firm_id = :firm
        UNION ALL
        SELECT n.issued_on, v.contract_id, c.client_id, c.state <> 'closed'
        FROM credit_note n JOIN invoice v ON v.firm_id = n.firm_id AND v.id = n.invoice_id
        JOIN contract c ON c.firm_id = v.firm_id AND c.id = v.contract_id WHERE n.firm_id = :firm""",
    ),
    "Time and costs that were billed": (
        RecordClass.vouchers,
        """SELECT t.work_date AS day, t.contract_id, c.client_id, c.state <> 'closed' AS lives
        FROM time_entry t JOIN contract c ON c.firm_id = t.firm_id AND c.id = t.contract_id
        WHERE t.firm_id = :firm
        UNION ALL
        SELECT j.incurred_on, j.contract_id, c.client_id, c.state <> 'closed'
        FROM job_cost j JOIN contract c ON c.firm_id = j.firm_id AND c.id = j.contract_id
        WHERE j.firm_id = :firm""",
    ),
    "Files that were imported": (
        RecordClass.vouchers,
        """SELECT f.uploaded_at::date AS day, f.contract_id, c.client_id,
            coalesce(c.state <> 'closed', false) AS lives
        FROM import_file f LEFT JOIN contract c ON c.firm_id = f.firm_id AND c.id = f.contract_id
        WHERE f.firm_id = :firm""",
    ),
    "Letters": (
        RecordClass.letters,
        """SELECT m.business_date AS day, v.contract_id, m.client_id,
            coalesce(c.state <> 'closed', false) AS lives
        FROM message m LEFT JOIN invoice v ON v.firm_id = m.firm_id AND v.id = m.invoice_id
        LEFT JOIN contract c ON c.firm_id = v.firm_id AND c.id = v.contract_id WHERE m.firm_id = :firm""",
    ),
    "The log of changes": (
        RecordClass.books,
        """SELECT at::date AS day, NULL::uuid AS contract_id, NULL::uuid AS client_id, false AS lives
        FROM audit_entry WHERE firm_id = :firm""",
    ),
    "Event histories of processes that ended": (
        RecordClass.books,
        """SELECT closed_at::date AS day, CASE WHEN subject = 'contract' THEN subject_id END AS contract_id,
            NULL::uuid AS client_id, false AS lives
        FROM workflow_history WHERE firm_id = :firm""",
    ),
}
_COUNTED = """
    SELECT count(*) AS number, min(day) AS oldest, max(day) AS latest,
        count(*) FILTER (WHERE day < :before AND NOT lives AND NOT {held}) AS free,
        count(*) FILTER (WHERE day < :before AND {held}) AS held
    FROM ({records}) r
"""


@dataclass(frozen=True)
class Counted:
    """What there is of some records: how many, from when to when; `free`: kept by nothing any more; `held`:
    only by a hold."""

    number: int
    oldest: date | None
    latest: date | None
    free: int
    held: int


def kinds() -> Sequence[tuple[str, RecordClass]]:
    """The records that are told apart, and the class of each."""
    return [(title, known) for title, (known, _) in _RECORDS.items()]


def counted(connection: Connection, firm_id: UUID, title: str, before: date) -> Counted:
    """What there is of these records, and how many dated before this day nothing keeps."""
    _, records = _RECORDS[title]
    row = connection.execute(
        text(_COUNTED.format(records=records, held=_HELD)), {"firm": firm_id, "before": before}
    ).one()
    return Counted(row.number, row.oldest, row.latest, row.free, row.held)


@dataclass(frozen=True)
class WhoLeft:
    """A person who may sign in no longer and whose name or address is still there."""

    person_id: UUID
    name: str
    email: str
    waits: bool


_WHO_LEFT = text("""
    SELECT p.id AS person_id, p.name, p.email, EXISTS (
        SELECT FROM master_change m WHERE m.firm_id = p.firm_id AND m.state = 'proposed'
          AND m.command = 'erase_person' AND m.about = p.id::text) AS waits
    FROM person p LEFT JOIN erasure e ON e.firm_id = p.firm_id AND e.person_id = p.id
    WHERE p.firm_id = :firm AND NOT p.active
      AND (e.id IS NULL OR e.name_kept IS NOT NULL AND e.name_until < :today)
    ORDER BY p.name, p.id
""")
_SCOPES = text("""
    SELECT 'client:' || id AS key, 'Client ' || name AS title FROM client WHERE firm_id = :firm
    UNION ALL
    SELECT 'contract:' || id, 'Contract ' || number || ' ' || title FROM contract WHERE firm_id = :firm
    ORDER BY 2
""")


def people_who_left(connection: Connection, firm_id: UUID, today: date) -> Sequence[WhoLeft]:
    """Who may be erased now, and for whom that waits for a second person."""
    return [
        WhoLeft(row.person_id, row.name, row.email, row.waits)
        for row in connection.execute(_WHO_LEFT, {"firm": firm_id, "today": today})
    ]


def scopes(connection: Connection, firm_id: UUID) -> Sequence[tuple[str, str]]:
    """What can be held besides the whole firm, as a form names it and in words."""
    return [(row.key, row.title) for row in connection.execute(_SCOPES, {"firm": firm_id})]

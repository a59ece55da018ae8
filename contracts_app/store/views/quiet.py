"""Whether the firm's processes rest: each waits for a person or a date, having seen everything there is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, text

_WORKING = text("""
SELECT p.subject, p.subject_id, p.sentence
FROM process p
JOIN firm f ON f.id = p.firm_id
LEFT JOIN contract c ON p.subject = 'contract' AND c.firm_id = p.firm_id AND c.id = p.subject_id
LEFT JOIN invoice i ON p.subject = 'invoice' AND i.firm_id = p.firm_id AND i.id = p.subject_id
LEFT JOIN import_file m ON p.subject = 'import' AND m.firm_id = p.firm_id AND m.id = p.subject_id
LEFT JOIN client k ON p.subject = 'follow-up' AND k.firm_id = p.firm_id AND k.id = p.subject_id
WHERE p.firm_id = :firm AND p.finished_at IS NULL AND p.parked_step IS NULL
  AND (p.sentence IS NULL
    OR p.seen_calendar IS DISTINCT FROM f.calendar_version
    OR p.subject <> 'calendar'
      AND p.seen_version IS DISTINCT FROM COALESCE(c.version, i.version, m.version, k.version)
    OR p.deadline <= clock_timestamp() + f.shift_seconds * interval '1 second')
ORDER BY p.opened_at, p.subject, p.subject_id
""")


def working(connection: Connection, firm_id: UUID) -> Sequence[str]:
    """What is not at rest, as `invoice/6f…: why`; empty when the firm is quiet.

    A process is at work when it has not said what it waits for, has not seen the newest version of its
    record or of the calendar, or when its deadline has come. One that is parked rests.
    """
    rows = connection.execute(_WORKING, {"firm": firm_id})
    return [f"{row.subject}/{row.subject_id}: {row.sentence or 'at work'}" for row in rows]

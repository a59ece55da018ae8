"""What decides whether a process would still make the paper that it was about to make.

A firm of a test that makes no papers has ever more processes with one to make. Each would be asked again
after every command, for the same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, func, select

from contracts_app.store.tables import client, document, firm, invoice, message, process

Standing = tuple[Any, ...]

_FIRM = bindparam("firm", type_=Uuid())
_STANDING = (
    select(
        process.c.subject,
        process.c.subject_id,
        invoice.c.version,
        client.c.version,
        process.c.parked_step,
        process.c.seen_version,
        select(firm.c.calendar_version).where(firm.c.id == _FIRM).scalar_subquery(),
        select(func.count()).where(document.c.firm_id == _FIRM).scalar_subquery(),
        select(func.count()).where(message.c.firm_id == _FIRM).scalar_subquery(),
        select(func.count()).where(message.c.firm_id == _FIRM, message.c.state == "queued").scalar_subquery(),
    )
    .outerjoin(invoice, (invoice.c.firm_id == _FIRM) & (invoice.c.id == process.c.subject_id))
    .outerjoin(client, (client.c.firm_id == _FIRM) & (client.c.id == process.c.subject_id))
    .where(
        process.c.firm_id == _FIRM,
        process.c.finished_at.is_(None),
        process.c.subject.in_(("invoice", "follow-up")),
    )
)


def standing(connection: Connection, firm_id: UUID) -> Mapping[str, Standing]:
    """The processes that make papers (`invoice/6f…`), each with its record's version, what it has seen, the
    calendar, and how many papers and letters the firm has."""
    rows = connection.execute(_STANDING, {"firm": firm_id})
    return {f"{row[0]}/{row[1]}": tuple(row[2:]) for row in rows}

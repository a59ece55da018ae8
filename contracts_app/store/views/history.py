"""The audit trail of one thing as a timeline: who did what when, before and after."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select, text

from contracts_app.store.tables import invoice, milestone, payment, person, reminder

LIMIT = 400


@dataclass(frozen=True)
class HistoryEntry:
    """One audit entry. `by` is None for the system's own steps; `done` is false for a refusal.

    `by_client`: whoever did it belongs to a client.
    `at` is the instant of the business calendar, `written_at` that of the clock. `command` is what was asked,
    `before` and `after` the fields that changed.
    """

    seq: int
    at: datetime
    written_at: datetime
    by: str | None
    by_client: bool
    kind: str
    subject_id: str
    action: str
    from_state: str | None
    to_state: str | None
    done: bool
    reason: str
    signed_in: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    command: Mapping[str, Any]
    workflow: str | None


def history(
    connection: Connection, firm_id: UUID, ids: Collection[UUID], limit: int | None = LIMIT
) -> Sequence[HistoryEntry]:
    """Entries about any of these records, and refused commands that named them; newest first.

    `limit` None gives all of them.
    """
    wanted = [str(one) for one in ids]
    rows = connection.execute(
        text(
            "SELECT seq, at, body FROM audit_entry WHERE firm_id = :firm AND about = ANY(:ids)"
            " ORDER BY seq DESC LIMIT :limit"
        ),
        {"firm": firm_id, "ids": wanted, "limit": limit},
    ).all()
    bodies = [(row.seq, row.at, json.loads(row.body)) for row in rows]
    named = {body[name] for _, _, body in bodies for name in ("by", "proposed_by") if body.get(name)}
    people = _people(connection, firm_id, named)
    return [_entry(seq, at, body, people) for seq, at, body in bodies]


@dataclass(frozen=True)
class _Person:
    name: str
    client_id: UUID | None


def _entry(seq: int, at: datetime, body: Mapping[str, Any], people: Mapping[str, _Person]) -> HistoryEntry:
    by = body.get("by")
    known = people.get(by) if by else None
    return HistoryEntry(
        seq=seq,
        at=datetime.fromisoformat(body["business_at"]) if body.get("business_at") else at,
        written_at=at,
        by=_named(known.name if known else by, people.get(body.get("proposed_by", ""))),
        by_client=known is not None and known.client_id is not None,
        kind=body["kind"],
        subject_id=body["id"],
        action=body["action"],
        from_state=body.get("from_state"),
        to_state=body.get("to_state"),
        done=body.get("doing") != "refused",
        reason=body.get("reason") or "",
        signed_in=body.get("signed_in") or "",
        before=body.get("before") or {},
        after=body.get("after") or {},
        command=body.get("command") or {},
        workflow=body.get("workflow"),
    )


def _named(by: str | None, proposer: _Person | None) -> str | None:
    return by if proposer is None else f"{by} (as {proposer.name} proposed)"


def _people(connection: Connection, firm_id: UUID, people: Collection[str]) -> Mapping[str, _Person]:
    if not people:
        return {}
    ids = [UUID(one) for one in people]
    rows = connection.execute(
        select(person.c.id, person.c.name, person.c.client_id).where(
            person.c.firm_id == firm_id, person.c.id.in_(ids)
        )
    )
    return {str(row.id): _Person(row.name, row.client_id) for row in rows}


def ids_of_contract(connection: Connection, firm_id: UUID, contract_id: UUID) -> Sequence[UUID]:
    """The contract, its invoices and milestones, for its timeline."""
    own = [contract_id]
    for table in (invoice, milestone):
        own.extend(
            connection.execute(
                select(table.c.id).where(table.c.firm_id == firm_id, table.c.contract_id == contract_id)
            ).scalars()
        )
    return own


def ids_of_client(connection: Connection, firm_id: UUID, client_id: UUID) -> Sequence[UUID]:
    """The client, its payments and reminders, for the timeline of the follow-up."""
    own = [client_id]
    for table in (payment, reminder):
        own.extend(
            connection.execute(
                select(table.c.id).where(table.c.firm_id == firm_id, table.c.client_id == client_id)
            ).scalars()
        )
    return own

"""`contracts history OBJECT`: what happened to a record, its mail, and the deadlines that lie ahead; or the
events of its workflow, held against the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from contracts_app.commands_line import process_events
from contracts_app.commands_line.firm import OfFirm, books
from contracts_app.commands_line.outcome import AsJson, line, say
from contracts_app.commands_line.why import Object

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from contracts_app.store.views.named import Named

Rows = Sequence[Mapping[str, Any]]


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(history)


Events = Annotated[
    bool,
    typer.Option(
        "--events", help="The events of its workflow instead, live and archived, held against the audit log."
    ),
]


def history(what: Object, of_firm: OfFirm = "", as_json: AsJson = False, events: Events = False) -> None:
    """Tell what happened: who did what on which business date, before and after, why; mail; deadlines.

    With --events status 1 when an event lacks its audit entry, an entry its event, or a run is missing.
    """
    if events:
        process_events.tell(what, of_firm, as_json)
        return
    from contracts_app.store.views import named  # the product: only when asked for
    from contracts_app.store.views.calendar import firm_day

    with books(of_firm) as (connection, firm_id):
        known = named.find(connection, firm_id, what)
        zone = firm_day(connection, firm_id).zone
        happened = _events(connection, firm_id, known, zone)
        mail = _mail(connection, firm_id, known)
        ahead = _deadlines(connection, firm_id, known, zone)
    if as_json:
        line(
            {
                "object": known.name,
                "title": known.title,
                "events": happened,
                "messages": mail,
                "deadlines": ahead,
            }
        )
    else:
        for sentence in _sentences(known.title, happened, mail, ahead):
            say(sentence)


def _events(connection: Connection, firm_id: UUID, known: Named, zone: str) -> Rows:
    """The same timeline as on the pages, oldest first, with the fields that changed."""
    from contracts_app.domain.business_time import date_in
    from contracts_app.store.views.history import history as entries_about
    from contracts_app.web.pages.wording import events, once

    entries = once(entries_about(connection, firm_id, _about(connection, firm_id, known), limit=None))
    return [
        {
            "entry": entry.seq,
            "on": date_in(entry.at, zone),
            "at": entry.at.isoformat(),
            "who": event.who,
            "what": event.what,
            "detail": event.detail,
            "done": entry.done,
            "reason": entry.reason,
            "from_state": entry.from_state,
            "to_state": entry.to_state,
            "before": entry.before,
            "after": entry.after,
        }
        for entry, event in reversed(list(zip(entries, events(entries), strict=True)))
    ]


def _about(connection: Connection, firm_id: UUID, known: Named) -> Sequence[UUID]:
    from contracts_app.domain.commands.subjects import Subject
    from contracts_app.store.views.history import ids_of_client, ids_of_contract
    from contracts_app.store.views.invoice_page import related_ids

    match known.subject:
        case Subject.contract:
            return ids_of_contract(connection, firm_id, known.id)
        case Subject.invoice:
            return related_ids(connection, firm_id, known.id)
        case Subject.follow_up:
            return ids_of_client(connection, firm_id, known.id)
    return [known.id]


def _mail(connection: Connection, firm_id: UUID, known: Named) -> Rows:
    """Mail about a contract, an invoice or to a client, oldest first."""
    from contracts_app.domain.commands.subjects import Subject
    from contracts_app.store.views import contract_files, messages

    rows: Sequence[contract_files.MessageRow | messages.MessageRow] = ()
    match known.subject:
        case Subject.contract:
            rows = contract_files.messages(connection, firm_id, contract_id=known.id)
        case Subject.invoice:
            rows = contract_files.messages(connection, firm_id, invoice_id=known.id)
        case Subject.follow_up:
            rows = messages.messages(connection, firm_id, client_id=known.id)
    return [
        {
            "on": row.business_date,
            "kind": row.kind,
            "to": row.recipient,
            "subject": row.subject,
            "state": row.state,
            "reply": row.smtp_reply,
        }
        for row in reversed(rows)
    ]


def _deadlines(connection: Connection, firm_id: UUID, known: Named, zone: str) -> Rows:
    """Instants that the record's process waits for; a contract's invoices included. Soonest first."""
    from contracts_app.domain.business_time import date_in
    from contracts_app.store.views.waiting import ahead

    return [
        {
            "on": date_in(one.deadline, zone),
            "at": one.deadline.isoformat(),
            "object": f"{one.subject}/{one.subject_id}",
            "sentence": one.sentence,
            "otherwise": one.otherwise or None,
        }
        for one in ahead(connection, firm_id, known.subject, known.id)
        if one.deadline
    ]


def _sentences(title: str, happened: Rows, mail: Rows, ahead: Rows) -> Iterator[str]:
    yield title
    for event in happened:
        said = [f"{event['who']} {event['what']}", event["detail"]]
        said.append(f"“{event['reason']}”" if event["reason"] else "")
        yield f"  {_day(event['on'])}  {' · '.join(part for part in said if part)}"
    if mail:
        yield "Mail"
    for letter in mail:
        yield f"  {_day(letter['on'])}  {letter['subject']} → {letter['to'] or 'nobody'}: {letter['state']}"
    if ahead:
        yield "Deadlines"
    for deadline in ahead:
        otherwise = deadline["otherwise"] or "the process looks again"
        yield f"  {_day(deadline['on'])}  {deadline['sentence']} Otherwise: {otherwise}."


def _day(on: date) -> str:
    return on.isoformat()

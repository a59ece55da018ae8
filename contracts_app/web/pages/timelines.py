"""Timelines of contracts and invoices: what was done and mailed, which deadlines came, which lie ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Connection
from temporalio.client import WorkflowHistory

from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.histories.clock import Clock, rang
from contracts_app.store.views import contract_files
from contracts_app.store.views.history import HistoryEntry, history
from contracts_app.store.views.waiting import Waiting, ahead
from contracts_app.temporal import data_converter
from contracts_app.web.pages.wording import Event, events, told
from contracts_app.web.parts import HttpRequest, TemporalNotReached, parts_of
from workflows import held_against_log

ANSWERS_WITHIN = 1.0
"""Seconds that a page waits for Temporal; then it shows the rest."""


@dataclass(frozen=True)
class Timeline:
    """Events, the newest first; deadlines ahead, the nearest first. `reached`: whether Temporal answered, who
    alone knows which deadlines came to a process that goes on."""

    events: Sequence[Event]
    ahead: Sequence[Waiting]
    reached: bool


def timeline(
    request: HttpRequest,
    connection: Connection,
    firm_id: UUID,
    subject: Subject,
    subject_id: UUID,
    ids: Sequence[UUID],
    names: Mapping[str, str] | None = None,
) -> Timeline:
    """The timeline of a record, by the `ids` of what belongs to it; `names`: how to call them."""
    of = {"contract_id": subject_id} if subject is Subject.contract else {"invoice_id": subject_id}
    mails = {str(one.id): one for one in contract_files.messages(connection, firm_id, **of)}
    entries = told(history(connection, firm_id, [*ids, *map(UUID, mails)]))
    shown = [
        mailed(event, mails[entry.subject_id]) if entry.subject_id in mails else event
        for entry, event in zip(entries, events(entries, names), strict=True)
        if entry.action != "queue_message"
    ]
    found = _live(request, process_name(subject, subject_id))
    kept = held_against_log.archived(connection, firm_id, subject, subject_id)
    converter = data_converter(parts_of(request).settings.secret_key())
    runs = asyncio.run(held_against_log.runs_of(found or (), kept, converter))
    shown += [deadline_came(clock, entries) for clock in rang(runs)]
    shown.sort(key=lambda event: event.at, reverse=True)
    return Timeline(shown, ahead(connection, firm_id, subject, subject_id), reached=found is not None)


def mailed(event: Event, mail: contract_files.MessageRow) -> Event:
    """The delivery of a mail with its recipient and subject, and why a mail server refused it."""
    refused = f" · {mail.smtp_reply}" if mail.state == "bounced" else ""
    return replace(event, what=f"{event.what} {mail.recipient}", detail=f"“{mail.subject}”{refused}")


def deadline_came(clock: Clock, entries: Sequence[HistoryEntry]) -> Event:
    """A deadline that came, at the firm's instant: its calendar was as far moved as at the entry before."""
    before = next((one for one in entries if one.written_at <= clock.at), None)
    moved = before.at - before.written_at if before else timedelta(0)
    return Event(
        seq=0,
        at=clock.at + moved,
        who="A deadline",
        what="came",
        reason=clock.sentence,
        about="",
        detail="",
        done=True,
        changes_state=False,
    )


def _live(request: HttpRequest, name: str) -> Sequence[WorkflowHistory] | None:
    """What Temporal has of a process; asked on the loop of its client, since pages are made in threads."""
    door = parts_of(request).temporal
    if door.loop is None:
        return None

    async def asked() -> Sequence[WorkflowHistory] | None:
        try:
            return await held_against_log.live(await door.client(), name, ANSWERS_WITHIN)
        except TemporalNotReached:
            return None

    answer = asyncio.run_coroutine_threadsafe(asked(), door.loop)
    try:
        return answer.result(ANSWERS_WITHIN)
    except NotInTime:
        answer.cancel()
        return None

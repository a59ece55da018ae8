"""The event history of a process beside the audit entries that it wrote, for auditors and administrators."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from sqlalchemy import Connection
from temporalio.client import WorkflowHistory

from contracts_app.domain.commands.subjects import Subject, process_name
from contracts_app.domain.histories.clock import armed
from contracts_app.domain.histories.events import Event, said
from contracts_app.domain.histories.matching import Found
from contracts_app.domain.refusals import Refused, not_found
from contracts_app.domain.roles import Role
from contracts_app.store import processes
from contracts_app.store.views import named
from contracts_app.temporal import data_converter
from contracts_app.web.api.shown import looking
from contracts_app.web.guard import roles
from contracts_app.web.pages.rendering import page
from contracts_app.web.parts import HttpRequest, TemporalNotReached, parts_of
from workflows import held_against_log

READERS = roles(Role.administrator, Role.controller, Role.auditor)
ANSWERS_WITHIN = 10.0
"""Seconds for Temporal to hand over what it has of one process."""
_HOME = {
    Subject.contract: "/contracts/{}?tab=history",
    Subject.invoice: "/invoices/{}",
    Subject.importing: "/imports/{}",
}


@get("/processes/{subject:str}/{subject_id:uuid}/history", opt=READERS, include_in_schema=False)
async def process_history(
    request: HttpRequest, subject: FromPath[str], subject_id: FromPath[UUID]
) -> Response[str]:
    """Every run of a process; one of them event by event, each with the entries that it wrote."""
    if subject not in {known.value for known in Subject}:
        raise not_found("process")
    kind = Subject(subject)
    await asyncio.to_thread(_require_own, request, kind, subject_id)
    found = await _live(request, process_name(kind, subject_id))
    return await asyncio.to_thread(_shown, request, kind, subject_id, found)


def _require_own(request: HttpRequest, subject: Subject, subject_id: UUID) -> None:
    with looking(request) as (connection, identity):
        if processes.find(connection, identity.firm_id, subject, subject_id) is None:
            raise not_found("process")


async def _live(request: HttpRequest, name: str) -> Sequence[WorkflowHistory] | None:
    try:
        client = await parts_of(request).temporal.client()
    except TemporalNotReached:
        return None
    return await held_against_log.live(client, name, ANSWERS_WITHIN)


def _shown(
    request: HttpRequest, subject: Subject, subject_id: UUID, found: Sequence[WorkflowHistory] | None
) -> Response[str]:
    converter = data_converter(parts_of(request).settings.secret_key())
    with looking(request) as (connection, identity):
        kept = held_against_log.archived(connection, identity.firm_id, subject, subject_id)
        runs = asyncio.run(held_against_log.runs_of(found or (), kept, converter))
        matching = held_against_log.held(
            connection, identity.firm_id, subject, subject_id, runs, complete=found is not None
        )
        name = process_name(subject, subject_id)
        asked = request.query_params.get("run", "")
        chosen = next((one for one in matching.runs if one[0].run_id == asked), None)
        chosen = chosen or (matching.runs[-1] if matching.runs else None)
        rows = chosen[1] if chosen else ()
        told = rows if "all" in request.query_params else [row for row in rows if not _is_asking(row.event)]
        return page(
            request,
            connection,
            "process_history.html",
            name=name,
            title=_title(connection, identity.firm_id, name),
            home=_HOME.get(subject, "").format(subject_id),
            matching=matching,
            kept={one.noted["run_id"]: one.noted for one in kept},
            chosen=chosen,
            shown=told,
            quiet=len(rows) - len(told),
            reached=found is not None,
            clocks=armed(runs),
            in_words=said,
            Found=Found,
        )


def _is_asking(event: Event) -> bool:
    """Whether it is of the asking of the workflow, without which nothing goes on and which says nothing."""
    return event.kind in ("WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted")


def _title(connection: Connection, firm_id: UUID, name: str) -> str:
    try:
        return named.find(connection, firm_id, name).title
    except Refused:
        return name.partition("/")[0].replace("-", " ").capitalize()


ROUTES = (process_history,)

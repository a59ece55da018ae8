"""Events of a workflow beside the audit entries that they wrote, for `contracts history --events`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from contracts_app.commands_line.firm import books
from contracts_app.commands_line.outcome import Exit, end, line, progress, say
from contracts_app.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from temporalio.client import WorkflowHistory

    from contracts_app.domain.histories.events import Run
    from contracts_app.domain.histories.matching import Matching, Row

_WITHIN = 30.0
"""Seconds for Temporal to answer."""


def tell(what: str, of_firm: str, as_json: bool) -> None:
    """Print every run event by event; status 1 when something does not match.

    Where Temporal does not answer the archived runs are held, and standard error says so.
    """
    from contracts_app.domain.commands.subjects import process_name  # the product: only when asked for
    from contracts_app.store.views import named
    from contracts_app.temporal import data_converter
    from workflows import held_against_log

    with books(of_firm) as (connection, firm_id):
        known = named.find(connection, firm_id, what)
        found = asyncio.run(_live(process_name(known.subject, known.id)))
        kept = held_against_log.archived(connection, firm_id, known.subject, known.id)
        converter = data_converter(Settings().secret_key())
        runs = asyncio.run(held_against_log.runs_of(found or (), kept, converter))
        complete = found is not None
        matching = held_against_log.held(
            connection, firm_id, known.subject, known.id, runs, complete=complete
        )
    if found is None:
        progress("Temporal does not answer: what it alone has of this process is left out.")
    if as_json:
        for run, rows in matching.runs:
            for row in rows:
                line(_as_json(run, row))
        line(_summary(matching, complete))
    else:
        for sentence in _sentences(known.title, matching):
            say(sentence)
    if not matching.holds:
        end(Exit.REFUSED)


async def _live(name: str) -> Sequence[WorkflowHistory] | None:
    from contracts_app.temporal import connect
    from workflows import held_against_log

    try:
        async with asyncio.timeout(_WITHIN):
            client = await connect(Settings())
    except (RuntimeError, TimeoutError):
        return None
    return await held_against_log.live(client, name, _WITHIN)


def _as_json(run: Run, row: Row) -> Mapping[str, Any]:
    event = row.event
    return {
        "run": run.run_id,
        "archived": run.archived,
        "event": event.number,
        "at": event.at.isoformat(),
        "kind": event.kind,
        "name": event.name,
        "activity": event.activity_id,
        "update": event.update_id,
        "attempt": event.attempt,
        "waits": event.sentence,
        "rings_at": event.rings_at.isoformat() if event.rings_at else None,
        "found": row.found.value,
        "entries": [entry.seq for entry in row.entries],
    }


def _summary(matching: Matching, complete: bool) -> Mapping[str, Any]:
    from contracts_app.domain.histories.matching import Found

    return {
        "holds": matching.holds,
        "complete": complete,
        "runs": len(matching.runs),
        **{found.name: matching.count(found) for found in Found},
        "unmatched": matching.unmatched,
        "entries_without_event": [{"entry": one.entry.seq, "why": one.why} for one in matching.strays],
        "wrong": list(matching.wrong),
    }


def _sentences(title: str, matching: Matching) -> Iterator[str]:
    from contracts_app.domain.histories.events import said
    from contracts_app.domain.histories.matching import Found

    yield title
    for run, rows in matching.runs:
        yield f"Run {run.run_id} ({'archive' if run.archived else 'Temporal'})"
        for row in rows:
            event = row.event
            about = " ".join(
                part for part in (event.name, f"({event.sentence})" if event.sentence else "") if part
            )
            entries = ", ".join(f"entry {entry.seq} {entry.action}" for entry in row.entries)
            unusual = row.found.value if row.found not in (Found.matched, Found.none_expected) else ""
            parts = (f"{said(event)}: {about}" if about else said(event), entries, unusual)
            told = " · ".join(part for part in parts if part)
            yield f"  {event.number:>5}  {event.at:%Y-%m-%d %H:%M:%S}  {told}"
    for wrong in matching.wrong:
        yield f"Wrong: {wrong}."
    for stray in matching.strays:
        yield f"Entry {stray.entry.seq} ({stray.entry.action}): {stray.why}."
    silent = matching.count(Found.none_expected, Found.in_hand, Found.answered_before, Found.cut_off)
    yield (
        f"{matching.count(Found.matched):,} events matched, {silent:,} without an entry as expected, "
        f"{matching.unmatched:,} unmatched."
    )

"""Histories of workflows as plain events, with what their sealed contents say of commands and of waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from temporalio.api.common.v1 import Payloads
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter

from contracts_app.domain.histories.events import Event, Run

_BEGUN_BY = ("scheduled_event_id", "initiated_event_id", "accepted_event_id", "started_event_id")
"""By which field an event says which one it ends, in the order in which they are asked."""
_CARRIERS = frozenset({"perform", "end_as_defect"})
"""Activities that carry a command."""


async def told(history: WorkflowHistory, converter: DataConverter, *, archived: bool) -> Run:
    """The run in plain events. What cannot be opened with the installation's key is left out."""
    known: dict[int, Event] = {}
    sentence = ""
    for raw in history.events:
        attributes: Any = getattr(raw, str(raw.WhichOneof("attributes")))
        event = _plain(history.run_id, raw, attributes, known)
        if event.kind == "ActivityTaskScheduled" and event.name in _CARRIERS:
            event = replace(event, key=_key(await _opened(attributes.input, converter)))
        elif event.kind == "ActivityTaskCompleted" and event.name == "decide_next":
            sentence = str((await _opened(attributes.result, converter)).get("sentence", ""))
        elif event.kind == "TimerStarted":
            event = replace(event, sentence=sentence)
        known[event.number] = event
    first = history.events[0].workflow_execution_started_event_attributes
    last = history.events[-1].workflow_execution_continued_as_new_event_attributes
    return Run(
        history.run_id,
        tuple(known.values()),
        archived,
        continues=first.continued_execution_run_id,
        continued_by=last.new_execution_run_id,
    )


def _plain(run_id: str, raw: HistoryEvent, attributes: Any, known: Mapping[int, Event]) -> Event:
    of = next((int(getattr(attributes, name)) for name in _BEGUN_BY if hasattr(attributes, name)), 0)
    begun = known.get(of)
    at = _instant(raw)
    rings_at = (
        at + attributes.start_to_fire_timeout.ToTimedelta()
        if hasattr(attributes, "start_to_fire_timeout")
        else None
    )
    return Event(
        run_id=run_id,
        number=raw.event_id,
        at=at,
        kind=_kind(raw),
        name=_name(attributes) or (begun.name if begun else ""),
        of=of,
        activity_id=getattr(attributes, "activity_id", "") or (begun.activity_id if begun else ""),
        update_id=_update_id(attributes) or (begun.update_id if begun else ""),
        attempt=getattr(attributes, "attempt", 0),
        sentence=begun.sentence if begun else "",
        rings_at=rings_at,
    )


def _kind(raw: HistoryEvent) -> str:
    """Temporal's name of the event, as its own tools write it."""
    return "".join(part.title() for part in EventType.Name(raw.event_type).split("_")[2:])


def _instant(raw: HistoryEvent) -> datetime:
    return raw.event_time.ToDatetime(tzinfo=UTC)


def _name(attributes: Any) -> str:
    """What the event is about: an activity, a command, a signal, another process, a marker."""
    for field in ("activity_type", "workflow_execution", "signal_name", "marker_name", "workflow_id"):
        value = getattr(attributes, field, "")
        if value:
            return str(getattr(value, "name", "") or getattr(value, "workflow_id", "") or value)
    return ""


def _update_id(attributes: Any) -> str:
    meta = getattr(attributes, "meta", None) or getattr(
        getattr(attributes, "accepted_request", None), "meta", None
    )
    return str(getattr(meta, "update_id", ""))


async def _opened(payloads: Payloads, converter: DataConverter) -> Mapping[str, Any]:
    """The first of these contents as plain JSON; nothing where it is not under the installation's key."""
    try:
        (content,) = await converter.decode(list(payloads.payloads)[:1], [dict])
    except (RuntimeError, ValueError, KeyError):
        return {}
    return content if isinstance(content, Mapping) else {}


def _key(content: Mapping[str, Any]) -> str:
    """Under which key the log keeps a command (`Envelope.effect_key`)."""
    command = content.get("command") or content.get("performed", {}).get("command")
    return f"{command['by'] or 'system'}:{command['key']}" if command else ""

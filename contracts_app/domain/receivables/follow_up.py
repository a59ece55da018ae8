"""Follow-up of overdue receivables: one reminder per client, legal entity and level day.

Levels are days past due (docs/SPEC-receivables.md). A level is reached once per receivable; when several
were missed (the calendar jumped, the system was down) one reminder at the highest level is sent, not one
per level.
Unreleased retainage is not a receivable and so is never demanded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from contracts_app.domain.receivables.receivables import OpenItem, days_past_due

LEVELS = (1, 15, 30)
"""Days past due at which a reminder is sent."""


def reached(item: OpenItem, today: date, levels: Sequence[int] = LEVELS) -> int | None:
    """The highest level that the item has reached by `today`, None while it is not overdue."""
    past = [level for level in levels if days_past_due(item.due_on, today) >= level]
    return max(past) if past else None


def to_remind(
    items: Sequence[OpenItem], reminded: Mapping[UUID, int], today: date, levels: Sequence[int] = LEVELS
) -> Mapping[UUID, int]:
    """The receivables that reach a new level by `today`, with that level.

    `reminded` is the highest level at which each receivable was reminded of before.
    """
    due: dict[UUID, int] = {}
    for item in items:
        level = reached(item, today, levels)
        if level is not None and level > reminded.get(item.receivable_id, 0):
            due[item.receivable_id] = level
    return due


def next_reminder(
    items: Sequence[OpenItem], reminded: Mapping[UUID, int], levels: Sequence[int] = LEVELS
) -> date | None:
    """The next day on which a reminder falls due if nothing is paid; None when none is left."""
    days = [
        item.due_on + timedelta(days=level)
        for item in items
        for level in levels
        if level > reminded.get(item.receivable_id, 0)
    ]
    return min(days) if days else None

"""Rows that a code names and that may share it: a cost code stands on several lines of one schedule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from importers.rules import E


def told_apart(entries: Sequence[E]) -> Sequence[E]:
    """Entries of one id with different contents become `id`, `id#2`, `id#3` in the order of the file.

    Rows that say exactly the same stay repeats of one another: a person decides about them.
    """
    seen: dict[str, list[str]] = defaultdict(list)
    apart: list[E] = []
    for entry in entries:
        known = seen[entry.external_id]
        key = entry.content_key
        if key not in known:
            known.append(key)
        number = known.index(key) + 1
        named = entry.external_id if number == 1 else f"{entry.external_id}#{number}"
        apart.append(entry if number == 1 else entry.model_copy(update={"external_id": named}))
    return apart

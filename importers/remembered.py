"""Texts of cells that were understood before need not be understood again: a column says few different
things.

A sheet of a million rows has some hundred dates, people and rates. Only short texts are kept, and not many.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from importers.sheets import Cell, CellKind

_LONGEST = 60
"""Characters of a text that may well come again."""
_MOST = 5_000
"""Texts kept of one column; with more, all are forgotten and it begins anew."""
_NEVER = object()
_T = TypeVar("_T")


def remembering(understand: Callable[..., _T], *usual: object) -> Callable[..., _T]:
    """`understand`, a pure function of a cell's kind and text (and of what else it is `usual`ly given), asked
    once for each; given something else, it is asked each time."""
    known: dict[object, _T] = {}
    never: object = _NEVER

    def remembered(cell: Cell, *given: object) -> _T:
        raw = cell.raw
        if given != usual or len(raw) > _LONGEST:
            return understand(cell, *given)
        key = raw if cell.kind is CellKind.text else (cell.kind, raw)
        found = known.get(key, never)
        if found is never:
            if len(known) >= _MOST:
                known.clear()
            found = known[key] = understand(cell, *given)
        return found  # type: ignore[return-value]

    return remembered

"""What a report shows of a file, so that nothing else is posted than what somebody looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from importers.analysis import RULES, Analysis
from importers.written import entries_as_json, without_id

ROWS = "rows_shown"
"""Key of the report: the hash of the rows that would be stored."""
_SHOWN = (
    *("new", "known", "repeats", "refused", "waiting", "ignored"),
    *("totals_read", "totals_kept", "totals_new", ROWS),
)
"""The figures of a report that a person agrees to by posting it."""


class Shown:
    """The rows of an analysis as JSON, to be gone through once, and the hash of all that was gone through."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._said = hashlib.sha256()

    def rows(self) -> Iterator[str]:
        """All that would be stored, in the order of the file."""
        has_ids = RULES[self._analysis.kind].has_ids
        for entry in entries_as_json(self._analysis.entries):
            self._said.update((entry if has_ids else without_id(entry)).encode())
            yield entry

    @property
    def hash(self) -> str:
        """SHA-256. The number that tells equal rows apart is left out where the rows have no ids of their
        own: other files may take one meanwhile."""
        return self._said.hexdigest()


def rows_shown(analysis: Analysis) -> str:
    """The hash of all that would be stored."""
    shown = Shown(analysis)
    for _ in shown.rows():
        pass
    return shown.hash


def differs(shown: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a file says something else now than the report that was shown. Reports of before the hash was
    kept are compared by their figures."""
    return any(key in shown and shown[key] != now[key] for key in _SHOWN)

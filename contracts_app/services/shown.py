"""What a report shows of a file, so that nothing else is posted than what somebody looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from importers.analysis import RULES, Analysis
from importers.written import entries_as_json

ROWS = "rows_shown"
"""Key of the report: the hash of the rows that would be stored."""
_SHOWN = (
    *("new", "known", "repeats", "refused", "waiting", "ignored"),
    *("totals_read", "totals_kept", "totals_new", ROWS),
)
"""The figures of a report that a person agrees to by posting it."""


def rows_shown(analysis: Analysis) -> str:
    """SHA-256 of all that would be stored, in the order of the file. The number that tells equal rows apart
    is left out where the rows have no ids of their own: other files may take one meanwhile."""
    left_out = "" if RULES[analysis.kind].has_ids else "external_id"
    said = hashlib.sha256()
    for entry in entries_as_json(analysis.entries, left_out):
        said.update(entry.encode())
    return said.hexdigest()


def differs(shown: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a file says something else now than the report that was shown. Reports of before the hash was
    kept are compared by their figures."""
    return any(key in shown and shown[key] != now[key] for key in _SHOWN)

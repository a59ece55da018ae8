"""Files that no reader could open: what was said of them is kept, and they are not opened again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from importers.reading.sentences import UNREAD


def is_unread(report: Mapping[str, Any] | None) -> bool:
    """Whether the stored report of an import says that nothing in its file could be read."""
    return any(problem["code"] in UNREAD for problem in (report or {}).get("problems", ()))

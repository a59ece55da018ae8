"""CSV for programs and for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence


def data(rows: Iterable[Sequence[object]]) -> bytes:
    """The rows, the first one of headings, in UTF-8 with the mark by which spreadsheets know it."""
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue().encode("utf-8-sig")


def plain(value: str) -> str:
    """A typed text; one that a spreadsheet would read as a formula starts with an apostrophe."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t", "\r") else value

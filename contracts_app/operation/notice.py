"""A sentence that stands on every page for a while: `notice.txt` in the data folder, by whoever operates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FILE = "notice.txt"
_LONGEST = 500


@contextmanager
def shown(state_dir: Path, sentence: str) -> Iterator[None]:
    """Show the sentence on every page of this installation until the block ends."""
    file = state_dir / _FILE
    file.write_text(sentence, encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def current(state_dir: Path) -> str:
    """The sentence to show; empty when there is none."""
    try:
        return (state_dir / _FILE).read_text(encoding="utf-8", errors="replace")[:_LONGEST].strip()
    except FileNotFoundError:
        return ""

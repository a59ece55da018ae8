"""The mark of a restore that has not ended well: while it is there, nothing starts on the stores."""

import os
from pathlib import Path

from contracts_app.operation.durable import flush

_MARK = "restoring"


class HalfRestored(Exception):
    """A restore began to replace the stores and did not end with books and log that hold; says what to do."""


def begin(state_dir: Path, source: Path) -> None:
    """Leave the mark, on the disk, before anything is replaced."""
    mark = state_dir / _MARK
    mark.write_text(f"{source.absolute()}\n", encoding="utf-8")
    mark.chmod(0o600)
    flush(mark)


def end(state_dir: Path) -> None:
    """Take the mark away: both stores are of one backup, and books and log hold."""
    (state_dir / _MARK).unlink(missing_ok=True)
    flush(state_dir)


def require_whole(state_dir: Path) -> None:
    """Raises HalfRestored while the mark is there."""
    mark = state_dir / _MARK
    try:
        source = mark.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return
    raise HalfRestored(
        f"A restore from {source} did not end well, so the two stores may not fit. Give it again: contracts "
        f"restore --from {source} --replace. What was there before it lies beside the stores until then. "
        f"(Whoever knows that both are whole removes {os.fspath(mark)}.)"
    )

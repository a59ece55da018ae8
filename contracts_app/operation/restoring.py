"""The mark of a restore that has not ended well: while it is there, nothing starts on the stores."""

import os
from pathlib import Path

from contracts_app.operation.durable import flush

_MARK = "restoring"
_REPLACING, _CHECKING = "the stores are being replaced", "books and log are being checked"


class HalfRestored(Exception):
    """A restore began to replace the stores and did not end with books and log that hold; says what to do."""


def is_under_way(state_dir: Path) -> bool:
    """Whether a restore began and did not end well."""
    return (state_dir / _MARK).exists()


def begin(state_dir: Path, source: Path) -> None:
    """Leave the mark, on the disk, before anything is replaced."""
    _write(state_dir, source, _REPLACING)


def stores_are_taken(state_dir: Path, source: Path) -> None:
    """Both stores are of one backup; books and log are still to be checked."""
    _write(state_dir, source, _CHECKING)


def end(state_dir: Path) -> None:
    """Take the mark away: books and log hold."""
    (state_dir / _MARK).unlink(missing_ok=True)
    flush(state_dir)


def require_whole(state_dir: Path, *, both_stores_suffice: bool = False) -> None:
    """Raises HalfRestored while the mark is there; where both stores suffice, until these are taken."""
    mark = state_dir / _MARK
    try:
        source, stage = mark.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    if both_stores_suffice and stage == _CHECKING:
        return
    raise HalfRestored(
        f"A restore from {source} did not end well, so the two stores may not fit. Give it again: contracts "
        f"restore --from {source} --replace. What was there before it lies beside the stores until then. "
        f"(Whoever knows that both are whole removes {os.fspath(mark)}; the next restore then takes what is "
        "here now for what was there before.)"
    )


def _write(state_dir: Path, source: Path, stage: str) -> None:
    fresh = state_dir / f"{_MARK}.new"
    fresh.write_text(f"{source.absolute()}\n{stage}\n", encoding="utf-8")
    fresh.chmod(0o600)
    flush(fresh)
    fresh.replace(state_dir / _MARK)
    flush(state_dir)

"""An installation for the time of one command."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts_app.operation.installation import ensure


@contextmanager
def fresh_state(named: str, secret_key: bytes = b"") -> Iterator[Path]:
    """A state folder whose name begins so, thrown away at the end; then the environment is as before.

    With a key it takes that in place of one that is drawn.
    """
    before = os.environ.get("CONTRACTS_STATE_DIR")
    folder = Path(tempfile.mkdtemp(prefix=named))
    folder.chmod(0o755)  # PostgreSQL's own user passes through it
    os.environ["CONTRACTS_STATE_DIR"] = str(folder)
    try:
        if secret_key:
            key = folder / "secret_key"
            key.touch(mode=0o600)
            key.write_bytes(secret_key)
        ensure(folder)
        yield folder
    finally:
        if before is None:
            del os.environ["CONTRACTS_STATE_DIR"]
        else:
            os.environ["CONTRACTS_STATE_DIR"] = before
        shutil.rmtree(folder)

"""What was written reaches the disk before anything relies on it."""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """A file with its content, or a folder, and the folder that names it."""
    for known in (path, path.parent):
        opened = os.open(known, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def flush_all(folder: Path) -> None:
    """Every file below a folder, and the folders."""
    for path in (*folder.rglob("*"), folder):
        flush(path)

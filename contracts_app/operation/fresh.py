"""A whole installation of its own in a temporary folder, gone afterwards: for demonstrations and trials."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from contracts_app.operation import control
from contracts_app.operation.control import Tell
from contracts_app.settings import Settings


@contextmanager
def fresh_installation(migrate: Callable[[str], None], tell: Tell) -> Iterator[Settings]:
    """Start every component on empty data; stop all and delete the data when the block ends.

    `migrate` gets the owner's database URL once PostgreSQL is ready. When the block fails the folder
    stays, for its logs, and `tell` says where. Raises `CannotStart`.
    """
    folder = Path(tempfile.mkdtemp(prefix="contracts-fresh-"))
    folder.chmod(0o711)  # passable for the user that PostgreSQL runs as under root
    try:
        for name in control.COMPONENTS:
            tell(f"Starting {name} …")
            control.up(folder, name, tell)
            if name == "pg":
                migrate(Settings(state_dir=folder).owner_database_url)
        yield Settings(state_dir=folder)
    except BaseException:
        tell(f"The logs stay in {folder}")
        _stop(folder)
        raise
    _stop(folder)
    shutil.rmtree(folder)


def _stop(folder: Path) -> None:
    for name in reversed(control.COMPONENTS):
        control.down(folder, name)

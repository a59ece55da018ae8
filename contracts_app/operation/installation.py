"""The local installation: the state folder and the record of its addresses and passwords.

Made at the first start and kept, so that every later start, and every other command, finds the same
data at the same place. The record is readable by its owner alone: it holds passwords.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contracts_app.operation.addresses import free_address
from contracts_app.settings import INSTALLATION_FILE

ADDRESSES = ("database", "temporal", "smtp", "mail_view", "worker_health", "http")
PREFERRED = {"http": "127.0.0.1:8000"}
DATABASE = "contracts"
SUPERUSER, OWNER_ROLE, APPLICATION_ROLE = "postgres", "contracts_owner", "contracts_app"


@dataclass(frozen=True)
class Installation:
    """What the state folder records: an address each, and a password for each database role."""

    state_dir: Path
    addresses: dict[str, str]
    passwords: dict[str, str]

    def url(self, role: str, database: str = DATABASE) -> str:
        """PostgreSQL URL of a database for a role of the local cluster."""
        return f"postgresql://{role}:{self.passwords[role]}@{self.addresses['database']}/{database}"

    def settings(self) -> dict[str, str]:
        """The values that `Settings` takes from here when the environment does not give them."""
        return {
            "database_url": self.url(APPLICATION_ROLE),
            "owner_database_url": self.url(OWNER_ROLE),
            "temporal_address": self.addresses["temporal"],
            "smtp_address": self.addresses["smtp"],
            "mail_view_address": self.addresses["mail_view"],
            "worker_health_address": self.addresses["worker_health"],
            "http_address": self.addresses["http"],
            "secret_key_file": str(self.state_dir / "secret_key"),
        }


def ensure(state_dir: Path) -> Installation:
    """The installation in this folder; made when there is none. Safe against a second one at once."""
    _make_folder(state_dir)
    with lock(state_dir, "installation"):
        installation = _read(state_dir)
        if installation is None:
            installation = _invent(state_dir)
            _write(installation)
        key = state_dir / "secret_key"
        if not key.exists():
            _write_private(key, secrets.token_urlsafe(48))
    return installation


def move(state_dir: Path, address: str) -> Installation:
    """Record another free address under this name, because somebody else listens at the old one."""
    with lock(state_dir, "installation"):
        installation = _read(state_dir)
        if installation is None:
            raise FileNotFoundError(state_dir / INSTALLATION_FILE)
        taken = frozenset(installation.addresses.values())
        addresses = {**installation.addresses, address: free_address(taken=taken)}
        moved = Installation(state_dir, addresses, installation.passwords)
        _write(moved)
    return moved


@contextmanager
def lock(state_dir: Path, name: str, *, wait: bool = True) -> Iterator[None]:
    """Hold `NAME.lock` in the state folder; the kernel lets go of it when the holder dies.

    With `wait=False` raises `BlockingIOError` when another process holds it.
    """
    descriptor = os.open(state_dir / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def _make_folder(state_dir: Path) -> None:
    if not state_dir.exists():
        state_dir.mkdir(parents=True)
        # Passable, not readable, by others: under root PostgreSQL runs as a user of its own.
        state_dir.chmod(0o711)


def _invent(state_dir: Path) -> Installation:
    addresses: dict[str, str] = {}
    for name in ADDRESSES:
        addresses[name] = free_address(PREFERRED.get(name, ""), frozenset(addresses.values()))
    roles = (SUPERUSER, OWNER_ROLE, APPLICATION_ROLE)
    return Installation(state_dir, addresses, {role: secrets.token_urlsafe(24) for role in roles})


def _read(state_dir: Path) -> Installation | None:
    file = state_dir / INSTALLATION_FILE
    if not file.exists():
        return None
    record = json.loads(file.read_text(encoding="utf-8"))
    return Installation(state_dir, record["addresses"], record["passwords"])


def _write(installation: Installation) -> None:
    record = {
        "addresses": installation.addresses,
        "passwords": installation.passwords,
        "settings": installation.settings(),
    }
    _write_private(installation.state_dir / INSTALLATION_FILE, json.dumps(record, indent=1))


def _write_private(file: Path, text: str) -> None:
    """Replace the file in one step, for its owner's eyes only."""
    fresh = file.with_name(f"{file.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(file)

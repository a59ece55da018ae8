"""One frozen `Settings`, read from the environment (`CONTRACTS_*`) and nothing else.

An address that the environment does not give is a local one: it comes from the record that the local
installation keeps in the state folder (`contracts_app.operation.installation`). Production sets the
addresses; there is no other difference.
"""

import json
import os
from hashlib import sha256
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

INSTALLATION_FILE = "installation.json"


def default_state_dir() -> Path:
    """`/var/lib/contracts` for root, else `contracts` in the user's XDG state folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/contracts")
    given = os.environ.get("XDG_STATE_HOME", "")
    # The XDG rule: a relative path is to be ignored.
    folder = Path(given) if given.startswith("/") else Path.home() / ".local" / "state"
    return folder / "contracts"


def configured_state_dir() -> Path:
    """The state folder that the environment names, else the default one; absolute."""
    given = os.environ.get("CONTRACTS_STATE_DIR", "")
    return Path(given).expanduser().absolute() if given else default_state_dir()


class NotSetUp(Exception):
    """Neither the environment nor the state folder says where a component is."""


class Settings(BaseSettings):
    """Where everything is. Frozen; the same object serves a whole process.

    Addresses are `host:port`. Database addresses are `postgresql://` URLs that psycopg and SQLAlchemy
    both read. Build it with `Settings()`; arguments override the environment (tests).

    Raises `NotSetUp` when an address is neither in the environment nor recorded locally.
    """

    model_config = SettingsConfigDict(env_prefix="CONTRACTS_", frozen=True, extra="ignore")

    state_dir: Path = Field(default_factory=default_state_dir)

    database_url: str
    """PostgreSQL as the application role, which owns nothing."""
    owner_database_url: str = ""
    """PostgreSQL as the owner of the tables; used by `contracts migrate` alone, and empty elsewhere."""

    temporal_address: str
    temporal_namespace: str = "contracts"
    task_queue: str = "contracts"
    """Where commands and decisions wait for the worker; papers and mail wait at the same name with `-papers`
    (`papers_queue`), files to read with `-files` (`files_queue`), so that they delay neither a command nor
    each other."""

    smtp_address: str
    http_address: str = "127.0.0.1:8000"
    worker_health_address: str = "127.0.0.1:8001"
    mail_view_address: str = ""
    """Where the local mail server shows what it received; empty when mail goes elsewhere."""
    public_url: str
    """What people type into a browser, without a closing slash; used for links in mail."""

    trusted_proxies: str = ""
    """Addresses or networks (comma separated) of reverse proxies whose `X-Forwarded-For` is believed; without
    any, the address of a person is the one that connects."""

    secret_key_file: Path
    """File with the installation's key (at least 32 bytes); signs sessions and seals payloads."""

    pdf_converter: Literal["", "libreoffice", "wheel"] = ""
    """The program that turns papers into PDF, so that they look alike on all machines; empty: LibreOffice
    where it is installed, else the wheel that comes with the product."""

    audit_key_dir: Path | None = None
    """Folder of the key that signs checkpoints of the audit log; of nobody who has the database."""
    audit_checkpoint_dir: Path | None = None
    """Folder that checkpoints are written to, once each."""

    import_chunk_rows: int = Field(default=2000, ge=1)
    """Rows of a large imported file that are posted in one transaction."""

    password_time_cost: int = Field(default=3, ge=1)
    """Argon2 passes. Tests set 1."""
    password_memory_kib: int = Field(default=65536, ge=8)
    """Argon2 memory in KiB. Tests set 8."""

    @property
    def audit_keys(self) -> Path:
        """Where the key of the checkpoints is."""
        return self.audit_key_dir or self.state_dir / "audit"

    @property
    def audit_checkpoints(self) -> Path:
        """Where checkpoints are written to."""
        return self.audit_checkpoint_dir or self.audit_keys / "checkpoints"

    @field_validator("state_dir", "secret_key_file")
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.expanduser().absolute()

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def _postgresql(cls, url: str) -> str:
        if url and not url.startswith("postgresql://"):
            raise ValueError("must start with postgresql://")
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, listed: str) -> str:
        for one in filter(None, (part.strip() for part in listed.split(","))):
            ip_network(one)
        return listed

    @model_validator(mode="before")
    @classmethod
    def _complete(cls, given: dict[str, Any]) -> dict[str, Any]:
        state_dir = Path(given.get("state_dir") or default_state_dir()).expanduser().absolute()
        recorded = _recorded(state_dir)
        # Half of a pair must not come from here when the other half is somebody else's.
        for chosen, follows in (
            ("database_url", "owner_database_url"),
            ("smtp_address", "mail_view_address"),
        ):
            if chosen in given:
                recorded.pop(follows, None)
        values = {**recorded, **given}
        http_address = values.get("http_address", cls.model_fields["http_address"].default)
        values.setdefault("public_url", f"http://{http_address}")
        missing = [name for name, field in cls.model_fields.items() if field.is_required()]
        missing = [name for name in missing if name not in values]
        if missing:
            names = ", ".join(f"CONTRACTS_{name.upper()}" for name in missing)
            raise NotSetUp(f"Nothing is set up in {state_dir}: run `contracts up`, or set {names}.")
        return values

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings

    @property
    def installation(self) -> str:
        """Tells this installation's processes from those of another one on the same machine."""
        return sha256(str(self.state_dir).encode()).hexdigest()[:16]

    @property
    def papers_queue(self) -> str:
        """The task queue of papers, mail and sets of drafts."""
        return papers_queue(self.task_queue)

    @property
    def files_queue(self) -> str:
        """The task queue of files to read."""
        return files_queue(self.task_queue)

    def secret_key(self) -> bytes:
        """The installation's key.

        Raises `ValueError` when it is shorter than 32 bytes, `OSError` when the file cannot be read.
        """
        key = self.secret_key_file.read_bytes().strip()
        if len(key) < 32:
            raise ValueError(f"{self.secret_key_file} must hold at least 32 bytes")
        return key

    def with_values(self, **changes: object) -> Self:
        """A copy with some values replaced, validated again."""
        return type(self)(**{**self.model_dump(), **changes})


def papers_queue(task_queue: str) -> str:
    """The task queue of papers, mail and sets of drafts that belongs to a task queue."""
    return f"{task_queue}-papers"


def files_queue(task_queue: str) -> str:
    """The task queue of files to read that belongs to a task queue."""
    return f"{task_queue}-files"


def given_in_environment() -> frozenset[str]:
    """Names of the settings that the environment gives, for example `database_url`."""
    return frozenset(
        name for name in Settings.model_fields if os.environ.get(f"CONTRACTS_{name.upper()}", "")
    )


def _recorded(state_dir: Path) -> dict[str, Any]:
    """The settings that the local installation recorded; nothing when there is none."""
    file = state_dir / INSTALLATION_FILE
    if not file.exists():
        return {}
    recorded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["settings"]
    return recorded


__all__ = [
    "INSTALLATION_FILE",
    "NotSetUp",
    "Settings",
    "configured_state_dir",
    "default_state_dir",
    "files_queue",
    "given_in_environment",
    "papers_queue",
]

"""The manifest of a backup: what lies in its folder, how large it is, its SHA-256, and what it was made of.

It is written last: a folder without it is no backup.
"""

import hashlib
import json
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts_app.operation.durable import flush, flush_all

FILE = "manifest.json"
DATABASE_FILE = "contracts.dump"
TEMPORAL_FILE = "temporal.sqlite"
CHECKPOINTS = "checkpoints"
PUBLIC_KEY = "audit.pub"
FORM = 1
_PIECE = 1 << 20

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class NotABackup(Exception):
    """A folder is not a backup that can be restored; says which file, what was expected, what is there."""


class Stored(BaseModel):
    """One file of the backup. `size` in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    size: int = Field(ge=0)
    sha256: Digest


class Head(BaseModel):
    """Where the audit log of a firm stood when its checkpoint was signed, before the database was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    seq: int = Field(ge=0)
    hash: Digest


class Manifest(BaseModel):
    """What a backup says of itself. Times are UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    form: int = FORM
    product: str
    migration: str
    postgresql: str
    temporal: str
    secret_key_fingerprint: Digest
    temporal_copied_at: datetime
    database_read_at: datetime
    ended_at: datetime
    heads: dict[str, Head]
    """By the firm's id."""
    files: dict[str, Stored]
    """By the path below the backup's folder, with slashes."""


def fingerprint(secret: bytes) -> str:
    """Tells one secret key from another without telling the key."""
    return hashlib.sha256(b"backup of\0" + secret).hexdigest()


def stored(path: Path) -> Stored:
    """Size and hash of a file; memory does not grow with it."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return Stored(size=path.stat().st_size, sha256=digest.hexdigest())


def files_in(folder: Path) -> dict[str, Stored]:
    """Every file below the folder but the manifest."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / FILE)
    return {path.relative_to(folder).as_posix(): stored(path) for path in paths}


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest in one step: with it the folder becomes a backup. All of it is on the disk then."""
    fresh = folder / f"{FILE}.new"
    fresh.write_text(json.dumps(manifest.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8")
    flush_all(folder)
    fresh.replace(folder / FILE)
    flush(folder / FILE)


def verified(folder: Path) -> Manifest:
    """The manifest, once every file that it names was found as it says.

    Raises NotABackup for a folder without a manifest, one of another form, and a file that is missing, of
    another size or content, or lies outside the folder.
    """
    try:
        manifest = Manifest.model_validate_json((folder / FILE).read_bytes())
    except OSError:
        raise NotABackup(
            f"{folder} has no {FILE}: it is no backup, or one that was cut short. Name another folder."
        ) from None
    except ValidationError as error:
        raise NotABackup(
            f"{folder / FILE} is not the manifest of a backup: {error.errors()[0]['msg']}."
        ) from None
    if manifest.form != FORM:
        raise NotABackup(f"{folder / FILE} has form {manifest.form}, this release reads form {FORM}.")
    for name in (DATABASE_FILE, TEMPORAL_FILE):
        if name not in manifest.files:
            raise NotABackup(f"{folder / FILE} does not name {name}: a backup holds both stores.")
    for name, expected in manifest.files.items():
        _compare(folder, name, expected)
    return manifest


def _compare(folder: Path, name: str, expected: Stored) -> None:
    path = folder / name
    outside = PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts
    if outside or path.is_symlink() or not path.is_file():
        raise NotABackup(
            f"{name} is missing in {folder}; expected {expected.size:,} bytes. Use another backup."
        )
    found = stored(path)
    if found != expected:
        raise NotABackup(
            f"{name} is not as it was backed up: expected {expected.size:,} bytes with SHA-256 "
            f"{expected.sha256}, found {found.size:,} bytes with {found.sha256}. Use another backup."
        )

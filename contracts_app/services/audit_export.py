"""The audit log as a file that anybody can verify, and checkpoints that the database cannot forge.

The form of both is said in `verifier/contracts_verify.py`, which reads them without this product.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from contracts_app.store import audit
from verifier.contracts_verify import Checkpoint, Unreadable, checkpoint_in

_KEY = "audit.key"
_PUBLIC = "audit.pub"
NEWEST = 300
"""Checkpoints that a check of the live data reads: the newest commits to the whole log before it."""


def lines(connection: Connection, firm_id: UUID) -> Iterator[str]:
    """The lines of an export: the head, then every entry, in their order; memory does not grow with them."""
    head = audit.head(connection, firm_id)
    yield json.dumps({"firm": str(firm_id), "head_seq": head.seq, "head_hash": head.hash.hex()})
    for entry in audit.entries(connection, firm_id):
        told = {"seq": entry.seq, "at_us": entry.at_us, "body": entry.body}
        yield json.dumps({**told, "hash": "" if entry.hash is None else entry.hash.hex()}, ensure_ascii=False)


def key_in(folder: Path) -> Ed25519PrivateKey:
    """The key that signs checkpoints; made where there is none, readable by its owner alone. The public one
    stands beside it."""
    path = folder / _KEY
    if path.exists():
        found = serialization.load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(found, Ed25519PrivateKey)
    else:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = Ed25519PrivateKey.generate()
        pem = found.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
    (folder / _PUBLIC).write_text(base64.b64encode(found.public_key().public_bytes_raw()).decode() + "\n")
    return found


def public_file(folder: Path) -> Path:
    """Where the public key of the checkpoints stands, beside the one that signs."""
    return folder / _PUBLIC


def public_key_in(folder: Path) -> bytes:
    """The public key of the checkpoints, as the folder or a file of it has it. Raises Unreadable."""
    path = folder / _PUBLIC if folder.is_dir() else folder
    try:
        return base64.b64decode(path.read_text(encoding="ascii").strip(), validate=True)
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path.name}: no public key can be read there") from error


def checkpoints_in(place: Path, firm_id: UUID, public_key: bytes) -> tuple[Checkpoint, ...]:
    """The newest checkpoints of a firm in a folder, or the one in a file, oldest first.

    Raises Unreadable for one that the key did not sign and where there is no such place.
    """
    if not place.exists():
        raise Unreadable(f"{place.name}: there is no such file or folder")
    paths = sorted(place.glob(f"{firm_id}-*.checkpoint"))[-NEWEST:] if place.is_dir() else [place]
    found = (checkpoint_in(path.name, path.read_bytes(), public_key) for path in paths)
    return tuple(one for one in found if one.firm == str(firm_id))


def write_checkpoint(
    connection: Connection, firm_id: UUID, key: Ed25519PrivateKey, folder: Path, at: str
) -> Path | None:
    """Sign where the chain stands and write that beside the earlier ones, never over one; None where nothing
    was added since the last. `at` is the time, in ISO form."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".signing").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)  # another process may sign at the same time
        return _write(connection, firm_id, key, folder, at)


def _write(
    connection: Connection, firm_id: UUID, key: Ed25519PrivateKey, folder: Path, at: str
) -> Path | None:
    head = audit.head(connection, firm_id)
    known = sorted(folder.glob(f"{firm_id}-*.checkpoint"))
    before = "-"
    if known:
        text = known[-1].read_bytes().rpartition("\n— ".encode())[0]
        if int(text.splitlines()[1]) >= head.seq:
            return None
        before = hashlib.sha256(text).hexdigest()
    origin = f"contracts/{firm_id}"
    text = "\n".join([origin, str(head.seq), base64.b64encode(head.hash).decode(), at, before]).encode()
    public = key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(origin.encode() + b"\n\x01" + public).digest()[:4]
    signature = base64.b64encode(key_id + key.sign(text)).decode()
    path = folder / f"{firm_id}-{head.seq:012d}.checkpoint"
    waiting = path.with_suffix(".writing")
    waiting.write_bytes(text + f"\n— {origin} {signature}\n".encode())
    os.link(waiting, path)  # refuses to write over one
    waiting.unlink()
    return path

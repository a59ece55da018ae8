"""What a backup takes along from the audit log, and what a restore holds the log against."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine

from contracts_app.services import audit_export
from contracts_app.settings import Settings
from contracts_app.store import audit, firms
from contracts_app.store.transaction import Origin, own_step, reading
from verifier import contracts_verify
from verifier.contracts_verify import Checkpoint


def signed_heads(engine: Engine, settings: Settings, at: str, to: Path) -> dict[UUID, audit.Head]:
    """Sign where the log of each firm stands, copy its newest checkpoints into a folder; the heads by firm.

    `at` is the time, in ISO form.
    """
    key = audit_export.key_in(settings.audit_keys)
    to.mkdir(mode=0o700)
    heads = {}
    for firm_id in _firms(engine):
        with reading(engine, firm_id) as connection:
            audit_export.write_checkpoint(connection, firm_id, key, settings.audit_checkpoints, at)
            heads[firm_id] = audit.head(connection, firm_id)
        for path in sorted(settings.audit_checkpoints.glob(f"{firm_id}-*.checkpoint"))[
            -audit_export.NEWEST :
        ]:
            shutil.copyfile(path, to / path.name)
    return heads


def record(engine: Engine, action: str, manifest_sha256: str, told: Mapping[str, object]) -> None:
    """Write into the log of each firm that a backup was made of it, or brought back; each once."""
    for firm_id in _firms(engine):
        with own_step(engine, firm_id, f"{action}:{manifest_sha256}:{told['ended_at']}", Origin()) as tx:
            tx.record("backup", manifest_sha256, 0, action, None, None, {}, told)


def set_later_aside(engine: Engine, checkpoints: Path, named: str) -> list[Path]:
    """Move checkpoints of entries that the restored log does not have into a folder of their own below.

    They stay as evidence of what was lost; left in place, every later check would rightly call the log cut.
    """
    moved = []
    for firm_id in _firms(engine):
        with reading(engine, firm_id) as connection:
            head = audit.head(connection, firm_id)
        for path in sorted(checkpoints.glob(f"{firm_id}-*.checkpoint")):
            if int(path.stem.rpartition("-")[2]) > head.seq:
                aside = checkpoints / named / path.name
                aside.parent.mkdir(exist_ok=True)
                moved.append(path.rename(aside))
    return moved


def checkpoints_of(folder: Path, firm_id: UUID, public_key: bytes) -> tuple[Checkpoint, ...]:
    """The firm's checkpoints in a backup. Raises Unreadable for one that the key did not sign."""
    return audit_export.checkpoints_in(folder, firm_id, public_key)


def log_findings(engine: Engine, folder: Path, public_key: bytes) -> Iterator[str]:
    """What the verifier finds in the log of each firm, held against the checkpoints of a backup; nothing
    where all holds. Raises Unreadable."""
    for firm_id in _firms(engine):
        signed = checkpoints_of(folder, firm_id, public_key)
        if not signed:
            yield f"{firm_id}: the backup has no checkpoint of this firm"
        with reading(engine, firm_id) as connection:
            for sentence in contracts_verify.findings(audit_export.lines(connection, firm_id), signed):
                yield f"{firm_id}: {sentence}"


def _firms(engine: Engine) -> list[UUID]:
    with engine.connect() as connection:
        return firms.every(connection)

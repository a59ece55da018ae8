"""`contracts backup`: both stores of the local installation into one folder, with a manifest."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from contracts_app import __version__
from contracts_app.commands_line.outcome import AsJson, RefusedByRule, Unavailable, line, progress, say
from contracts_app.operation import backup_manifest as manifests
from contracts_app.operation import control, store_copies
from contracts_app.operation.installation import Installation, ensure
from contracts_app.operation.restoring import HalfRestored, require_whole
from contracts_app.settings import Settings, configured_state_dir, given_in_environment

_STORES = {"database_url": "PostgreSQL", "temporal_address": "Temporal"}


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(backup)


def backup(
    to: Annotated[Path, typer.Option("--to", help="The folder to write; it must be new or empty.")],
    as_json: AsJson = False,
) -> None:
    """Copy both stores while everybody works on: Temporal's first, then PostgreSQL's, which is never behind.

    Needs pg and temporal running. The secret key and the key of the checkpoints are not in it: keep them
    apart.
    """
    from sqlalchemy.exc import OperationalError  # the product: only when asked for

    refuse_foreign_stores()
    state_dir = configured_state_dir()
    installation = ensure(state_dir)
    try:
        require_whole(state_dir)
    except HalfRestored as reason:
        raise RefusedByRule(str(reason)) from None
    facts = {name: control.status(state_dir, name) for name in ("pg", "temporal")}
    for name, fact in facts.items():
        if not fact["ready"]:
            raise Unavailable(f"{name} does not run, and is asked for its copy: contracts up {name}")
    _make(to)
    settings = Settings()
    try:
        manifest = _fill(to, settings, installation, facts)
    except store_copies.CopyFailed as failed:
        raise Unavailable(f"{failed} {to} is no backup.") from None
    size = sum(one.size for one in manifest.files.values())
    try:
        _record(settings, to, manifest, size)
    except OperationalError as failed:
        raise Unavailable(
            f"{to} is a whole backup, and the log could not be told of it: {failed.orig}"
        ) from None
    if as_json:
        line({"backup": to, "bytes": size, "firms": len(manifest.heads), "migration": manifest.migration})
    else:
        say(f"{to}: {len(manifest.files)} files, {size:,} bytes, {len(manifest.heads)} firms.")


def _fill(
    to: Path, settings: Settings, installation: Installation, facts: dict[str, control.Report]
) -> manifests.Manifest:
    from contracts_app.services import audit_export, backup_evidence  # the product: only when asked for
    from contracts_app.store.migrations.run import current
    from contracts_app.store.transaction import open_engine

    progress("Copying Temporal's store …")
    copied_at = datetime.now(UTC)
    store_copies.copy_temporal(installation, to / manifests.TEMPORAL_FILE)
    engine = open_engine(settings.owner_database_url, pool_size=1)
    try:
        migration = current(engine)
    finally:
        engine.dispose()
    if migration is None:
        raise RefusedByRule("The database has no tables yet: there is nothing to back up.")
    engine = open_engine(settings.database_url, pool_size=1)
    try:
        signed_at = copied_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        heads = backup_evidence.signed_heads(engine, settings, signed_at, to / manifests.CHECKPOINTS)
    finally:
        engine.dispose()
    public = audit_export.public_file(settings.audit_keys)
    (to / manifests.PUBLIC_KEY).write_bytes(public.read_bytes())
    progress("Reading the database …")
    read_at = datetime.now(UTC)
    store_copies.dump_database(installation, to / manifests.DATABASE_FILE)
    manifest = manifests.Manifest(
        product=__version__,
        migration=migration,
        postgresql=str(facts["pg"]["version"]),
        temporal=str(facts["temporal"]["version"]),
        secret_key_fingerprint=manifests.fingerprint(settings.secret_key()),
        temporal_copied_at=copied_at,
        database_read_at=read_at,
        ended_at=datetime.now(UTC),
        heads={
            str(firm_id): manifests.Head(seq=head.seq, hash=head.hash.hex())
            for firm_id, head in heads.items()
        },
        files=manifests.files_in(to),
    )
    manifests.write(to, manifest)
    return manifest


def _record(settings: Settings, folder: Path, manifest: manifests.Manifest, size: int) -> None:
    """Into the log, after the backup: it tells of those before it."""
    from contracts_app.services import backup_evidence  # the product: only when asked for
    from contracts_app.store.transaction import open_engine

    engine = open_engine(settings.database_url, pool_size=1)
    told = {
        "ended_at": manifest.ended_at.isoformat(),
        "files": len(manifest.files),
        "bytes": size,
        "held": "",
    }
    try:
        backup_evidence.record(engine, "back_up", manifests.stored(folder / manifests.FILE).sha256, told)
    finally:
        engine.dispose()


def refuse_foreign_stores() -> None:
    """Raises RefusedByRule where the environment gives a store: whoever runs it keeps its backups."""
    for setting in sorted(given_in_environment() & _STORES.keys()):
        raise RefusedByRule(
            f"CONTRACTS_{setting.upper()} names a {_STORES[setting]} that this installation does not run: "
            "back it up, and restore it, with its own tools (docs/OPERATIONS.md says in which order)."
        )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise RefusedByRule(f"{folder} is not empty: name a new folder, one for each backup.")
        folder.chmod(0o700)
    except (FileExistsError, NotADirectoryError):
        raise RefusedByRule(f"{folder} is a file: name a new folder.") from None
    except PermissionError:
        raise RefusedByRule(f"{folder} cannot be written by this user.") from None

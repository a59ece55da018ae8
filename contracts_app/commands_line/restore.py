"""`contracts restore`: both stores from a backup; ends with the check of the books and of the audit log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts_app.commands_line.backup import refuse_foreign_stores
from contracts_app.commands_line.operation import migrate
from contracts_app.commands_line.outcome import (
    AsJson,
    Exit,
    RefusedByRule,
    Unavailable,
    end,
    line,
    progress,
    say,
)
from contracts_app.commands_line.repair import fitted
from contracts_app.operation import backup_manifest as manifests
from contracts_app.operation import control, restoring, store_copies
from contracts_app.operation.component import CannotStart
from contracts_app.operation.installation import ensure
from contracts_app.settings import Settings, configured_state_dir

if TYPE_CHECKING:
    from contracts_app.services.invariants.report import Report


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(restore)


def restore(
    source: Annotated[Path, typer.Option("--from", help="The folder that `contracts backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Throw away what this installation holds now.")
    ] = False,
    pubkey: Annotated[
        Path | None,
        typer.Option("--pubkey", help="The public key of the checkpoints, kept elsewhere than the backup."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring both stores back, then check the books and the log; status 1 unless both hold.

    Worker and web must be stopped. Nothing is touched before every file is found as it was backed up and the
    database is loaded whole beside the one that is there.
    """
    if not brought_back(source, replace=replace, pubkey=pubkey, as_json=as_json):
        end(Exit.REFUSED, "Restored, but not everything holds: do not start worker and web.")
    progress("Start the rest: contracts up")


def brought_back(
    source: Path,
    *,
    replace: bool = False,
    pubkey: Path | None = None,
    as_json: bool = False,
    rehearsing: bool = False,
) -> bool:
    """Restore into the configured state folder and print what was found; whether all of it holds.

    A rehearsal leaves the folder of checkpoints alone: it may be that of the installation in use.

    Raises RefusedByRule and Unavailable.
    """
    refuse_foreign_stores()
    state_dir = configured_state_dir()
    try:
        manifest = manifests.verified(source)
        _bring_back(state_dir, source, manifest, replace)
    except manifests.NotABackup as reason:
        raise RefusedByRule(str(reason)) from None
    except (CannotStart, store_copies.CopyFailed) as reason:
        raise Unavailable(str(reason)) from None
    mended = fitted(Settings(), mending=True)
    told = _checked(source, pubkey, rehearsing)
    held = told.books.ok and not told.log
    if not rehearsing:
        _record(source, manifest, held)
    if held:
        restoring.end(state_dir)
        store_copies.drop_replaced(ensure(state_dir))
    if as_json:
        line(
            {
                "restored": source,
                "set_aside": told.set_aside,
                "mended": mended.sentences(),
                "online": told.online,
                "check": told.books.as_json(),
                "log": told.log,
                "ok": held,
            }
        )
    else:
        for sentence in (*(f"mended: {it}" for it in mended.sentences()), *told.sentences()):
            say(sentence)
    return held


def _bring_back(state_dir: Path, source: Path, manifest: manifests.Manifest, replace: bool) -> None:
    from contracts_app.store.migrations.run import known  # the product: only when asked for

    for name in ("worker", "web"):
        if control.alive(state_dir, name):
            raise RefusedByRule(f"{name} runs: stop the installation first (contracts down).")
    if not known(manifest.migration):
        raise RefusedByRule(
            f"The backup is of a newer release (migration {manifest.migration}): install that one first."
        )
    installation = ensure(state_dir)
    if manifests.fingerprint(Settings().secret_key()) != manifest.secret_key_fingerprint:
        raise RefusedByRule(
            f"The backup was made under another secret key, so its workflows could not be read: put that "
            f"key into {Settings().secret_key_file}. It is not in the backup."
        )
    control.up(state_dir, "pg", progress)
    installation = ensure(state_dir)  # its address may have moved
    if not replace and store_copies.holds_a_firm(installation):
        raise RefusedByRule("This installation holds a firm: --replace throws away what it holds now.")
    progress("Loading the database beside the one that is there …")
    store_copies.load_database(installation, source / manifests.DATABASE_FILE)
    control.down(state_dir, "temporal")
    progress("Taking both stores …")
    if not restoring.is_under_way(state_dir):
        store_copies.drop_replaced(installation)  # of a restore whose mark somebody took away
    restoring.begin(state_dir, source)
    store_copies.take_loaded(installation)
    store_copies.put_temporal(installation, source / manifests.TEMPORAL_FILE)
    control.component(state_dir, "pg").complete()
    restoring.stores_are_taken(state_dir, source)
    migrate()
    control.up(state_dir, "temporal", progress)


def _record(source: Path, manifest: manifests.Manifest, held: bool) -> None:
    """Into the log that was brought back."""
    from contracts_app.services import backup_evidence  # the product: only when asked for
    from contracts_app.store.transaction import open_engine

    engine = open_engine(Settings().database_url, pool_size=1)
    told = {
        "ended_at": datetime.now(UTC).isoformat(),
        "files": len(manifest.files),
        "bytes": sum(one.size for one in manifest.files.values()),
        "held": "yes" if held else "no",
    }
    try:
        backup_evidence.record(
            engine, "restore_backup", manifests.stored(source / manifests.FILE).sha256, told
        )
    finally:
        engine.dispose()


class _Told:
    """What the check of the books and the verifier of the log found after a restore."""

    def __init__(self, books: Report, online: bool, log: list[str], set_aside: list[Path]) -> None:
        self.books, self.online, self.log, self.set_aside = books, online, log, set_aside

    def sentences(self) -> list[str]:
        """For a person."""
        told = list(self.books.sentences())
        if self.online:
            told.append(
                "Work is due, as it was at the backup: I08 and I09 were left out. Once it is done: "
                "contracts quiesce 60 && contracts check"
            )
        told += [f"log: {sentence}" for sentence in self.log]
        told.append(
            "log: does not hold" if self.log else "log: holds, up to the checkpoints of the backup and after"
        )
        if self.set_aside:
            told.append(
                f"{len(self.set_aside)} checkpoints of entries after the backup: {self.set_aside[0].parent}"
            )
        return told


def _checked(source: Path, pubkey: Path | None, rehearsing: bool) -> _Told:
    from contracts_app.services import audit_export, backup_evidence, invariants, quiet
    from contracts_app.store.transaction import open_engine
    from verifier.contracts_verify import Unreadable

    settings = Settings()
    checkpoints = source / manifests.CHECKPOINTS
    engine = open_engine(settings.database_url, pool_size=1)
    try:
        key = audit_export.public_key_in(pubkey or source / manifests.PUBLIC_KEY)
        moved = []
        if not rehearsing:
            aside = f"set-aside-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            moved = backup_evidence.set_later_aside(engine, settings.audit_checkpoints, aside)
        online = bool(quiet.open_work(settings))
        books = invariants.check(
            engine,
            online=online,
            signed=lambda firm_id: backup_evidence.checkpoints_of(checkpoints, firm_id, key),
        )
        log = list(backup_evidence.log_findings(engine, checkpoints, key))
    except Unreadable as error:
        raise RefusedByRule(f"Restored, but the log cannot be verified: {error}") from None
    finally:
        engine.dispose()
    return _Told(books, online, log, moved)

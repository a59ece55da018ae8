"""Copies of the two local stores: PostgreSQL's as a dump, Temporal's as a copy of its SQLite file."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

from contracts_app.operation import postgres
from contracts_app.operation.addresses import split
from contracts_app.operation.durable import flush
from contracts_app.operation.installation import DATABASE, OWNER_ROLE, SUPERUSER, Installation

_FRESH = f"{DATABASE}_restoring"
_REPLACED = f"{DATABASE}_replaced"
_TEMPORAL = "temporal.sqlite"
_TEMPORAL_ASIDE = f"{_TEMPORAL}.replaced"
_TEMPORAL_FILES = (_TEMPORAL, f"{_TEMPORAL}-wal", f"{_TEMPORAL}-shm")


class CopyFailed(Exception):
    """A store could not be copied or brought back; says what the program for it said."""


def dump_database(installation: Installation, to: Path) -> None:
    """Write the database as one transaction sees it; everybody goes on working. Raises CopyFailed."""
    _run(installation, ["pg_dump", "--format=custom", f"--file={to}", f"--dbname={DATABASE}"])


def holds_a_firm(installation: Installation) -> bool:
    """Whether the database has anything that somebody entered; tables alone are nothing."""
    with psycopg.connect(installation.url(SUPERUSER)) as session:
        made = session.execute("SELECT to_regclass('public.firm') IS NOT NULL").fetchone()
        if made is None or not made[0]:
            return False
        return session.execute("SELECT FROM public.firm LIMIT 1").fetchone() is not None


def load_database(installation: Installation, file: Path) -> None:
    """Bring a dump back beside the database, which stays as it is until `take_loaded`. Raises CopyFailed."""
    with _session(installation) as session:
        _drop(session, _FRESH)
        make = sql.SQL("CREATE DATABASE {} TEMPLATE template0 OWNER {}")
        session.execute(make.format(sql.Identifier(_FRESH), sql.Identifier(OWNER_ROLE)))
    _run(
        installation,
        ["pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={_FRESH}", str(file)],
    )
    with psycopg.connect(installation.url(SUPERUSER, _FRESH), autocommit=True) as session:
        session.execute("ANALYZE")


def take_loaded(installation: Installation) -> None:
    """Put the database that was loaded in the place of the other one, whose sessions end.

    The other one stays beside it until `drop_replaced`. Given again after a crash, what lies beside is the
    first one: what a cut off restore put in its place goes.
    """
    with _session(installation) as session:
        if _there(session, _REPLACED):
            _drop(session, DATABASE)
        elif _there(session, DATABASE):
            _rename(session, DATABASE, _REPLACED)
        _rename(session, _FRESH, DATABASE)


def copy_temporal(installation: Installation, to: Path) -> None:
    """Copy Temporal's store at one instant; the server goes on working. Raises CopyFailed."""
    source = installation.state_dir / _TEMPORAL
    try:
        with (
            closing(sqlite3.connect(f"{source.as_uri()}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(to)) as copy,
        ):
            live.backup(copy)  # all pages in one step: a reader of the write-ahead log hinders nobody
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
            damage = copy.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise CopyFailed(f"Temporal's store {source} could not be copied: {error}.") from None
    if damage != "ok":
        raise CopyFailed(f"Temporal's store {source} is damaged: {damage}.")
    to.chmod(0o600)


def put_temporal(installation: Installation, copy: Path) -> None:
    """Put a copy in the place of Temporal's store; the server is stopped. The store that was there stays
    beside it until `drop_replaced`."""
    target = installation.state_dir / _TEMPORAL
    fresh = target.with_name(f"{_TEMPORAL}.restoring")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(copy.read_bytes())
    flush(fresh)
    aside = installation.state_dir / _TEMPORAL_ASIDE
    aside.mkdir(mode=0o700, exist_ok=True)
    kept = (aside / _TEMPORAL).exists()
    for name in reversed(_TEMPORAL_FILES):  # the store itself last: a crash in between parts it from nothing
        known = target.with_name(name)
        if kept:
            known.unlink(missing_ok=True)
        elif known.exists():
            known.rename(aside / name)
    fresh.replace(target)
    flush(target)


def drop_replaced(installation: Installation) -> None:
    """Let go of the stores that were replaced."""
    with _session(installation) as session:
        _drop(session, _REPLACED)
    shutil.rmtree(installation.state_dir / _TEMPORAL_ASIDE, ignore_errors=True)


def _there(session: psycopg.Connection, name: str) -> bool:
    found = session.execute("SELECT FROM pg_database WHERE datname = %s", [name])
    return found.fetchone() is not None


def _rename(session: psycopg.Connection, name: str, to: str) -> None:
    """Rename a database, whose sessions end."""
    session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    session.execute(rename.format(sql.Identifier(name), sql.Identifier(to)))


def _drop(session: psycopg.Connection, name: str) -> None:
    session.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _session(installation: Installation) -> psycopg.Connection:
    return psycopg.connect(installation.url(SUPERUSER, "postgres"), autocommit=True)


def _run(installation: Installation, command: list[str]) -> None:
    """Run a program of PostgreSQL as its superuser, who sees the rows of every firm."""
    host, port = split(installation.addresses["database"])
    environment = {
        **os.environ,
        "PGHOST": host,
        "PGPORT": str(port),
        "PGUSER": SUPERUSER,
        "PGPASSWORD": installation.passwords[SUPERUSER],
        "LC_ALL": "C",
    }
    ran = subprocess.run(
        [str(postgres.program(command[0])), *command[1:]],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
    )
    if ran.returncode != 0:
        raise CopyFailed(f"{command[0]} failed: {ran.stderr.strip()[-600:]}")

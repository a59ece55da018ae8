"""Copies of the two local stores: PostgreSQL's as a dump, Temporal's as a copy of its SQLite file."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

from contracts_app.operation import postgres
from contracts_app.operation.addresses import split
from contracts_app.operation.installation import DATABASE, OWNER_ROLE, SUPERUSER, Installation

_FRESH = f"{DATABASE}_restoring"
_TEMPORAL = "temporal.sqlite"


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
    """Put the database that was loaded in the place of the other one, whose sessions end."""
    with _session(installation) as session:
        _drop(session, DATABASE)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        session.execute(rename.format(sql.Identifier(_FRESH), sql.Identifier(DATABASE)))


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
    """Put a copy in the place of Temporal's store; the server is stopped."""
    target = installation.state_dir / _TEMPORAL
    fresh = target.with_name(f"{_TEMPORAL}.restoring")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_bytes(copy.read_bytes())
    for suffix in ("-wal", "-shm"):
        target.with_name(_TEMPORAL + suffix).unlink(missing_ok=True)
    fresh.replace(target)


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

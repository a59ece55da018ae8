"""Bring a database to the newest revision; the owner's role only."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from contracts_app.store.transaction import open_engine

_SESSIONS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = 'contracts_app' AND pid <> pg_backend_pid()
""")


def _config(owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["owner_url"] = owner_url
    return config


class InUse(Exception):
    """Somebody works with the database while it is to be migrated; says who, and what to do."""


def upgrade(owner_url: str, to: str = "head") -> None:
    """Run every migration that the database has not seen, up to a revision.

    Raises InUse while anybody else has a session as the application: what he committed between two migrations
    would be told to the log twice.
    """
    _require_unused(owner_url)
    command.upgrade(_config(owner_url), to)


def _require_unused(owner_url: str) -> None:
    """Only where something is due in a database that has tables."""
    engine = open_engine(owner_url, pool_size=1)
    try:
        if current(engine) in (None, head()):
            return
        with engine.connect() as connection:
            used = connection.execute(_SESSIONS).scalar_one()
    finally:
        engine.dispose()
    if used:
        raise InUse(
            f"{used} session(s) of the application are open on this database, and it is to be migrated: stop "
            "web, worker and whatever else uses it (contracts down web worker), then try again."
        )


def head() -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(_config("")).get_current_head()


def known(revision: str) -> bool:
    """Whether this code knows a revision; a database at any other is of a newer release."""
    return revision in {one.revision for one in ScriptDirectory.from_config(_config("")).walk_revisions()}


def current(engine: Engine) -> str | None:
    """The revision that the database is at."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def revise(owner_url: str, message: str) -> None:
    """Write a new revision from the difference between the tables and the database."""
    command.revision(_config(owner_url), message=message, autogenerate=True)


__all__ = ["current", "head", "known", "open_engine", "revise", "upgrade"]

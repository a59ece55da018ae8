"""Bring a database to the newest revision; the owner's role only."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from contracts_app.store.transaction import open_engine


def _config(owner_url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["owner_url"] = owner_url
    return config


def upgrade(owner_url: str, to: str = "head") -> None:
    """Run every migration that the database has not seen, up to a revision."""
    command.upgrade(_config(owner_url), to)


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

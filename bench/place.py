"""Servers of a measurement's own: PostgreSQL and Temporal in a state folder that is gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from contracts_app.operation import control, installation
from contracts_app.operation.installation import APPLICATION_ROLE, OWNER_ROLE, SUPERUSER
from contracts_app.settings import Settings
from contracts_app.store.migrations.run import upgrade


class Place:
    """Where databases of a measurement are made, copied and dropped."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._cluster = installation.ensure(state_dir)

    def settings(self, database: str) -> Settings:
        """The product's settings for a database of this place."""
        return Settings(
            state_dir=self._state_dir,
            database_url=self._cluster.url(APPLICATION_ROLE, database),
            owner_database_url=self.owner_url(database),
            password_time_cost=1,
            password_memory_kib=8,
        )

    def owner_url(self, database: str) -> str:
        """As the owner of the tables."""
        return self._cluster.url(OWNER_ROLE, database)

    def superuser_url(self, database: str) -> str:
        """As the superuser, past every guard."""
        return self._cluster.url(SUPERUSER, database)

    def migrated(self, database: str) -> Settings:
        """A new, empty database of the product."""
        self._create(database, "template0")
        upgrade(self.owner_url(database))
        return self.settings(database)

    @contextmanager
    def copied(self, template: str) -> Iterator[Settings]:
        """A copy of a database, dropped afterwards: each run begins with the same pages and statistics."""
        name = f"{template}_run"
        self._create(name, template)
        with psycopg.connect(self.superuser_url(name), autocommit=True) as session:
            session.execute("CHECKPOINT")
        try:
            yield self.settings(name)
        finally:
            self.drop(name)

    def drop(self, database: str) -> None:
        """Remove a database."""
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def _create(self, database: str, template: str) -> None:
        words = [sql.Identifier(word) for word in (database, template, OWNER_ROLE)]
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*words))

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.superuser_url("postgres"), autocommit=True) as session:
            session.execute(statement)


@contextmanager
def place(components: Sequence[str] = ("pg",)) -> Iterator[Place]:
    """Start the components; stop them and remove all they left at the end."""
    folder = Path(tempfile.mkdtemp(prefix="contracts-bench-"))
    folder.chmod(0o711)
    try:
        for component in components:
            control.up(folder, component, lambda sentence: None)
        installation.move(folder, "http")  # an installation of this machine may hold the usual port
        yield Place(folder)
    finally:
        for name in reversed(control.COMPONENTS):
            control.down(folder, name, control.SIGNALS["KILL"])
        shutil.rmtree(folder)

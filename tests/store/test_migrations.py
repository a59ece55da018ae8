"""What the migrations make is what `tables` says."""

import subprocess
import sys
from uuid import UUID

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from contracts_app.operation.installation import Installation
from contracts_app.services.invariants import check_in
from contracts_app.store import every_table  # noqa: F401 - the metadata
from contracts_app.store.columns import metadata
from contracts_app.store.migrations.run import InUse, current, head, upgrade
from contracts_app.store.migrations.telling import Telling
from contracts_app.store.transaction import firm_transaction, open_engine
from tests.conftest import Database, create_database


def test_the_migrations_give_exactly_these_tables(database: Database) -> None:
    engine = open_engine(database.owner_url, pool_size=1)
    try:
        assert current(engine) == head()
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_server_default": True})
            differences = compare_metadata(context, metadata)
        assert [one for one in differences if "alembic_version" not in str(one)] == []
    finally:
        engine.dispose()


def test_a_check_knows_every_table() -> None:
    known = "from contracts_app.services import invariants; from contracts_app.store.columns import metadata;"
    told = subprocess.run(
        [sys.executable, "-c", f"{known} print(*sorted(metadata.tables))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == sorted(metadata.tables)


FIRM = UUID(int=1)


def test_a_migration_tells_the_log_what_it_changed_and_no_more(pg: Installation) -> None:
    """What was there before tables were summed is told once; what is changed past the log stays found."""
    made = create_database(pg, "test_upgraded", "template0")
    upgrade(made.owner_url, "0075")
    owner = open_engine(made.owner_url, pool_size=1)
    with owner.begin() as connection:
        named = (
            "INSERT INTO firm (id, name, kind, time_zone, state) VALUES (:id, 'Old', 'live', 'UTC', 'open')"
        )
        connection.execute(text(named), {"id": FIRM})
    using = open_engine(made.url, pool_size=1)
    with using.connect():  # the pool keeps the session
        pass
    with pytest.raises(InUse, match="contracts down web worker"):
        upgrade(made.owner_url)
    using.dispose()
    upgrade(made.owner_url)
    assert _found(owner) == []
    with firm_transaction(owner, FIRM) as connection:
        telling = Telling(connection)
        connection.execute(text("UPDATE firm SET name = 'New'"))
        telling.after(connection, "later")
    assert _found(owner) == []
    with firm_transaction(owner, FIRM) as connection:
        connection.execute(text("UPDATE firm SET name = 'Forged'"))
    with firm_transaction(owner, FIRM) as connection:
        telling = Telling(connection)
        connection.execute(text("UPDATE firm SET time_zone = 'Europe/Berlin'"))
        telling.after(connection, "later still")
    assert _found(owner) == ["firm"]
    owner.dispose()


def _found(owner: Engine) -> list[str]:
    """Tables that do not hold what was told of them; this firm has no other entries."""
    with firm_transaction(owner, FIRM) as connection:
        report = check_in(connection, FIRM, online=True)
    said = [one.subject for finding in report.findings if finding.id == "I07" for one in finding.sample]
    return [name for name in said if name in metadata.tables]

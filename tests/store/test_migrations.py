"""What the migrations make is what `tables` says."""

import subprocess
import sys

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from contracts_app.store import every_table  # noqa: F401 - the metadata
from contracts_app.store.columns import metadata
from contracts_app.store.migrations.run import current, head
from contracts_app.store.transaction import open_engine
from tests.conftest import Database


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

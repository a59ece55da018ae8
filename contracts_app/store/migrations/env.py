"""Alembic's environment: online only, in one transaction, as the owner of the tables."""

from alembic import context

from contracts_app.store import every_table  # noqa: F401 - the metadata
from contracts_app.store.columns import metadata
from contracts_app.store.migrations.telling import Telling
from contracts_app.store.transaction import open_engine

engine = open_engine(context.config.attributes["owner_url"])
with engine.connect() as connection:
    with connection.begin():
        due = Telling.is_due(connection, context.script.get_current_head())
        telling = Telling(connection) if due else None
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transaction_per_migration=True,
        on_version_apply=telling,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()

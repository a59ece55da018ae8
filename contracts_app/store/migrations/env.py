"""Alembic's environment: online only, in one transaction, as the owner of the tables."""

from alembic import context

from contracts_app.store import (  # noqa: F401 - the metadata
    billing_tables,
    cost_tables,
    expense_tables,
    funding_tables,
    purchasing_tables,
    report_tables,
    revision_tables,
    security_tables,
    submission_tables,
    tables,
    tax_tables,
    ticket_tables,
)
from contracts_app.store.columns import metadata
from contracts_app.store.transaction import open_engine

engine = open_engine(context.config.attributes["owner_url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()

"""Whether any automatic work is due: the sentences of what is still open."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Engine

from contracts_app.settings import Settings
from contracts_app.store import firms
from contracts_app.store import open_work as stored
from contracts_app.store.transaction import open_engine, reading


def open_work(settings: Settings) -> list[str]:
    """What is still to be done without any person, over all firms; nothing when quiet."""
    engine = open_engine(settings.database_url, pool_size=1)
    try:
        with engine.connect() as connection:
            known = firms.every(connection)
        return [sentence for firm_id in known for sentence in open_work_of(engine, firm_id)]
    finally:
        engine.dispose()


def open_work_of(engine: Engine, firm_id: UUID) -> list[str]:
    """What is still to be done without any person in one firm."""
    with reading(engine, firm_id) as connection:
        return [f"{name} {what}" for name, what in stored.due(connection, firm_id)]

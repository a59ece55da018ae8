"""A firm with one thing changed past every rule, as only a superuser can, and what is then found."""

from __future__ import annotations

from sqlalchemy import text

from contracts_app.services.invariants import check_in
from contracts_app.store.transaction import open_engine
from tests.conftest import Database
from tests.services.small_firm import SmallFirm


def assert_found(small: SmallFirm, database: Database, change: str, said: str) -> None:
    """Make the change with triggers disabled, check, and take it back: invariant I11 names it."""
    sentences = broken_by(small, database, change).get("I11", [])
    assert any(said in sentence for sentence in sentences), sentences


def broken_by(small: SmallFirm, database: Database, change: str) -> dict[str, list[str]]:
    """What is found, by invariant, with the change made past every trigger; it is taken back."""
    engine = open_engine(database.superuser_url, pool_size=1)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(small.id)})
            for statement in change.split("; "):
                connection.execute(text(statement))
            findings = check_in(connection, small.id, online=True).findings
            transaction.rollback()
    finally:
        engine.dispose()
    return {one.id: [each.sentence for each in one.sample] for one in findings if one.violations}

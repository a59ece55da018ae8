"""What an error of the database says of itself."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from contracts_app.store.outages import constraint_broken, is_outage
from tests.conftest import Database


def test_the_constraint_that_refused_is_named(database: Database) -> None:
    engine = create_engine(database.owner_url.replace("postgresql://", "postgresql+psycopg://", 1))
    try:
        with pytest.raises(DBAPIError) as refused, engine.begin() as connection:
            connection.execute(
                text("CREATE TEMPORARY TABLE t (a int CONSTRAINT not_below_zero CHECK (a >= 0))")
            )
            connection.execute(text("INSERT INTO t VALUES (-1)"))
        assert constraint_broken(refused.value) == "not_below_zero"
        assert not is_outage(refused.value)
        with pytest.raises(DBAPIError) as wrong, engine.begin() as connection:
            connection.execute(text("SELECT nothing_like_it"))
        assert constraint_broken(wrong.value) is None
    finally:
        engine.dispose()
    assert constraint_broken(KeyError("a")) is None

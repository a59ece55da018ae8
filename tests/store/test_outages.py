"""What an error of the database says of itself."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from contracts_app.store.outages import constraint_broken, is_outage
from tests.conftest import Database

REFUSED = """
DO $$ BEGIN
    CREATE TEMPORARY TABLE t (a int CONSTRAINT not_below_zero CHECK (a >= 0));
    INSERT INTO t VALUES (-1);
END $$
"""


def test_the_constraint_that_refused_is_named(database: Database) -> None:
    engine = create_engine(database.owner_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        with pytest.raises(DBAPIError) as refused:
            connection.execute(text(REFUSED))
        connection.rollback()
        with pytest.raises(DBAPIError) as wrong:
            connection.execute(text("SELECT nothing_like_it"))
    engine.dispose()
    assert constraint_broken(refused.value) == "not_below_zero"
    assert not is_outage(refused.value)
    assert constraint_broken(wrong.value) is None
    assert constraint_broken(KeyError("a")) is None

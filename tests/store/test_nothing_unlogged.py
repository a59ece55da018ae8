"""By construction: no change of a firm's business without an audit entry of the same transaction (I07)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.services.invariants import check_in
from contracts_app.settings import Settings
from contracts_app.store import contents
from contracts_app.store.columns import metadata
from contracts_app.store.transaction import Origin, firm_transaction, open_engine, own_step, reading
from contracts_app.store.work_in_hand import BUSINESS
from tests.conftest import Database
from tests.services.small_firm import SmallFirm, found


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings)
    firm.open_contract("A")
    yield firm
    firm.engine.dispose()


def test_every_table_is_guarded_or_holds_work_in_hand(database: Database) -> None:
    engine = open_engine(database.owner_url, pool_size=1)
    guards = "SELECT tgname, relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE tgenabled = 'O'"
    with engine.connect() as connection:
        rows = connection.execute(text(guards)).all()
    engine.dispose()
    logged = {relname for tgname, relname in rows if tgname == "nothing_unlogged"}
    versions = {relname for tgname, relname in rows if tgname == "version_logged"}
    assert logged == BUSINESS
    for event in ("inserted", "updated", "deleted"):
        assert {relname for tgname, relname in rows if tgname == f"contents_{event}"} == BUSINESS
    records = {
        name
        for name, it in metadata.tables.items()
        if {"id", "firm_id", "version", "state"} <= set(it.c.keys())
    }
    assert records - versions == {"time_entry", "expense", "job_cost"}, "decided on many in one entry"
    assert versions <= records


CHANGES = (
    "UPDATE contract SET title = 'Another'",
    "UPDATE contract SET title = 'Another', version = version + 1",
    "UPDATE client SET address = 'Elsewhere', version = version + 1",
    "UPDATE legal_entity SET payment_instructions = 'Pay the forger'",
    "UPDATE person SET name = 'Another'",
    "DELETE FROM person_role",
    "INSERT INTO person_role SELECT firm_id, person_id, 'controller' FROM person_role WHERE role = 'client'",
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_without_entry_cannot_be_committed(small: SmallFirm, change: str) -> None:
    with (
        pytest.raises(DBAPIError, match=r"without an audit entry|has no audit entry"),
        firm_transaction(small.engine, small.id) as connection,
    ):
        assert connection.execute(text(change)).rowcount


def test_an_entry_about_something_else_vouches_for_no_version(small: SmallFirm) -> None:
    def forge() -> None:
        with own_step(small.engine, small.id, "forged", Origin()) as tx:
            tx.connection.execute(text("UPDATE contract SET version = 9"))
            tx.record("note", small.id, 1, "forge", None, None, {}, {})

    with pytest.raises(DBAPIError, match=r"version 9 of contract .* has no audit entry"):
        forge()


def test_what_is_written_after_the_entry_cannot_be_committed(small: SmallFirm) -> None:
    """The entry tells what the transaction has written: nothing may follow it."""

    def late() -> None:
        with own_step(small.engine, small.id, "late", Origin()) as tx:
            tx.record("note", small.id, 1, "note", None, None, {}, {})
            tx.append_audit(None, Origin(), "done")
            tx.connection.execute(text("UPDATE legal_entity SET payment_instructions = 'Pay the forger'"))

    with pytest.raises(DBAPIError, match="written after the entry"):
        late()


@pytest.mark.parametrize("change", ["UPDATE firm SET name = 'x'", "DELETE FROM person_role"])
def test_what_the_owner_changes_past_the_log_is_found(small: SmallFirm, change: str) -> None:
    """Triggers let the owner pass; the sums of what was told do not."""
    owner = open_engine(small.settings.owner_database_url, pool_size=1)
    with owner.connect() as connection, connection.begin() as transaction:
        connection.execute(text(change))
        connection.execute(text("SELECT set_config('app.firm', :firm, true)"), {"firm": str(small.id)})
        told = [one for one in check_in(connection, small.id, online=True).findings if one.id == "I07"]
        transaction.rollback()
    owner.dispose()
    assert [one.subject for one in told[0].sample] == [change.split()[2 if "DELETE" in change else 1]]


@pytest.mark.parametrize(
    "function", ["contents_insert", "contents_update", "contents_delete", "contents_told"]
)
def test_nobody_tells_of_a_table_by_one_of_his_own(small: SmallFirm, function: str) -> None:
    """A temporary table by the name of ours, with our trigger on it, would tell of rows that nobody wrote."""
    with firm_transaction(small.engine, small.id) as connection:
        connection.execute(text("CREATE TEMPORARY TABLE invoice (firm_id uuid) ON COMMIT DROP"))
        with pytest.raises(DBAPIError, match="permission denied for function"):
            connection.execute(
                text(
                    "CREATE TRIGGER contents_inserted AFTER INSERT ON pg_temp.invoice"
                    f" REFERENCING NEW TABLE AS now_rows FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
                )
            )
        connection.rollback()


def test_a_trigger_by_the_right_name_that_does_something_else_is_found(
    small: SmallFirm, database: Database
) -> None:
    engine = open_engine(database.owner_url, pool_size=1)
    with engine.connect() as connection, connection.begin() as undone:
        for word, when in (("inserted", "INSERT"), ("updated", "UPDATE"), ("deleted", "DELETE")):
            connection.execute(text(f"DROP TRIGGER contents_{word} ON client"))
            connection.execute(
                text(
                    f"CREATE TRIGGER contents_{word} AFTER {when} ON client"
                    " FOR EACH STATEMENT EXECUTE FUNCTION contents_told()"
                )
            )
        assert "client" not in contents.summed(connection)
        undone.rollback()
    engine.dispose()


def test_nothing_is_owed_once_a_transaction_is_over(small: SmallFirm) -> None:
    small.open_contract("B")
    owner = open_engine(small.settings.owner_database_url, pool_size=1)
    with owner.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_due")).scalar_one() == 0
        assert connection.execute(text("SELECT count(*) FROM audit_sum")).scalar_one() == 0
    owner.dispose()
    with (
        firm_transaction(small.engine, small.id) as connection,
        pytest.raises(DBAPIError, match="permission denied"),
    ):
        connection.execute(text("DELETE FROM audit_due"))
    with reading(small.engine, small.id) as connection:
        assert connection.execute(text("SELECT count(*) FROM contract")).scalar_one() == 2

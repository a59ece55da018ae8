"""The firm itself: its name, its time zone and where its calendar stands."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import RowMapping

from contracts_app.store.tables import firm, person
from contracts_app.store.transaction import Transaction


def find(connection: Connection, firm_id: UUID) -> RowMapping | None:
    """The firm's row."""
    return connection.execute(select(firm).where(firm.c.id == firm_id)).mappings().first()


def get(connection: Connection, firm_id: UUID) -> RowMapping:
    """The firm's row, for an id that a foreign key vouches for."""
    found = find(connection, firm_id)
    assert found is not None  # foreign key
    return found


def every(connection: Connection) -> list[UUID]:
    """Every firm of the installation; what else is known of them only a transaction of their own sees."""
    return list(connection.execute(text("SELECT id FROM every_firm()")).scalars())


def clock(connection: Connection) -> datetime:
    """The database's clock: the instant that calendars are shifted from."""
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now


def lock(tx: Transaction) -> RowMapping:
    """The firm's row, locked until the transaction ends.

    Not against rows that refer to the firm: every audit entry does, and whoever locks appends one too.
    """
    return (
        tx.connection.execute(select(firm).where(firm.c.id == tx.firm_id).with_for_update(key_share=True))
        .mappings()
        .one()
    )


def add(connection: Connection, firm_id: UUID, **values: object) -> None:
    """Add a firm; one that exists is left as it is."""
    connection.execute(upsert(firm).values(id=firm_id, **values).on_conflict_do_nothing())


def move(tx: Transaction, row: RowMapping, shift_seconds: int) -> None:
    """Put the calendar of the locked firm at another distance from the clock."""
    tx.connection.execute(
        update(firm)
        .where(firm.c.id == tx.firm_id)
        .values(
            shift_seconds=shift_seconds,
            calendar_version=row["calendar_version"] + 1,
            version=row["version"] + 1,
        )
    )


def addresses(connection: Connection, firm_id: UUID) -> frozenset[str]:
    """The e-mail addresses that the firm's people sign in with."""
    return frozenset(connection.execute(select(person.c.email).where(person.c.firm_id == firm_id)).scalars())

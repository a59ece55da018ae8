"""What the tables are made of: the metadata, and the kinds of columns and rules that they share."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.schema import SchemaItem

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

MONEY = Numeric(19, 4)
QUANTITY = Numeric(19, 6)
INSTANT = DateTime(timezone=True)


def own_id() -> Column[object]:
    """The id of the row itself."""
    return Column("id", Uuid, nullable=False)


def money(name: str, nullable: bool = False) -> Column[object]:
    """An amount of money, in the row's currency."""
    return Column(name, MONEY, nullable=nullable)


def words(name: str, nullable: bool = False, default: str | None = None) -> Column[str]:
    """A text."""
    return Column(name, Text, nullable=nullable, server_default=default)


def ref(name: str, nullable: bool = False) -> Column[object]:
    """The id of another row."""
    return Column(name, Uuid, nullable=nullable)


def at(name: str = "at", nullable: bool = False) -> Column[object]:
    """An instant; when the row was written, unless it may be null."""
    # The clock, not now(): a transaction that began first may write last, after it waited for a lock.
    return Column(
        name, INSTANT, nullable=nullable, server_default=None if nullable else func.clock_timestamp()
    )


def states(*states: str) -> tuple[Column[str], CheckConstraint, Column[int]]:
    """The state of a record, one of these, and its version."""
    allowed = ", ".join(f"'{state}'" for state in states)
    return (
        words("state"),
        CheckConstraint(f"state IN ({allowed})", name="state"),
        Column("version", Integer, nullable=False, server_default="1"),
    )


def finite(*columns: str) -> CheckConstraint:
    """PostgreSQL's numeric admits NaN and infinities; money does not."""
    rule = " AND ".join(f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in columns)
    return CheckConstraint(rule, name="finite")


def to(target: str, *columns: str) -> ForeignKeyConstraint:
    """A foreign key that carries the firm."""
    return ForeignKeyConstraint(["firm_id", *columns], [f"{target}.firm_id", f"{target}.id"])


def table(name: str, *items: SchemaItem, key: tuple[str, ...] = ("id",)) -> Table:
    """A table of business rows: firm, key, foreign key to the firm."""
    return Table(
        name,
        metadata,
        Column("firm_id", Uuid, nullable=False),
        *(item for item in items if isinstance(item, Column)),
        *(item for item in items if not isinstance(item, Column)),
        PrimaryKeyConstraint("firm_id", *key),
        ForeignKeyConstraint(["firm_id"], ["firm.id"]),
    )

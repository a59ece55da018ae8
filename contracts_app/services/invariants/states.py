"""I12: a record is in the state, and says what, its audit entries lead to, and never leaves its firm."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import (
    ForeignKeyConstraint,
    Select,
    SelectBase,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import psycopg

from contracts_app.services.invariants import as_entered
from contracts_app.services.invariants.books import Books, Invariant
from contracts_app.services.invariants.history import RECORDS
from contracts_app.services.invariants.report import Tally
from contracts_app.store import every_table  # noqa: F401 - every reference
from contracts_app.store.columns import metadata


def check(books: Books, tally: Tally) -> None:
    """Compare each record's state with the fold of its entries; then look for children without a parent."""
    trail = books.trail
    for violation in trail.states_broken:
        tally.broken(violation.subject, violation.sentence)
    for kind, record, _, state in books.rows(RECORDS):
        tally.saw()
        life = trail.lives.get((kind, record))
        if life is not None and life.state != state:
            tally.broken(record, f"this {kind} is {state}, its audit entries lead to {life.state}")
    as_entered.check(books, tally)
    counted, lost = _parents()
    firm = {"firm": books.firm_id}
    tally.saw(int(books.connection.exec_driver_sql(counted, firm).scalar_one()))
    for child, column, subject in books.connection.exec_driver_sql(lost, firm):
        tally.broken(subject, f"{child}.{column} names what is not there in this firm")


def _references() -> Iterator[ForeignKeyConstraint]:
    """Foreign keys that carry the firm and point at something in it."""
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_key_constraints, key=lambda known: str(known.name)):
            # Sessions are not the application's to read; a key to the firm alone is the policy's business.
            if "firm_id" in key.column_keys and len(key.column_keys) > 1 and table.name != "session":
                yield key


@cache
def _parents() -> tuple[str, str]:
    """Two statements over every reference: how many there are, and those that lead nowhere.

    Written once: there are about a hundred of them, and to write and plan each anew takes most of a check.
    """
    counts: list[Select[Any]] = []
    lost: list[Select[str, str, str]] = []
    for key in _references():
        child: Table = key.table
        parent = key.referred_table.alias()
        columns = [child.c[name] for name in key.column_keys]
        named = and_(
            child.c.firm_id == bindparam("firm", type_=Uuid), *(column.isnot(None) for column in columns)
        )
        pairs = zip(columns, key.elements, strict=True)
        there = (
            select(literal_column("1"))
            .where(*(column == parent.c[element.column.name] for column, element in pairs))
            .correlate(child)
            .exists()
        )
        pointing = [column for column in columns if column.name != "firm_id"][-1]
        child_name = literal_column(f"'{child.name}'", Text)
        column_name = literal_column(f"'{pointing.name}'", Text)
        counts.append(select(func.count().label("references")).select_from(child).where(named))
        lost.append(select(child_name, column_name, cast(pointing, Text)).where(named, ~there))
    every = union_all(*counts).subquery()
    return _text(select(func.sum(every.c.references))), _text(union_all(*lost))


def _text(statement: SelectBase) -> str:
    return str(statement.compile(dialect=psycopg.dialect()))  # type: ignore[no-untyped-call]


INVARIANT = Invariant(
    "I12",
    "Each record is in the state its audit leads to by allowed steps; what it refers to is in its firm.",
    check,
)

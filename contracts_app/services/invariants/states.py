"""I12: a record is in the state its audit entries lead to, by allowed steps, and never leaves its firm."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import ForeignKeyConstraint, Table, and_, func, literal, select

from contracts_app.services.invariants.books import Books, Invariant
from contracts_app.services.invariants.history import RECORDS
from contracts_app.services.invariants.report import Tally
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
    for key in _references():
        _check_parents(books, tally, key)


def _references() -> Iterator[ForeignKeyConstraint]:
    """Foreign keys that carry the firm and point at something in it."""
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_key_constraints, key=lambda known: str(known.name)):
            # Sessions are not the application's to read; a key to the firm alone is the policy's business.
            if "firm_id" in key.column_keys and len(key.column_keys) > 1 and table.name != "session":
                yield key


def _check_parents(books: Books, tally: Tally, key: ForeignKeyConstraint) -> None:
    child: Table = key.table
    parent = key.referred_table.alias()
    columns = [child.c[name] for name in key.column_keys]
    named = and_(child.c.firm_id == books.firm_id, *(column.isnot(None) for column in columns))
    pairs = zip(columns, key.elements, strict=True)
    there = (
        select(literal(1))
        .where(*(column == parent.c[element.column.name] for column, element in pairs))
        .correlate(child)
        .exists()
    )
    tally.saw(books.connection.execute(select(func.count()).select_from(child).where(named)).scalar_one())
    pointing = [column for column in columns if column.name != "firm_id"][-1]
    for lost in books.connection.execute(select(pointing).where(named, ~there)).scalars():
        tally.broken(lost, f"{child.name}.{pointing.name} names what is not there in this firm")


INVARIANT = Invariant(
    "I12",
    "Each record is in the state its audit leads to by allowed steps; what it refers to is in its firm.",
    check,
)

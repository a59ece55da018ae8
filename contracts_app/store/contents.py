"""What a table holds of a firm, as one number: the SHA-512 of its rows, added up.

Each transaction tells the firm's log by how much it changed that number; the sum of all that was told is
what the table must hold. So a value that was changed past the log is found in whichever column it stands, and
a row that was added or taken away (docs/DECISIONS.md, *Contents of tables in the log*).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnClause, Connection, Uuid, column, literal, select, table, text, union_all

MODULUS = 2**512
_SUMMED = text(
    "SELECT relname FROM pg_class c WHERE (SELECT count(*) FROM pg_trigger t"
    " JOIN pg_proc p ON p.oid = t.tgfoid AND p.pronamespace = 'public'::regnamespace"
    " WHERE t.tgrelid = c.oid AND t.tgenabled = 'O' AND t.tgname LIKE 'contents\\_%ed'"
    " AND t.tgname IN (p.proname || 'd', p.proname || 'ed')) = 3"
)


@dataclass(frozen=True)
class Contents:
    """Number of rows and the sum of their hashes; of a change, by how much both have grown."""

    rows: int
    sum: int

    def __add__(self, other: Contents) -> Contents:
        return Contents(self.rows + other.rows, (self.sum + other.sum) % MODULUS)

    def __sub__(self, other: Contents) -> Contents:
        return Contents(self.rows - other.rows, (self.sum - other.sum) % MODULUS)


NOTHING = Contents(0, 0)


def taken(connection: Connection, firm_id: UUID) -> Mapping[str, Contents]:
    """By how much the open transaction changed each table; whoever takes it has to tell the log."""
    rows = connection.execute(text("SELECT * FROM contents_taken(:firm)"), {"firm": firm_id})
    return {row.name: Contents(row.rows, int(row.sum)) for row in rows}


def held(connection: Connection, firm_id: UUID, names: Iterable[str]) -> Mapping[str, Contents]:
    """What each of these tables holds of the firm; the hashes only of those that have rows of it."""
    known = sorted(names)
    found = dict.fromkeys(known, NOTHING)
    for name in _with_rows(connection, firm_id, known):
        asked = {"name": name, "firm": firm_id}
        row = connection.execute(text("SELECT * FROM contents_of(:name, :firm)"), asked).one()
        found[name] = Contents(row.rows, int(row.sum))
    return found


def _with_rows(connection: Connection, firm_id: UUID, names: Sequence[str]) -> Sequence[str]:
    """Tables of these that have a row of the firm, asked at once."""
    if not names:
        return ()
    asked = []
    for name in names:
        firm: ColumnClause[UUID] = column("id" if name == "firm" else "firm_id", Uuid())
        row = select(literal(1)).select_from(table(name, firm)).where(firm == firm_id)
        asked.append(select(literal(name)).where(row.exists()))
    return connection.execute(union_all(*asked)).scalars().all()


def summed(connection: Connection) -> frozenset[str]:
    """The tables whose changes are told; none in a database from before this was."""
    return frozenset(connection.execute(_SUMMED).scalars())


def told(written: Mapping[str, Contents]) -> dict[str, Any]:
    """The same as fields of an audit body."""
    return {name: {"rows": one.rows, "sum": f"{one.sum:0128x}"} for name, one in sorted(written.items())}


def read(said: Mapping[str, Any]) -> dict[str, Contents]:
    """What the fields of an audit body say."""
    return {name: Contents(one["rows"], int(one["sum"], 16)) for name, one in said.items()}

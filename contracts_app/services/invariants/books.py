"""One firm's books as a check reads them: one snapshot, its queries, and the audit trail read once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from contracts_app.services.invariants import trail
from contracts_app.services.invariants.report import Tally
from verifier.contracts_verify import Checkpoint

Record = Row[*tuple[Any, ...]]


@dataclass
class Books:
    """A firm in a read-only snapshot. Every query names the firm as `:firm`."""

    connection: Connection
    firm_id: UUID
    checkpoints: Sequence[Checkpoint] = ()
    """Signed outside the database: where the log stood at the time."""

    def rows(self, query: str, **values: object) -> Sequence[Record]:
        """All rows of a query."""
        return self.connection.execute(text(query), {"firm": self.firm_id, **values}).all()

    def each(self, query: str, *, at_once: int = 1000, **values: object) -> Iterator[Record]:
        """All rows of a query, `at_once` of them in memory at a time."""
        streamed = text(query).execution_options(yield_per=at_once)
        with self.connection.execute(streamed, {"firm": self.firm_id, **values}) as found:
            yield from found

    def number(self, query: str) -> int:
        """The one number that a query gives."""
        return int(self.connection.execute(text(query), {"firm": self.firm_id}).scalar_one())

    @cached_property
    def trail(self) -> trail.Trail:
        """The audit trail, read from its first to its last entry, once for all invariants."""
        return trail.read(self.connection, self.firm_id)


@dataclass(frozen=True)
class Rule:
    """A rule as SQL, over the tables themselves and not through the product's own queries.

    `counted` gives how many things it is about, `broken` a row (subject, sentence) for each that breaks it;
    `given` is a WITH clause that stands before `broken`.
    """

    counted: str
    broken: str
    given: str = ""


def apply(books: Books, tally: Tally, rules: Sequence[Rule]) -> None:
    """Count and try each rule."""
    for rule in rules:
        tally.saw(books.number(rule.counted))
        for subject, sentence in books.rows(rule.given + rule.broken):
            tally.broken(subject, sentence)


@dataclass(frozen=True)
class Invariant:
    """Something that holds at every instant, or (`quiet`) once no work is due."""

    id: str
    statement: str
    check: Callable[[Books, Tally], None]
    quiet: bool = False

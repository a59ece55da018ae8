"""The list of invariants, and their check over every firm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import Connection, Engine, text

from contracts_app.services.invariants.approvals import INVARIANT as I03
from contracts_app.services.invariants.billed import INVARIANT as I04
from contracts_app.services.invariants.books import Books, Invariant
from contracts_app.services.invariants.effects import INVARIANT as I10
from contracts_app.services.invariants.figures import INVARIANT as I01
from contracts_app.services.invariants.history import INVARIANT as I07
from contracts_app.services.invariants.letters import INVARIANT as I08
from contracts_app.services.invariants.numbers import INVARIANT as I02
from contracts_app.services.invariants.orphans import INVARIANT as I09
from contracts_app.services.invariants.receivables import INVARIANT as I06
from contracts_app.services.invariants.report import Finding, Report, Tally
from contracts_app.services.invariants.retainage import INVARIANT as I05
from contracts_app.services.invariants.states import INVARIANT as I12
from contracts_app.services.invariants.uniqueness import INVARIANT as I11
from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine, reading
from verifier.contracts_verify import Checkpoint

INVARIANTS: Sequence[Invariant] = (
    I01,
    I02,
    I03,
    I04,
    I05,
    I06,
    I07,
    I08,
    I09,
    I10,
    I11,
    I12,
)
Signed = Callable[[UUID], Sequence[Checkpoint]]
"""Gives the checkpoints of a firm that lie outside the database."""
_ISSUED = "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm"


def check(source: Settings | Engine, *, online: bool = False, signed: Signed = lambda firm_id: ()) -> Report:
    """Check every firm, each in one read-only snapshot, as the role that `source` connects as.

    `online` leaves out what holds only once no work is due (I08, I09). The log is held against what `signed`
    gives. Writes nothing.
    """
    if isinstance(source, Engine):
        return _check(source, online, signed)
    engine = open_engine(source.database_url, pool_size=1)
    try:
        return _check(engine, online, signed)
    finally:
        engine.dispose()


def check_in(
    connection: Connection,
    firm_id: UUID,
    *,
    online: bool = False,
    checkpoints: Sequence[Checkpoint] = (),
) -> Report:
    """Check one firm in the transaction that is open, which must not see anything change in between."""
    run = _Run(online)
    run.over(connection, firm_id, checkpoints)
    return run.report()


def _check(engine: Engine, online: bool, signed: Signed) -> Report:
    with engine.connect() as connection:
        firms = connection.execute(text("SELECT id FROM every_firm()")).scalars().all()
    run = _Run(online)
    for firm_id in firms:
        with reading(engine, firm_id) as connection:
            run.over(connection, firm_id, signed(firm_id))
    return run.report()


class _Run:
    """The counts of one check, over one firm after another."""

    def __init__(self, online: bool) -> None:
        chosen = [invariant for invariant in INVARIANTS if not (online and invariant.quiet)]
        self._tallies = [(invariant, Tally()) for invariant in chosen]
        self._issued = 0

    def over(self, connection: Connection, firm_id: UUID, checkpoints: Sequence[Checkpoint]) -> None:
        """Check one firm."""
        # All rows are read, not the first ones soon, which a cursor is planned for otherwise.
        connection.execute(text("SET LOCAL cursor_tuple_fraction = 1.0"))
        books = Books(connection, firm_id, checkpoints)
        self._issued += books.number(_ISSUED)
        for invariant, tally in self._tallies:
            invariant.check(books, tally)

    def report(self) -> Report:
        """What was found up to now."""
        return Report(
            [
                Finding(
                    id=invariant.id,
                    statement=invariant.statement,
                    checked=tally.checked,
                    violations=tally.violations,
                    sample=tuple(tally.sample),
                    nothing_yet=self._issued == 0,
                )
                for invariant, tally in self._tallies
            ]
        )

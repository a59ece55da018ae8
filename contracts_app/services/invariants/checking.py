"""The list of invariants, and their check over every firm."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine, text

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
_ISSUED = "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm"


def check(source: Settings | Engine, *, online: bool = False) -> Report:
    """Check every firm, each in one read-only snapshot, as the role that `source` connects as.

    `online` leaves out what holds only once no work is due (I08, I09). Writes nothing.
    """
    if isinstance(source, Engine):
        return _check(source, online)
    engine = open_engine(source.database_url, pool_size=1)
    try:
        return _check(engine, online)
    finally:
        engine.dispose()


def check_firm(engine: Engine, firm_id: UUID, *, online: bool = False) -> Report:
    """Check one firm."""
    return _over(engine, [firm_id], online)


def _check(engine: Engine, online: bool) -> Report:
    with engine.connect() as connection:
        firms = connection.execute(text("SELECT id FROM every_firm()")).scalars().all()
    return _over(engine, firms, online)


def _over(engine: Engine, firms: Sequence[UUID], online: bool) -> Report:
    chosen = [invariant for invariant in INVARIANTS if not (online and invariant.quiet)]
    tallies = {invariant.id: Tally() for invariant in chosen}
    issued = 0
    for firm_id in firms:
        with reading(engine, firm_id) as connection:
            books = Books(connection, firm_id)
            issued += books.number(_ISSUED)
            for invariant in chosen:
                invariant.check(books, tallies[invariant.id])
    return Report(
        [
            Finding(
                id=invariant.id,
                statement=invariant.statement,
                checked=tallies[invariant.id].checked,
                violations=tallies[invariant.id].violations,
                sample=tuple(tallies[invariant.id].sample),
                nothing_yet=issued == 0,
            )
            for invariant in chosen
        ]
    )

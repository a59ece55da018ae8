"""Whether something may be dated on a day: what commands ask before they write it."""

from __future__ import annotations

from datetime import date

from contracts_app.domain.closing.periods import month_of
from contracts_app.domain.closing.periods import require_open as rule
from contracts_app.domain.roles import Role
from contracts_app.services import people
from contracts_app.store import closing
from contracts_app.store.transaction import Transaction


def require_open(tx: Transaction, day: date, what: str, *, brought_forward: bool = False) -> None:
    """Raises Refused where whoever gives the command may date nothing on that day; the database refuses what
    falls into a closed month as well.

    What is `brought_forward` from the system before ours may lie before the first month that was closed.
    """
    periods = closing.periods(tx.connection, tx.firm_id)
    if brought_forward and periods and month_of(day) < periods[0].month:
        return
    if periods:
        rule(day, periods, what, Role.controller in people.actor(tx).roles)

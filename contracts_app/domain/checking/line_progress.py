"""How far a contract is by its time and its cost, to hold what its lines bill against
(docs/SPEC-pay-application.md, *Ahead of time and cost*)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.checking.submission_checks import LineProgress
from contracts_app.domain.money import ZERO, share

_CLAIMED_BY_PROGRESS = frozenset({Basis.lump_sum, Basis.percent_complete})
"""What somebody says is done. Entries, quantities, approved milestones and instalments show themselves."""


def time_passed(begins: date, ends: date | None, day: date) -> Decimal | None:
    """The share of the contract's time that has passed by the end of a day, from 0 to 1.

    `begins` is the day of the contract and counts, `ends` the day of completion as executed change orders
    moved it. None where no completion is agreed, or it lies before the contract.
    """
    if ends is None or ends < begins:
        return None
    passed, whole = (day - begins).days + 1, (ends - begins).days + 1
    return share(Decimal(min(max(passed, 0), whole)), Decimal(whole))


def cost_spent(spent: Decimal, at_completion: Decimal) -> Decimal | None:
    """The share of the cost at completion that is spent, at most 1; None where nothing is estimated."""
    return share(min(max(spent, ZERO), at_completion), at_completion) if at_completion > ZERO else None


def of_lines(
    schedule: Iterable[SovLine], *, time: Decimal | None, cost: Decimal | None
) -> tuple[LineProgress, ...]:
    """What the lines billed by progress are held against; no line where neither share is known."""
    if time is None and cost is None:
        return ()
    return tuple(
        LineProgress(line_id=line.id, cost=cost, schedule=time, of_contract=True)
        for line in schedule
        if line.basis in _CLAIMED_BY_PROGRESS
    )

"""What lines billed at cost plus a fee claim: their costs, with the fee on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.cost_plus.cost_plus import CostBefore
from contracts_app.domain.cost_plus.ledger import CostsBefore, JobCost, LineCosts, bill_line, claimable
from contracts_app.domain.money import ZERO
from contracts_app.domain.refusals import wrong_content


def takes_percent(entry: Entry) -> bool:
    """Whether what is stated of a line billed at cost is how far its work is complete, or nothing."""
    return not entry.is_stated or entry.fraction_to_date is not None


def billed(
    schedule: Sequence[SovLine],
    costs: Iterable[JobCost],
    before: Iterable[CostsBefore],
    certified: Mapping[UUID, Decimal],
    entries: Mapping[UUID, Entry],
    currency: str,
    period_to: date,
) -> tuple[LineCosts, ...]:
    """What each line billed at cost claims; `certified` is what was certified of a line before.

    A line without new costs bills what is left to bill of earlier ones. Raises Refused for a cost on a line
    that is not billed at cost, and as `bill_line` does.
    """
    claimed = claimed_by_line(schedule, costs)
    earlier = {each.line_id: each.billed for each in before}
    return tuple(
        bill_line(
            line.id,
            line.cost_plus,
            claimed[line.id],
            earlier.get(line.id, CostBefore()),
            currency,
            period_to=period_to,
            certified=certified.get(line.id, ZERO),
            cap=line.cap,
            completed=completed_of(line, entries.get(line.id)) or ZERO,
        )
        for line in schedule
        if line.cost_plus is not None
    )


def claimed_by_line(
    schedule: Sequence[SovLine], costs: Iterable[JobCost]
) -> Mapping[UUID, Sequence[JobCost]]:
    """The costs of each line billed at cost. Raises Refused for one on another line."""
    claimed: dict[UUID, list[JobCost]] = {line.id: [] for line in schedule if line.cost_plus is not None}
    for one in costs:
        if one.line_id not in claimed:
            raise wrong_content("not_billed_at_cost", "A cost stands on a line that is not billed at cost.")
        claimed[one.line_id].append(one)
    return claimed


def completed_of(line: SovLine, entry: Entry | None) -> Decimal | None:
    """How far the work of a line is complete, from 0 to 1; None where nobody said. Raises Refused beyond."""
    completed = None if entry is None else entry.fraction_to_date
    if completed is not None and not ZERO <= completed <= 1:
        raise wrong_content(
            "completion_out_of_range", f"Line {line.item_no}: work is complete to between 0 and 100 %."
        )
    return completed


def claimable_costs(
    schedule: Sequence[SovLine], offered: Sequence[JobCost], period_to: date
) -> tuple[JobCost, ...]:
    """Of the approved costs that no invoice has billed those that one for the period claims."""
    return tuple(
        cost
        for line in schedule
        if line.cost_plus is not None
        for cost in claimable((one for one in offered if one.line_id == line.id), line.cost_plus, period_to)
    )

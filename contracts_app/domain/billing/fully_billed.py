"""Whether a contract is billed in full."""

from __future__ import annotations

from collections.abc import Sequence

from contracts_app.domain.billing.pay_application import PreviousCertificate
from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.money import ZERO, total


def is_fully_billed(
    schedule: Sequence[SovLine], previous: PreviousCertificate | None, *, work_completed: bool
) -> bool:
    """Whether nothing is left to bill: each line in full; lines billed by time or measure, and fees without a
    last day, once the work is complete."""
    lines = previous.lines if previous else ()
    billed = {line.line_id: total((line.completed, line.stored)) for line in lines}
    return bool(schedule) and all(
        work_completed if line.ends_when_said else billed.get(line.id, ZERO) == line.scheduled_value
        for line in schedule
    )

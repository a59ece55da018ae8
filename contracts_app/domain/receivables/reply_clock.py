"""Until when the client may reply to an application, and when the firm is told that it did not.

The contract says how many calendar days the client has (A201 9.4: seven). Who is told when is a table
(docs/SPEC-pay-application.md, rule 16).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Escalation:
    """A letter inside the firm about a certificate that did not come.

    `days` after the last day of reply it is written; `kind` is that of its message; from the second on the
    controllers are told as well.
    """

    kind: str
    days: int
    to_controllers: bool


ESCALATIONS = (
    Escalation("certificate_overdue", 1, to_controllers=False),
    Escalation("certificate_overdue_again", 8, to_controllers=True),
)
KINDS = frozenset(one.kind for one in ESCALATIONS)


def day_of(escalation: Escalation, reply_by: date) -> date:
    """The day on which the firm is told, if the client has not replied."""
    return reply_by + timedelta(days=escalation.days)


def due(reply_by: date, today: date, told: Collection[str]) -> Escalation | None:
    """The letter to write today; None where none is due. Of several that were missed the last one counts, and
    nobody hears of an earlier one after a later one."""
    reached = [one for one in ESCALATIONS if day_of(one, reply_by) <= today]
    return reached[-1] if reached and reached[-1].kind not in told else None


def next_day(reply_by: date, today: date) -> date | None:
    """The next day after today on which the firm is told; None when none is left."""
    return next((day for one in ESCALATIONS if (day := day_of(one, reply_by)) > today), None)

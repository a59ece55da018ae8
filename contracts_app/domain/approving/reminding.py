"""An approval that nobody gives: those who may give it are reminded, then the controllers are told.

The policy says after how many business days; the count begins anew with each step that is taken and each
submission (docs/SPEC-approvals.md, rule 10).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from contracts_app.domain.approving.policy import ApprovalPolicy
from contracts_app.domain.business_days import BusinessDays

REMINDER, ESCALATED = "approval_reminder", "approval_escalated"
KINDS = frozenset({REMINDER, ESCALATED})
"""Kinds of the letters."""


@dataclass(frozen=True)
class Clock:
    """How an approval that waits stands: the letter to write today, and the day of the next one."""

    letter: str | None
    next_on: date | None
    next_letter: str | None = None


def clock(
    policy: ApprovalPolicy, since: date, today: date, told: Collection[str], days: BusinessDays
) -> Clock:
    """Of letters that were missed the last one counts; nobody is reminded after the controllers were told."""
    planned = list(_planned(policy, since, days))
    reached = [letter for on, letter in planned if on <= today]
    due = reached[-1] if reached and reached[-1] not in told else None
    coming = next(((on, letter) for on, letter in planned if on > today), None)
    return Clock(due, *(coming or (None, None)))


def _planned(policy: ApprovalPolicy, since: date, days: BusinessDays) -> Iterator[tuple[date, str]]:
    if policy.remind_after is not None:
        yield days.after(since, policy.remind_after), REMINDER
    if policy.escalate_after is not None:
        yield days.after(since, policy.escalate_after), ESCALATED

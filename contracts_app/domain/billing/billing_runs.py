"""Billing runs: the drafts of a period for all contracts billed by runs, with an outcome for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Literal
from uuid import UUID

from contracts_app.domain import business_time
from contracts_app.domain.billing.pay_application import PayApplication
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.command_body import CommandBody
from contracts_app.domain.money import ZERO
from contracts_app.domain.names import BusinessDate
from contracts_app.domain.refusals import Refused


class StartBillingRun(CommandBody):
    """Draft the invoices of all contracts billed by runs, for their periods that ended by this day."""

    command: Literal["start_billing_run"] = "start_billing_run"
    run_id: UUID
    period_to: BusinessDate


class RunState(StrEnum):
    """Life of a billing run."""

    running = "running"
    done = "done"


class RunOutcome(StrEnum):
    """What a run made of a contract."""

    drafted = "drafted"
    nothing_to_bill = "nothing_to_bill"
    blocked = "blocked"


RUN: Mapping[str, Mapping[str, tuple[str, ...]]] = {"end_billing_run": {"running": ("done",)}}
_NOTHING_LEFT = frozenset({"period_already_billed"})
"""Refusals that only say that there is nothing for this period."""
NOTHING_TO_BILL = (
    "Nothing can be billed for this period: no progress is reported, and what time and milestones there are "
    "waits for approval, is held or is over its limit."
)


def period_of(cut_off_day: int, run_to: date) -> date:
    """The last period end of a contract that is not after the run's day."""
    first_of_month = run_to.replace(day=1)
    this_month = business_time.period_end(cut_off_day, first_of_month)
    if this_month <= run_to:
        return this_month
    year, month = divmod(run_to.year * 12 + run_to.month - 2, 12)
    return business_time.period_end(cut_off_day, date(year, month + 1, 1))


def judged(prepared: Snapshot | Refused, figures: PayApplication | None) -> tuple[RunOutcome, str]:
    """The outcome for a contract, with its sentence; `figures` are those of a snapshot."""
    if isinstance(prepared, Refused):
        nothing = prepared.code in _NOTHING_LEFT
        return (RunOutcome.nothing_to_bill if nothing else RunOutcome.blocked), prepared.sentence
    assert figures is not None
    if claims_nothing(prepared, figures):
        return RunOutcome.nothing_to_bill, NOTHING_TO_BILL
    return RunOutcome.drafted, ""


def claims_nothing(prepared: Snapshot, figures: PayApplication) -> bool:
    """Whether a draft would bill nothing: no entry claimed, no amount on any line, nothing due."""
    return (
        not prepared.time
        and not prepared.costs
        and figures.line8 == ZERO
        and all(line.this_period == ZERO for line in figures.lines)
    )
